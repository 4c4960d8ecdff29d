import { blockSums, sidesOf } from './block-sums.ts';
import { at, type Measured, undefinedBecause } from './measured.ts';
import type { Rows } from './mmd.ts';
import { permutationP } from './permutation-tail.ts';
import { shuffled } from './shuffle.ts';

const DEFAULT_PERMUTATIONS = 199;

/**
 * Distance of two means of vectors in units of the spread: ‖m₂ − m₁‖ / √(mean squared distance of the rows from the mean
 * of their side). For width 1 it is Cohen's d (with divisor n). p by permutation of the sides, as
 * `permutationP` has it.
 *
 * Fewer than 2 rows on a side → `too_few`; rows of different width → `length_mismatch`; NaN or infinite → `not_finite`;
 * all rows equal → `constant`. Cost O(rows² · (width + permutations)).
 * Source: Mielke & Berry, Permutation Methods (2007), § 2.
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
  const [n, m] = [reference.length, current.length];
  const gram = gramOf(rows, middleOf(rows, width));
  const sums = blockSums(gram, rows.length);
  const squares = (side: Float64Array, which: 0 | 1): number =>
    rows.reduce((sum, _, i) => sum + (side[i] === which ? at(gram, i * (rows.length + 1)) : 0), 0);
  const parts = (order: ArrayLike<number>) => {
    const side = sidesOf(order, n);
    const { first, second, across } = sums(side);
    return {
      reference: (2 * first + squares(side, 0)) / (n * n),
      current: (2 * second + squares(side, 1)) / (m * m),
      across: across / (n * m),
    };
  };
  const gapOf = ({ reference: a, current: b, across }: ReturnType<typeof parts>): number =>
    Math.sqrt(Math.max(0, a + b - 2 * across));
  const own = parts(rows.map((_, i) => i));
  const distance = gapOf(own);
  const all = rows.reduce((sum, _, i) => sum + at(gram, i * (rows.length + 1)), 0);
  const within = (all - n * own.reference - m * own.current) / rows.length;
  if (!(within > 0)) return undefinedBecause('constant');
  const { random, permutations = DEFAULT_PERMUTATIONS } = options;
  const permuted = new Float64Array(permutations);
  for (let b = 0; b < permutations; b += 1) permuted[b] = gapOf(parts(shuffled(rows.length, random))) ** 2;
  return {
    kind: 'value',
    value: distance / Math.sqrt(within),
    distance,
    pValue: permutationP(distance ** 2, permuted),
  };
}

/** Distances do not depend on where zero is; near the rows, differences of large numbers do not eat the digits. */
function middleOf(rows: Rows, width: number): Float64Array {
  const middle = new Float64Array(width);
  for (const row of rows)
    for (let j = 0; j < width; j += 1) middle[j] = at(middle, j) + at(row, j) / rows.length;
  return middle;
}

/** Inner products of all rows, from the middle. */
function gramOf(rows: Rows, middle: Float64Array): Float64Array {
  const centred = rows.map((row) => Float64Array.from(middle, (mean, j) => at(row, j) - mean));
  const gram = new Float64Array(rows.length * rows.length);
  for (const [i, a] of centred.entries())
    for (let k = i; k < rows.length; k += 1) {
      const b = centred[k] ?? a;
      let sum = 0;
      for (let j = 0; j < a.length; j += 1) sum += (a[j] as number) * (b[j] as number);
      gram[i * rows.length + k] = sum;
      gram[k * rows.length + i] = sum;
    }
  return gram;
}
