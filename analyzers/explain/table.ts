import { plainNumber } from '../../model/distribution.ts';
import type { ExplainedRow } from '../../store/ports/explain.ts';

/** Bins of one feature, the same for both sides. Code 0: missing. */
export type Column = {
  readonly feature: string;
  readonly kind: 'numeric' | 'categorical';
  /** One per code. */
  readonly labels: readonly string[];
  readonly where: Uint8Array;
  readonly baseline: Uint8Array;
};

/** Numbers fall into so many bins of equal count, over both sides. */
export const BINS = 10;
/** Categories told apart; the rest share one bin. */
const MOST_CATEGORIES = 40;
export const MOST_FEATURES = 200;
export const MISSING = 'missing';
const OTHER = 'other';

type Read = (row: ExplainedRow) => number | string | undefined;

/** Every input as bins: features, declared segments and the model's version. Constant columns say nothing and are left out. */
export function columnsOf(
  where: readonly ExplainedRow[],
  baseline: readonly ExplainedRow[],
): readonly Column[] {
  const all = [...where, ...baseline];
  const names = (of: (row: ExplainedRow) => object): string[] =>
    [...new Set(all.flatMap((row) => Object.keys(of(row))))].sort();
  const sources: readonly (readonly [string, Read])[] = [
    ['@version', (row) => row.version || undefined],
    ...names((row) => row.segments).map((key): [string, Read] => [key, (row) => row.segments[key]]),
    ...names((row) => row.num).map((key): [string, Read] => [key, (row) => row.num[key]]),
    ...names((row) => row.cat).map((key): [string, Read] => [key, (row) => row.cat[key]]),
  ];
  const seen = new Set<string>();
  const columns: Column[] = [];
  for (const [feature, read] of sources) {
    // A segment and a feature of one name are one input.
    if (seen.has(feature) || columns.length >= MOST_FEATURES) continue;
    seen.add(feature);
    const column = columnOf(feature, read, where, baseline);
    if (column !== null) columns.push(column);
  }
  return columns;
}

function columnOf(
  feature: string,
  read: Read,
  where: readonly ExplainedRow[],
  baseline: readonly ExplainedRow[],
): Column | null {
  const values = [...where, ...baseline].map(read);
  const present = values.filter((value) => value !== undefined);
  const numbers = present.filter((value) => typeof value === 'number' && Number.isFinite(value));
  const numeric = numbers.length > present.length / 2;
  const { labels, code } = numeric ? numericBins(numbers as number[]) : categoryBins(present.map(String));
  const codes = Uint8Array.from(values, (value) => (value === undefined ? 0 : code(value)));
  if (new Set(codes).size < 2) return null;
  return {
    feature,
    kind: numeric ? 'numeric' : 'categorical',
    labels,
    where: codes.slice(0, where.length),
    baseline: codes.slice(where.length),
  };
}

type Bins = { readonly labels: readonly string[]; readonly code: (value: number | string) => number };

function numericBins(numbers: readonly number[]): Bins {
  const sorted = numbers.toSorted((a, b) => a - b);
  const cuts = new Set<number>();
  for (let i = 1; i < BINS; i += 1) {
    const cut = sorted[Math.floor((i * sorted.length) / BINS)];
    if (cut !== undefined && cut > (sorted[0] ?? cut)) cuts.add(cut);
  }
  const edges = [...cuts];
  const labels = [0, ...edges.keys(), edges.length].map((_, i) => {
    const [from, to] = [edges[i - 2], edges[i - 1]];
    if (i === 0) return MISSING;
    if (from === undefined) return to === undefined ? 'any' : `< ${plainNumber(to)}`;
    return to === undefined ? `≥ ${plainNumber(from)}` : `${plainNumber(from)} – ${plainNumber(to)}`;
  });
  return {
    labels,
    code: (value) =>
      typeof value === 'number' && Number.isFinite(value)
        ? 1 + edges.filter((edge) => value >= edge).length
        : 0,
  };
}

function categoryBins(values: readonly string[]): Bins {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const kept = [...counts]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, MOST_CATEGORIES)
    .map(([value]) => value);
  const codes = new Map(kept.map((value, i) => [value, i + 1]));
  return {
    labels: [MISSING, ...kept, OTHER],
    code: (value) => codes.get(String(value)) ?? kept.length + 1,
  };
}

export const countCodes = (codes: Uint8Array, bins: number): number[] => {
  const counts = Array.from({ length: bins }, () => 0);
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
};
