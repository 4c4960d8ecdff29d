import { at, type Measured, probability, undefinedBecause } from './measured.ts';
import { normalSf } from './special/normal.ts';
import { type Sample, tieGroups } from './tie-groups.ts';

/**
 * Area under the ROC curve: the chance that a positive scores higher than a negative, a tie counting ½.
 *
 * `standardError` after DeLong: placements V of each value among the other side; √(var V₊/m + var V₋/n). `pValue` is
 * one-sided, of AUC ≤ ½: the tie-corrected normal limit of Mann-Whitney's U under "both sides are one".
 * One side empty → `empty`; NaN or infinite → `not_finite`; a side of one → `too_few`. All scores equal: ½, error 0, p 1.
 * Cost O(N log N). Source: DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988); Hanley & McNeil, Radiology 143 (1982).
 */
export function auc(
  negatives: Sample,
  positives: Sample,
): Measured<{ value: number; standardError: number; pValue: number }> {
  const groups = tieGroups(negatives, positives);
  if (groups.kind === 'undefined') return groups;
  const { nReference: n, nCurrent: m } = groups;
  if (Math.min(n, m) < 2) return undefinedBecause('too_few');
  let below = 0;
  let above = m;
  let ties = 0;
  const positive = { sum: 0, squares: 0 };
  const negative = { sum: 0, squares: 0 };
  for (let k = 0; k < groups.values.length; k += 1) {
    const x = at(groups.reference, k);
    const y = at(groups.current, k);
    above -= y;
    // Share of the other side that the value beats; of a negative, that beats it.
    const beats = (below + x / 2) / n;
    const beaten = (above + y / 2) / m;
    positive.sum += y * beats;
    positive.squares += y * beats * beats;
    negative.sum += x * beaten;
    negative.squares += x * beaten * beaten;
    below += x;
    ties += (x + y) ** 3 - (x + y);
  }
  const value = positive.sum / m;
  const variance = (of: typeof positive, count: number): number =>
    Math.max(0, (of.squares - (of.sum * of.sum) / count) / (count - 1));
  const total = n + m;
  const underNull = (total + 1 - ties / (total * (total - 1))) / (12 * n * m);
  return {
    kind: 'value',
    value,
    standardError: Math.sqrt(variance(positive, m) / m + variance(negative, n) / n),
    pValue: underNull > 0 ? probability(normalSf((value - 0.5) / Math.sqrt(underNull))) : 1,
  };
}
