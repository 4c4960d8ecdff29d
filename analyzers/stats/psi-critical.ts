import { type Measured, undefinedBecause } from './measured.ts';
import { chiSquareUpperQuantile } from './special/chi-square.ts';

/**
 * The PSI that sampling noise alone exceeds with probability `alpha`: (1/n + 1/m) · χ²_{bins−1, 1−alpha}; beside it the
 * mean under no change, (bins − 1)(1/n + 1/m).
 *
 * `bins` counts the bins that are populated on at least one side. Holds where the expected count of each bin is not
 * tiny (about 5); with sparser bins PSI's tail is heavier than this. Cost: one quantile (~60 tail evaluations).
 * Source: Yurdakul & Naranjo, Statistical properties of the population stability index, J. Risk Model Validation 14
 * (2020), § 3.
 */
export function psiCritical(
  bins: number,
  nReference: number,
  nCurrent: number,
  alpha: number,
): Measured<{ value: number; meanUnderNoChange: number }> {
  if (!(nReference > 0 && nCurrent > 0)) return undefinedBecause('empty');
  if (!(alpha > 0 && alpha < 1) || !(bins >= 1)) return undefinedBecause('bad_parameter');
  const scale = 1 / nReference + 1 / nCurrent;
  if (bins === 1) return { kind: 'value', value: 0, meanUnderNoChange: 0 };
  return {
    kind: 'value',
    value: scale * chiSquareUpperQuantile(alpha, bins - 1),
    meanUnderNoChange: scale * (bins - 1),
  };
}
