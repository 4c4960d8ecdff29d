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
 * `rmse`: delta method, se(√m) = se(m) / 2√m. `r2`: 1 − Σe²/Σ(y − ȳ)², the spread of the truths taken as it is.
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
  r2: ({ errorSq, errorQuad, truthSum, truthSq, known }) => {
    if (known < 2) return null;
    const spread = truthSq / known - (truthSum / known) ** 2;
    if (!(spread > 0)) return null;
    const square = meanWithError(errorSq, errorQuad, known);
    return { value: 1 - square.value / spread, se: square.se / spread, n: known };
  },
};
