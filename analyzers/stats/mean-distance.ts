import { at, type Measured, undefinedBecause } from './measured.ts';
import type { Rows } from './mmd.ts';
import { shuffled } from './shuffle.ts';

const DEFAULT_PERMUTATIONS = 199;

/**
 * Distance of two means of vectors in units of the spread: ‖m₂ − m₁‖ / √(mean squared distance of the rows from the mean
 * of their side). For width 1 it is Cohen's d (with divisor n). p by permutation of the sides:
 * (1 + #{permuted ≥ observed}) / (1 + permutations).
 *
 * Fewer than 2 rows on a side → `too_few`; rows of different width → `length_mismatch`; NaN or infinite → `not_finite`;
 * all rows equal → `constant`. Cost O(permutations · rows · width).
 * Source: Phipson & Smyth, SAGMB 9 (2010) for the 1 + in p.
 */
export function meanDistance(
  reference: Rows,
  current: Rows,
  options: { readonly random: () => number; readonly permutations?: number },
): Measured<{ value: number; distance: number; pValue: number }> {
  const rows = [...reference, ...current];
  const width = rows[0]?.length ?? 0;
  if (reference.length < 2 || current.length < 2) return undefinedBecause('too_few');
  if (width === 0 || rows.some((row) => row.length !== width)) return undefinedBecause('length_mismatch');
  if (rows.some((row) => !Array.from(row).every(Number.isFinite))) return undefinedBecause('not_finite');
  const total = new Float64Array(width);
  for (const row of rows) add(total, row);
  const squares = rows.reduce((sum, row) => sum + squaredNorm(row), 0);
  const distanceOf = (currentSum: Float64Array): number => {
    let sum = 0;
    for (let j = 0; j < width; j += 1)
      sum +=
        (at(currentSum, j) / current.length - (at(total, j) - at(currentSum, j)) / reference.length) ** 2;
    return Math.sqrt(sum);
  };
  const currentSum = new Float64Array(width);
  for (const row of current) add(currentSum, row);
  const referenceSum = total.map((one, j) => one - at(currentSum, j));
  const within =
    (squares - squaredNorm(currentSum) / current.length - squaredNorm(referenceSum) / reference.length) /
    rows.length;
  if (!(within > 0)) return undefinedBecause('constant');
  const distance = distanceOf(currentSum);
  const { random, permutations = DEFAULT_PERMUTATIONS } = options;
  let extreme = 0;
  for (let b = 0; b < permutations; b += 1) {
    const sum = new Float64Array(width);
    for (const row of shuffled(rows.length, random).slice(0, current.length)) add(sum, rows[row] ?? []);
    if (distanceOf(sum) >= distance) extreme += 1;
  }
  return {
    kind: 'value',
    value: distance / Math.sqrt(within),
    distance,
    pValue: (1 + extreme) / (1 + permutations),
  };
}

const add = (sum: Float64Array, row: ArrayLike<number>): void => {
  for (let j = 0; j < sum.length; j += 1) sum[j] = at(sum, j) + at(row, j);
};

const squaredNorm = (row: ArrayLike<number>): number => {
  let sum = 0;
  for (let j = 0; j < row.length; j += 1) sum += at(row, j) ** 2;
  return sum;
};
