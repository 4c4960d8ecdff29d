import { adjustPValues, correlationChange, normalUpperQuantile, spearman } from '../stats/index.ts';
import type { Looked, Told } from './draft.ts';
import { listWords } from './most.ts';
import type { NumberTable } from './table.ts';

/** 32 columns are 496 pairs. */
export const CORRELATION_COLUMNS = 32;
const POWER = 0.8;
const SHOWN = 10;

type Pair = {
  readonly a: string;
  readonly b: string;
  readonly before: number;
  readonly now: number;
  readonly difference: number;
  readonly error: number;
  readonly pValue: number;
};

const signed = (rho: number): string => (rho < 0 ? '−' : '') + Math.abs(rho).toFixed(2);

/** Rank correlations of all pairs of numbers, before and now; the largest change, with its p corrected for their number (Holm). */
export function correlationOf(looked: Looked, subject: string, table: NumberTable): Told {
  const { spec } = looked;
  const [nReference, n] = [table.reference.length, table.current.length];
  const told = { subject, statistic: 'correlation' as const, limit: spec.limits.correlation, n, nReference };
  const pairs = pairsOf(table);
  const adjusted = adjustPValues(
    pairs.map((pair) => pair.pValue),
    'holm',
  );
  const ranked =
    adjusted.kind === 'undefined'
      ? []
      : pairs
          .map((pair, i) => ({ ...pair, pValue: adjusted.adjusted[i] ?? 1 }))
          .sort((x, y) => x.pValue - y.pValue || Math.abs(y.difference) - Math.abs(x.difference));
  const significant = ranked.filter((pair) => pair.pValue <= spec.alpha);
  // Of those that chance does not explain the largest; of those that it does, any would do.
  const first =
    significant.toSorted((x, y) => Math.abs(y.difference) - Math.abs(x.difference))[0] ?? ranked[0];
  if (!first)
    return { ...told, kind: 'unable', reason: n === 0 ? 'empty' : 'too_few', what: 'pairs of numbers' };
  const z = normalUpperQuantile(spec.alpha / 2 / pairs.length);
  const reach = normalUpperQuantile(spec.alpha / 2) * first.error;
  const size = Math.abs(first.difference);
  const group = movedWith(
    first,
    significant.filter(({ difference }) => Math.abs(difference) > spec.limits.correlation),
  );
  const others = group.length > 2 ? `; ${listWords(group.slice(0, SHOWN))} changed together` : '';
  return {
    ...told,
    kind: 'measured',
    effect: size,
    interval: [Math.max(0, size - reach), size + reach],
    pValue: first.pValue,
    minimumDetectableEffect:
      (z + normalUpperQuantile(1 - POWER)) * Math.max(...pairs.map((pair) => pair.error)),
    words: `${first.a} and ${first.b} go together as ${signed(first.now)} where it was ${signed(first.before)}, the largest change of ${pairs.length} pairs${others}`,
    evidence: { pairs: ranked.slice(0, SHOWN), compared: pairs.length, together: group },
  };
}

/** Numbers that a chain of changed pairs leads to from the first one. */
function movedWith(first: Pair, changed: readonly Pair[]): readonly string[] {
  const group = new Set([first.a, first.b]);
  for (let size = 0; size < group.size; ) {
    size = group.size;
    for (const { a, b } of changed)
      if (group.has(a) || group.has(b)) {
        group.add(a);
        group.add(b);
      }
  }
  return [...group];
}

function pairsOf({ names, reference, current }: NumberTable): Pair[] {
  const column = (rows: readonly Float64Array[], j: number) => Float64Array.from(rows, (row) => row[j] ?? 0);
  const before = names.map((_, j) => column(reference, j));
  const now = names.map((_, j) => column(current, j));
  const pairs: Pair[] = [];
  for (const [j, a] of names.entries())
    for (const [k, b] of names.entries()) {
      if (k <= j) continue;
      const old = spearman(before[j] ?? [], before[k] ?? []);
      const young = spearman(now[j] ?? [], now[k] ?? []);
      const change = correlationChange(old, young);
      if (change.kind === 'undefined' || old.kind === 'undefined' || young.kind === 'undefined') continue;
      const { difference, standardError: error, pValue } = change;
      pairs.push({ a, b, before: old.rho, now: young.rho, difference, error, pValue });
    }
  return pairs;
}
