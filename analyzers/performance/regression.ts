import type { RegressionMetric } from '../../model/documents/monitor/performance.ts';

/** Sums over predictions whose truth is known; error = predicted − true. */
export type ErrorSums = {
  readonly n: number;
  readonly known: number;
  readonly errorSum: number;
  readonly errorAbs: number;
  readonly errorSq: number;
  readonly errorQuad: number;
  /** Of truths that are not 0: relative errors have no meaning at 0. */
  readonly apeN: number;
  readonly apeSum: number;
  readonly apeSq: number;
  readonly truthSum: number;
  readonly truthSq: number;
  readonly truthCu: number;
  readonly truthQuad: number;
  readonly errorSqTruth: number;
  readonly errorSqTruthSq: number;
};

export type MeanAndError = { readonly value: number; readonly se: number; readonly n: number };

const meanWithError = (sum: number, sumSq: number, n: number): MeanAndError => {
  const value = sum / n;
  const variance = Math.max(0, sumSq / n - value * value) * (n / (n - 1));
  return { value, se: Math.sqrt(variance / n), n };
};

/**
 * Each with its standard error, from sums alone; null below two truths, or where the metric has no meaning.
 *
 * `mape`: mean of |error / truth| over truths that are not 0. It has no upper end, weighs errors below small truths most
 * and favours predicting too little: prefer `mae` where truths come near 0.
 * `rmse`: delta method, se(√m) = se(m) / 2√m. `r2`: see `rSquared`.
 */
export const REGRESSION: {
  readonly [M in RegressionMetric]: (sums: ErrorSums) => MeanAndError | null;
} = {
  mae: ({ errorAbs, errorSq, known }) => (known > 1 ? meanWithError(errorAbs, errorSq, known) : null),
  rmse: ({ errorSq, errorQuad, known }) => {
    if (known < 2) return null;
    const square = meanWithError(errorSq, errorQuad, known);
    const value = Math.sqrt(square.value);
    return { value, se: value > 0 ? square.se / (2 * value) : 0, n: known };
  },
  mape: ({ apeSum, apeSq, apeN }) => (apeN > 1 ? meanWithError(apeSum, apeSq, apeN) : null),
  r2: rSquared,
};

/**
 * R² = 1 − A/S, A = mean e², S = mean d², d = y − ȳ. Delta method, errors and truths of the sample both drawn: its
 * influence function is (A/S²) d² − e²/S, so n · se² = mean e⁴/S² − 2A/S³ mean e²d² + A²/S⁴ mean d⁴. Central moments come
 * from raw ones: where the truths lie so far from 0 that rounding eats them there is no value rather than a wrong one.
 * Source: van der Vaart, Asymptotic Statistics (1998), ch. 3 and 20.
 */
function rSquared(sums: ErrorSums): MeanAndError | null {
  const { known, errorSq, errorQuad, truthSum, truthSq, truthCu, truthQuad } = sums;
  if (known < 2) return null;
  const mean = truthSum / known;
  const spread = truthSq / known - mean ** 2;
  if (!(spread > 0)) return null;
  const error = errorSq / known;
  const fourth = truthQuad / known - (4 * mean * truthCu - 6 * mean ** 2 * truthSq) / known - 3 * mean ** 4;
  const cross = (sums.errorSqTruthSq - 2 * mean * sums.errorSqTruth + mean ** 2 * errorSq) / known;
  // Neither can be smaller: mean d⁴ ≥ (mean d²)², and squares are not below 0.
  if (!(fourth >= spread ** 2 * (1 - ROUNDING)) || !(cross >= -ROUNDING * error * spread)) return null;
  const variance =
    errorQuad / known / spread ** 2 - (2 * error * cross) / spread ** 3 + (error ** 2 * fourth) / spread ** 4;
  return { value: 1 - error / spread, se: Math.sqrt(Math.max(0, variance) / (known - 1)), n: known };
}
const ROUNDING = 1e-6;
