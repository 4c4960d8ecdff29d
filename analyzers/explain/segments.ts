import type { CarryingSegment } from '../../model/explanation.ts';
import { normalTwoSided } from '../stats/special/normal.ts';
import type { Column } from './table.ts';

/** A segment holds at least this share of the decisions on one side, and so many of them. */
const LEAST_SHARE = 0.02;
const LEAST_N = 40;
/** Single conditions that are also tried in pairs. */
const MOST_PAIRED = 12;
/** Segments that are tested on the other half; p is multiplied by their number. */
const MOST_TESTED = 20;
const MOST_TOLD = 6;
/** Share of common decisions from which on a second segment is the first one over again. */
const SAME = 0.6;

export type HalvedTarget = { readonly y: Float64Array; readonly half: Uint8Array };
type Sides<T> = { readonly where: T; readonly baseline: T };

type Condition = { readonly column: Column; readonly code: number };
type Candidate = { readonly conditions: readonly Condition[]; readonly inside: Sides<Uint8Array> };

/**
 * Segments that carry the change, found and not declared: bins of every input and pairs of the best. One half of the
 * sample looks (largest part of the change gone without the segment), the other half tests what was chosen (does the
 * target move more inside than outside, z test), with the number tested in the p (Bonferroni): looking at hundreds of
 * segments costs nothing. Of segments that share most of their decisions the better is told.
 */
export function carryingSegments(
  columns: readonly Column[],
  target: Sides<HalvedTarget>,
): readonly CarryingSegment[] {
  const whole = { where: summed(target.where, 0), baseline: summed(target.baseline, 0) };
  const change = meanOf(whole.where) - meanOf(whole.baseline);
  if (change === 0 || !Number.isFinite(change)) return [];
  const look = (candidate: Candidate): number => carried(candidate, target, 0, change);
  const singles = ranked(columns.flatMap(candidatesOf), target, look);
  const paired = singles
    .slice(0, MOST_PAIRED)
    .flatMap((one, i) => singles.slice(0, i).flatMap((other) => both(one.candidate, other.candidate)));
  const chosen = distinct([...singles, ...ranked(paired, target, look)]).slice(0, MOST_TESTED);
  return chosen
    .map(({ candidate }) => tested(candidate, target, chosen.length))
    .filter((segment) => segment.pValue <= 0.05 && segment.carries > 0)
    .sort((a, b) => b.carries - a.carries)
    .slice(0, MOST_TOLD);
}

const candidatesOf = (column: Column): Candidate[] =>
  column.labels.map((_, code) => ({
    conditions: [{ column, code }],
    inside: {
      where: column.where.map((own) => Number(own === code)),
      baseline: column.baseline.map((own) => Number(own === code)),
    },
  }));

function both(a: Candidate, b: Candidate): Candidate[] {
  if (a.conditions[0]?.column === b.conditions[0]?.column) return [];
  const and = (x: Uint8Array, y: Uint8Array): Uint8Array => x.map((own, i) => own & (y[i] ?? 0));
  return [
    {
      conditions: [...b.conditions, ...a.conditions],
      inside: {
        where: and(a.inside.where, b.inside.where),
        baseline: and(a.inside.baseline, b.inside.baseline),
      },
    },
  ];
}

type Ranked = { readonly candidate: Candidate; readonly carries: number };

function ranked(
  candidates: readonly Candidate[],
  target: Sides<HalvedTarget>,
  look: (of: Candidate) => number,
): Ranked[] {
  return candidates
    .filter(({ inside }) => {
      const [n, m] = [size(inside.where), size(inside.baseline)];
      const large = Math.max(n / target.where.y.length, m / target.baseline.y.length) >= LEAST_SHARE;
      return large && n >= LEAST_N && n < target.where.y.length;
    })
    .map((candidate) => ({ candidate, carries: look(candidate) }))
    .filter(({ carries }) => carries > 0)
    .sort((a, b) => b.carries - a.carries);
}

/** The simpler of two segments with mostly the same decisions is told, unless the other carries clearly more. */
function distinct(candidates: readonly Ranked[]): readonly Ranked[] {
  const kept: Ranked[] = [];
  const worth = ({ carries, candidate }: Ranked): number =>
    carries - 0.05 * (candidate.conditions.length - 1);
  for (const one of candidates.toSorted((a, b) => worth(b) - worth(a)))
    if (!kept.some((other) => overlap(one.candidate.inside.where, other.candidate.inside.where) > SAME))
      kept.push(one);
  return kept;
}

