import { badForecasts, groupForecasts } from './brier.ts';
import { type Measured, undefinedBecause } from './measured.ts';

/** 10 bins are what Guo et al. and most tables since use up to a few thousand cases. */
export const DEFAULT_CALIBRATION_BINS = 10;

/**
 * Expected calibration error: Σ nₖ/N |p̄ₖ − ōₖ| over equal-width bins of [0, 1]; and the largest gap of a bin.
 *
 * It is biased upwards by about √(bins/N): a small N looks miscalibrated. Rules as `brier`. Cost O(n).
 * Source: Naeini, Cooper & Hauskrecht, AAAI 2015; Guo et al., ICML 2017, eq. 3 and 5.
 */
export function calibrationError(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  options: { readonly bins?: number } = {},
): Measured<{ expected: number; largest: number; n: number }> {
  const { bins = DEFAULT_CALIBRATION_BINS } = options;
  const bad = badForecasts(probabilities, outcomes);
  if (bad) return undefinedBecause(bad);
  if (!(Number.isInteger(bins) && bins > 0)) return undefinedBecause('bad_parameter');
  const n = probabilities.length;
  let expected = 0;
  let largest = 0;
  for (const group of groupForecasts(probabilities, outcomes, bins)) {
    const gap = Math.abs(group.stated - group.events) / group.n;
    expected += (group.n / n) * gap;
    largest = Math.max(largest, gap);
  }
  return { kind: 'value', expected, largest, n };
}
