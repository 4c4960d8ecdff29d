import type { BinaryRow } from './binary.ts';
import type { ClassRow } from './multiclass.ts';

/** Resamples of a bootstrap: the ends of a 95 % interval move by about a tenth of its width between seeds. */
export const RESAMPLES = 200;
/** Above it a Poisson or binomial count is drawn from its normal limit. */
const LARGE = 30;

/** Box-Muller. */
export const normalDraw = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** By inversion for small means: one random number per draw. */
export function poissonDraw(mean: number, random: () => number): number {
  if (!(mean > 0)) return 0;
  if (mean > LARGE) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalDraw(random)));
  return inverted(Math.exp(-mean), (k) => mean / k, FARTHEST, random);
}
/** Beyond it lies less than 1e-12 of a Poisson of mean LARGE. */
const FARTHEST = 100;

export function binomialDraw(n: number, p: number, random: () => number): number {
  const rare = Math.min(p, 1 - p);
  if (!(n > 0) || !(rare >= 0)) return 0;
  const drawn =
    n * rare > LARGE
      ? Math.min(n, Math.max(0, Math.round(n * rare + Math.sqrt(n * rare * (1 - rare)) * normalDraw(random))))
      : inverted((1 - rare) ** n, (k) => ((n - k + 1) / k) * (rare / (1 - rare)), n, random);
  return p <= 0.5 ? drawn : n - drawn;
}

/** The k at which the sum of probabilities passes a random number; `ratio` is that of one probability to the one before. */
function inverted(first: number, ratio: (k: number) => number, last: number, random: () => number): number {
  let [left, probability, k] = [random(), first, 0];
  while (left > probability && k < last) {
    left -= probability;
    k += 1;
    probability *= ratio(k);
  }
  return k;
}

/** The Poisson bootstrap: each cell's count is drawn anew, which is a resample of decisions where cells are all one needs. */
export const resampleBinary = (rows: readonly BinaryRow[], random: () => number): readonly BinaryRow[] =>
  rows.map((row) => ({
    ...row,
    positive: poissonDraw(row.positive, random),
    negative: poissonDraw(row.negative, random),
  }));

export const resampleClasses = (rows: readonly ClassRow[], random: () => number): readonly ClassRow[] =>
  rows.map((row) => ({ ...row, known: poissonDraw(row.known, random) }));

/**
 * The ends between which a further draw of the same law falls with the chance 1 − 2 · `tail`: ranks tail · (n + 1) from
 * either side, which is exact for draws that may be exchanged; undefined below ten of them.
 */
export function quantilesOf(
  draws: readonly number[],
  tail: number,
): { readonly low: number; readonly high: number } | undefined {
  if (draws.length < 10) return undefined;
  const sorted = draws.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.floor(tail * (sorted.length + 1)));
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { low: at(rank - 1), high: at(sorted.length - rank) };
}
