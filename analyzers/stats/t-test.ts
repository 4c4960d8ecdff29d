import { mean, sampleVariance } from 'simple-statistics';
import { type Measured, undefinedBecause } from './measured.ts';
import { studentTwoSided } from './special/student-t.ts';
import { type Sample, sortedSample } from './tie-groups.ts';

/** What a stored profile keeps of a numeric feature. `variance` has divisor n − 1. */
export type Moments = { readonly n: number; readonly mean: number; readonly variance: number };

export type TTestResult = Measured<{
  /** Positive when the current mean is higher. */
  statistic: number;
  pValue: number;
  degreesOfFreedom: number;
  /** Current mean − reference mean. */
  difference: number;
}>;

/**
 * t test of two means from moments, two-sided: t = (mean₂ − mean₁) / se.
 * `welch` (default): se² = s₁²/n + s₂²/m, Satterthwaite's degrees of freedom. `student`: pooled variance, n + m − 2.
 *
 * n or m below 2 → `too_few`; NaN or infinite moments → `not_finite`; both variances 0 → `constant`. Cost O(1).
 * Source: Student (1908); Welch, Biometrika 34 (1947); Satterthwaite, Biometrics 2 (1946).
 */
export function tTestFromMoments(
  reference: Moments,
  current: Moments,
  variant: 'welch' | 'student' = 'welch',
): TTestResult {
  const { n, variance: v1 } = reference;
  const { n: m, variance: v2 } = current;
  if (n < 2 || m < 2) return undefinedBecause('too_few');
  const difference = current.mean - reference.mean;
  if (![n, m, v1, v2, difference].every(Number.isFinite)) return undefinedBecause('not_finite');
  if (v1 < 0 || v2 < 0) return undefinedBecause('bad_parameter');
  if (v1 === 0 && v2 === 0) return undefinedBecause('constant');
  const a = v1 / n;
  const b = v2 / m;
  const pooled = ((n - 1) * v1 + (m - 1) * v2) / (n + m - 2);
  const squaredError = variant === 'welch' ? a + b : pooled * (1 / n + 1 / m);
  const degreesOfFreedom =
    variant === 'welch' ? (a + b) ** 2 / ((a * a) / (n - 1) + (b * b) / (m - 1)) : n + m - 2;
  const statistic = difference / Math.sqrt(squaredError);
  return {
    kind: 'value',
    statistic,
    pValue: studentTwoSided(statistic, degreesOfFreedom),
    degreesOfFreedom,
    difference,
  };
}

/** Moments of a sample; fewer than 2 values → `too_few`. */
export function momentsOf(sample: Sample): Measured<Moments> {
  const values = sortedSample(sample);
  if ('kind' in values) return values;
  if (values.length < 2) return undefinedBecause('too_few');
  const list = Array.from(values);
  return { kind: 'value', n: list.length, mean: mean(list), variance: sampleVariance(list) };
}

const ofSamples = (reference: Sample, current: Sample, variant: 'welch' | 'student'): TTestResult => {
  const x = momentsOf(reference);
  if (x.kind === 'undefined') return x;
  const y = momentsOf(current);
  return y.kind === 'undefined' ? y : tTestFromMoments(x, y, variant);
};

/** Welch's t test of two samples; rules as `tTestFromMoments`. O(N log N). */
export const welchT = (reference: Sample, current: Sample): TTestResult =>
  ofSamples(reference, current, 'welch');

/** Student's t test of two samples (equal variances assumed); rules as `tTestFromMoments`. O(N log N). */
export const studentT = (reference: Sample, current: Sample): TTestResult =>
  ofSamples(reference, current, 'student');
