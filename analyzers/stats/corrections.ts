import { harmonic } from './e-values.ts';
import { at, type Measured, undefinedBecause } from './measured.ts';

export const CORRECTIONS = ['bonferroni', 'holm', 'benjamini_hochberg', 'benjamini_yekutieli'] as const;
/**
 * `bonferroni`, `holm`: the chance of any false finding (family-wise), whatever the dependence.
 * `benjamini_hochberg`: the expected share of false findings (FDR) under independence or positive dependence;
 * `benjamini_yekutieli`: the same under any dependence.
 */
export type Correction = (typeof CORRECTIONS)[number];

/**
 * Adjusted p-values, in the order given: reject those ≤ α.
 * Bonferroni m·p; Holm max over smaller ones of (m−k+1)·p₍ₖ₎; BH min over larger ones of (m/k)·p₍ₖ₎; BY the same times
 * Σ 1/k. Capped at 1. Ties get equal values. No p-values → empty list. A value outside [0, 1], or NaN → `bad_parameter`:
 * a check that could not be made must be left out by the caller, since its number is part of m.
 * Cost O(m log m). Source: Holm, Scand. J. Stat. 6 (1979); Benjamini & Hochberg, JRSS B 57 (1995); Benjamini &
 * Yekutieli, Ann. Stat. 29 (2001), thm 1.3.
 */
export function adjustPValues(
  pValues: ArrayLike<number>,
  correction: Correction,
): Measured<{ adjusted: Float64Array }> {
  const p = Float64Array.from(pValues);
  if (!p.every((value) => value >= 0 && value <= 1)) return undefinedBecause('bad_parameter');
  const m = p.length;
  if (correction === 'bonferroni') {
    return { kind: 'value', adjusted: p.map((value) => Math.min(1, value * m)) };
  }
  const order = Array.from(p.keys()).sort((a, b) => at(p, a) - at(p, b));
  const adjusted = new Float64Array(m);
  if (correction === 'holm') {
    let largest = 0;
    for (const [k, index] of order.entries()) {
      largest = Math.max(largest, Math.min(1, at(p, index) * (m - k)));
      adjusted[index] = largest;
    }
    return { kind: 'value', adjusted };
  }
  const factor = correction === 'benjamini_yekutieli' ? harmonic(m) : 1;
  let smallest = 1;
  for (const [fromEnd, index] of order.toReversed().entries()) {
    smallest = Math.min(smallest, (at(p, index) * m * factor) / (m - fromEnd));
    adjusted[index] = smallest;
  }
  return { kind: 'value', adjusted };
}