function overlap(a: Uint8Array, b: Uint8Array): number {
  let [shared, any] = [0, 0];
  for (let i = 0; i < a.length; i += 1) {
    shared += (a[i] ?? 0) & (b[i] ?? 0);
    any += (a[i] ?? 0) | (b[i] ?? 0);
  }
  return any > 0 ? shared / any : 0;
}

const size = (inside: Uint8Array): number => inside.reduce((sum, own) => sum + own, 0);

type Sums = { readonly n: number; readonly sum: number; readonly sumSq: number };
const meanOf = ({ n, sum }: Sums): number => (n > 0 ? sum / n : Number.NaN);
const errorSq = ({ n, sum, sumSq }: Sums): number =>
  n > 1 ? Math.max(0, sumSq - sum ** 2 / n) / (n - 1) / n : Number.NaN;

/** Over the target's known values of one half (or both: null), inside or outside, or all. */
function summed({ y, half }: HalvedTarget, of: 0 | 1 | null, inside?: Uint8Array, want: 0 | 1 = 1): Sums {
  let [n, sum, sumSq] = [0, 0, 0];
  for (let i = 0; i < y.length; i += 1) {
    const value = y[i] ?? Number.NaN;
    if (Number.isNaN(value) || (of !== null && half[i] !== of) || (inside && inside[i] !== want)) continue;
    n += 1;
    sum += value;
    sumSq += value * value;
  }
  return { n, sum, sumSq };
}

/** 1 − (change without the segment) / (change of all). */
function carried(
  { inside }: Candidate,
  target: Sides<HalvedTarget>,
  half: 0 | 1 | null,
  change: number,
): number {
  const outside =
    meanOf(summed(target.where, half, inside.where, 0)) -
    meanOf(summed(target.baseline, half, inside.baseline, 0));
  const carries = 1 - outside / change;
  return Number.isFinite(carries) ? carries : 0;
}

function tested(candidate: Candidate, target: Sides<HalvedTarget>, tests: number): CarryingSegment {
  const part = (half: 0 | 1 | null, want: 0 | 1) => ({
    where: summed(target.where, half, candidate.inside.where, want),
    baseline: summed(target.baseline, half, candidate.inside.baseline, want),
  });
  const all = { where: summed(target.where, null), baseline: summed(target.baseline, null) };
  const own = part(null, 1);
  const [inside, outside] = [part(1, 1), part(1, 0)];
  // A segment that was not there before changes the whole by being there: then against the baseline as a whole.
  const before = inside.baseline.n > 1 ? inside.baseline : summed(target.baseline, 1);
  const moved = meanOf(inside.where) - meanOf(before) - (meanOf(outside.where) - meanOf(outside.baseline));
  const spread = errorSq(inside.where) + errorSq(before) + errorSq(outside.where) + errorSq(outside.baseline);
  const share = proportionZ(inside.where.n, outside.where.n, inside.baseline.n, outside.baseline.n);
  const z = Number.isFinite(moved) && spread > 0 ? moved / Math.sqrt(spread) : 0;
  // Either the target moved more in it, or there is more of it: two looks at the same half.
  const pValue = Math.min(1, 2 * tests * Math.min(normalTwoSided(z), normalTwoSided(share)));
  return {
    segment: candidate.conditions.map(({ column, code }) => conditionWords(column, code)).join(' and '),
    decisions: size(candidate.inside.where),
    share: own.where.n / Math.max(1, all.where.n),
    baselineShare: own.baseline.n / Math.max(1, all.baseline.n),
    mean: meanOf(own.where),
    baselineMean: own.baseline.n > 0 ? meanOf(own.baseline) : Number.NaN,
    carries: carried(candidate, target, null, meanOf(all.where) - meanOf(all.baseline)),
    pValue,
  };
}

function proportionZ(inside: number, outside: number, before: number, beforeOutside: number): number {
  const [n, m] = [inside + outside, before + beforeOutside];
  const pooled = (inside + before) / (n + m);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  return error > 0 ? (inside / n - before / m) / error : 0;
}

const conditionWords = ({ feature, kind, labels }: Column, code: number): string => {
  const label = labels[code] ?? '';
  const name = feature === '@version' ? 'version' : feature;
  return kind === 'numeric' && code > 0 ? `${name} ${label}` : `${name} = ${label}`;
};
