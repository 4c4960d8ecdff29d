/** Why a statistic has no value. Closed: every caller can say each of these in a sentence. */
export const UNDEFINED_REASONS = [
  /** No observation on one side. */
  'empty',
  /** Arrays that must run in parallel do not. */
  'length_mismatch',
  /** A count that is negative, NaN or infinite. */
  'invalid_count',
  /** A sample value that is NaN or infinite. */
  'not_finite',
  /** No spread where the formula divides by it. */
  'constant',
  /** Fewer observations than the formula has meaning for. */
  'too_few',
  /** A parameter outside its domain (a level of 2, a negative bandwidth). */
  'bad_parameter',
] as const;
export type UndefinedReason = (typeof UNDEFINED_REASONS)[number];

export type Undefined = { readonly kind: 'undefined'; readonly reason: UndefinedReason };
/** A result, or the reason there is none: a NaN never travels, so it can never read as healthy. */
export type Measured<T> = ({ readonly kind: 'value' } & Readonly<T>) | Undefined;

export type Distance = Measured<{ value: number }>;
export type TestResult = Measured<{ statistic: number; pValue: number }>;

export const undefinedBecause = (reason: UndefinedReason): Undefined => ({ kind: 'undefined', reason });

export const distance = (value: number): Distance =>
  Number.isNaN(value) ? undefinedBecause('not_finite') : { kind: 'value', value };

export const testResult = (statistic: number, pValue: number): TestResult =>
  Number.isNaN(statistic) || Number.isNaN(pValue)
    ? undefinedBecause('not_finite')
    : { kind: 'value', statistic, pValue: probability(pValue) };

/** Rounding may leave a probability a hair outside [0, 1]. */
export const probability = (p: number): number => Math.min(1, Math.max(0, p));

/** Index access for numeric loops; a hole yields NaN, which `distance` and `testResult` refuse. */
export const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;
