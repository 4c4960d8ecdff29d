import { at } from './measured.ts';

/** Sums over the pairs i < j of a symmetric n × n matrix: both in the first group, both in the second, one in each. */
export type BlockSums = { readonly first: number; readonly second: number; readonly across: number };

/**
 * Prepares a matrix for many regroupings: one multiplication per pair and regrouping, along the rows as they lie in
 * memory. `side` holds 0 for the first group, 1 for the second.
 */
export function blockSums(matrix: Float64Array, n: number): (side: Float64Array) => BlockSums {
  const tails = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = i + 1; j < n; j += 1) sum += at(matrix, i * n + j);
    return sum;
  });
  return (side) => {
    let [first, second, across] = [0, 0, 0];
    for (let i = 0; i < n; i += 1) {
      const row = matrix.subarray(i * n, i * n + n);
      let other = 0;
      // The one hot loop of permutation tests: an index inside the array is never a hole.
      for (let j = i + 1; j < n; j += 1) other += (row[j] as number) * (side[j] as number);
      const rest = at(tails, i) - other;
      if (side[i] === 1) {
        second += other;
        across += rest;
      } else {
        across += other;
        first += rest;
      }
    }
    return { first, second, across };
  };
}

/** Which rows are in the second group, when the first `nFirst` of `order` are in the first. */
export function sidesOf(order: ArrayLike<number>, nFirst: number): Float64Array {
  const side = new Float64Array(order.length);
  for (let k = nFirst; k < order.length; k += 1) side[at(order, k)] = 1;
  return side;
}
