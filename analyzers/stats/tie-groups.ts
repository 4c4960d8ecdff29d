import { at, type Measured, type Undefined, undefinedBecause } from './measured.ts';

/** Raw values of one sample. Missing values are counted elsewhere and never enter here. */
export type Sample = ArrayLike<number>;

/** A sample in ascending order, or why it cannot be used. Input is not changed. O(n log n). */
export function sortedSample(sample: Sample): Float64Array | Undefined {
  if (sample.length === 0) return undefinedBecause('empty');
  const sorted = Float64Array.from(sample).sort();
  // The typed sort puts −Infinity first and NaN after Infinity: the ends tell of both.
  const clean = Number.isFinite(at(sorted, 0)) && Number.isFinite(at(sorted, sorted.length - 1));
  return clean ? sorted : undefinedBecause('not_finite');
}

/** Two samples pooled: one entry per distinct value, with how often each side has it. */
export type TieGroups = Measured<{
  values: Float64Array;
  reference: Float64Array;
  current: Float64Array;
  nReference: number;
  nCurrent: number;
}>;

/**
 * The pooled order statistics of two samples. Every rank statistic here is a walk over these groups, so ties are
 * handled the same way everywhere: tied values enter together. O((n + m) log(n + m)).
 */
export function tieGroups(reference: Sample, current: Sample): TieGroups {
  const x = sortedSample(reference);
  if ('kind' in x) return x;
  const y = sortedSample(current);
  if ('kind' in y) return y;
  const size = x.length + y.length;
  const values = new Float64Array(size);
  const countX = new Float64Array(size);
  const countY = new Float64Array(size);
  let groups = 0;
  let i = 0;
  let j = 0;
  while (i < x.length || j < y.length) {
    const value = j >= y.length || at(x, i) <= at(y, j) ? at(x, i) : at(y, j);
    const fromI = i;
    const fromJ = j;
    while (i < x.length && at(x, i) === value) i += 1;
    while (j < y.length && at(y, j) === value) j += 1;
    values[groups] = value;
    countX[groups] = i - fromI;
    countY[groups] = j - fromJ;
    groups += 1;
  }
  return {
    kind: 'value',
    values: values.subarray(0, groups),
    reference: countX.subarray(0, groups),
    current: countY.subarray(0, groups),
    nReference: x.length,
    nCurrent: y.length,
  };
}
