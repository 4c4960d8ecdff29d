import { at, type Measured, type Undefined, undefinedBecause } from './measured.ts';

/** Non-negative finite counts per bin; need not be integers (weights). Same bin, same index, on both sides. */
export type Counts = ArrayLike<number>;

export type Shares = Measured<{
  /** Shares of the reference, summing to 1. */
  reference: readonly number[];
  current: readonly number[];
  nReference: number;
  nCurrent: number;
}>;

/** The total of one side, or why it cannot be counted. */
const totalOf = (counts: Counts): number | Undefined => {
  let total = 0;
  for (let i = 0; i < counts.length; i += 1) {
    const count = at(counts, i);
    if (!(count >= 0 && count < Infinity)) return undefinedBecause('invalid_count');
    total += count;
  }
  return total > 0 ? total : undefinedBecause('empty');
};

/** What both sides sum to, once they are seen to be counts; for loops over many bins that need no shares beside them. */
export function totalsOf(
  reference: Counts,
  current: Counts,
): Measured<{ nReference: number; nCurrent: number }> {
  if (reference.length !== current.length) return undefinedBecause('length_mismatch');
  const nReference = totalOf(reference);
  if (typeof nReference !== 'number') return nReference;
  const nCurrent = totalOf(current);
  if (typeof nCurrent !== 'number') return nCurrent;
  return { kind: 'value', nReference, nCurrent };
}

/** Both sides of a comparison as shares. O(bins). */
export function toShares(reference: Counts, current: Counts): Shares {
  const totals = totalsOf(reference, current);
  if (totals.kind === 'undefined') return totals;
  const { nReference, nCurrent } = totals;
  return {
    kind: 'value',
    reference: divided(reference, nReference),
    current: divided(current, nCurrent),
    nReference,
    nCurrent,
  };
}

/** A plain loop over a plain array: a typed array of ten numbers costs more than the ten divisions. */
const divided = (counts: Counts, total: number): number[] => {
  const out: number[] = [];
  for (let i = 0; i < counts.length; i += 1) out.push(at(counts, i) / total);
  return out;
};

/** Σ term(pᵢ, qᵢ) over the bins: the shape that most binned distances share. */
export const sumOverBins = (
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  term: (p: number, q: number) => number,
): number => {
  let sum = 0;
  for (let i = 0; i < reference.length; i += 1) sum += term(at(reference, i), at(current, i));
  return sum;
};
