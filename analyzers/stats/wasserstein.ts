import { at, type Distance, distance, undefinedBecause } from './measured.ts';
import { type Sample, tieGroups } from './tie-groups.ts';

/**
 * Wasserstein-1 (earth mover's) distance of two samples: ∫ |F(x) − G(x)| dx, in the unit of the values: how far the
 * average value must be moved. Equals |mean shift| for a pure shift.
 *
 * `scale`: `none`; `reference_sd` divides by the reference's standard deviation (divisor n, as numpy and Evidently do),
 * which gives standard deviations, comparable across features; a constant reference → `constant`.
 * Ties need no rule. Empty → `empty`; NaN or infinite → `not_finite`. Cost O(N log N).
 * Source: Vallender, Theory Probab. Appl. 18 (1974).
 */
export function wasserstein(
  reference: Sample,
  current: Sample,
  options: { readonly scale?: 'none' | 'reference_sd' } = {},
): Distance {
  const groups = tieGroups(reference, current);
  if (groups.kind === 'undefined') return groups;
  const { values, nReference, nCurrent } = groups;
  let gap = 0;
  let area = 0;
  for (let k = 0; k + 1 < values.length; k += 1) {
    gap += at(groups.reference, k) / nReference - at(groups.current, k) / nCurrent;
    area += Math.abs(gap) * (at(values, k + 1) - at(values, k));
  }
  if (options.scale !== 'reference_sd') return distance(area);
  const sd = standardDeviation(values, groups.reference, nReference);
  return sd > 0 ? distance(area / sd) : undefinedBecause('constant');
}

/** Two passes over weighted values: the one-pass form loses all digits for values far from zero. */
const standardDeviation = (values: Float64Array, weights: Float64Array, n: number): number => {
  let sum = 0;
  for (let k = 0; k < values.length; k += 1) sum += at(values, k) * at(weights, k);
  const mean = sum / n;
  let squares = 0;
  for (let k = 0; k < values.length; k += 1) squares += (at(values, k) - mean) ** 2 * at(weights, k);
  return Math.sqrt(squares / n);
};
