import type { Metric } from '../../model/documents/monitor/performance.ts';
import { normalSf, normalUpperQuantile } from '../stats/special/normal.ts';
import { type Measure, standardError, Z95 } from './measure.ts';

/** Which way a metric is worse, and in what unit a loss of it is counted. */
export const METRICS: {
  readonly [M in Metric]: { readonly better: 'higher' | 'lower'; readonly loss: 'absolute' | 'relative' };
} = {
  accuracy: { better: 'higher', loss: 'absolute' },
  precision: { better: 'higher', loss: 'absolute' },
  recall: { better: 'higher', loss: 'absolute' },
  f1: { better: 'higher', loss: 'absolute' },
  roc_auc: { better: 'higher', loss: 'absolute' },
  pr_auc: { better: 'higher', loss: 'absolute' },
  log_loss: { better: 'lower', loss: 'absolute' },
  brier: { better: 'lower', loss: 'absolute' },
  calibration_error: { better: 'lower', loss: 'absolute' },
  mae: { better: 'lower', loss: 'relative' },
  rmse: { better: 'lower', loss: 'relative' },
  mape: { better: 'lower', loss: 'relative' },
  r2: { better: 'higher', loss: 'absolute' },
};

/** A change that windows of this size would miss once in five times is what they can see (Cohen 1988). */
const POWER_Z = normalUpperQuantile(0.2);

export type Comparison = {
  /** How much worse than the reference: positive is worse. For errors a share of the reference's. */
  readonly loss: number;
  readonly low: number;
  readonly high: number;
  /** One-sided, of "it is no worse". */
  readonly pValue: number;
  readonly minimumDetectableLoss: number;
};

/**
 * How much worse the window is than its reference. `drift`: by how much the metric of the reference's own labels moved from
 * what was known at the window's age to what came in the end; the window may still move as much, so the interval reaches
 * over both, and the evidence is the lesser of the two.
 */
export function compareMeasures(
  metric: Metric,
  current: Measure,
  reference: Measure,
  drift: number,
  alpha: number,
): Comparison {
  const { better, loss: unit } = METRICS[metric];
  const sign = better === 'higher' ? 1 : -1;
  const scale = unit === 'relative' ? Math.max(reference.value, Number.MIN_VALUE) : 1;
  const worse = (value: number): number => (sign * (reference.value - value)) / scale;
  const relative = unit === 'relative' ? current.value / scale : 1;
  const se = Math.hypot(standardError(current), relative * standardError(reference)) / scale;
  const losses = [worse(current.value), worse(current.value + drift)].sort((a, b) => a - b);
  const [least = 0, most = 0] = losses;
  return {
    loss: worse(current.value),
    low: least - Z95 * se,
    high: most + Z95 * se,
    pValue: evidence(least, se),
    minimumDetectableLoss: (normalUpperQuantile(alpha) + POWER_Z) * se,
  };
}

/** How far the window is beyond a bound that was promised; positive is worse. */
export function compareBound(metric: Metric, current: Measure, bound: number, alpha: number): Comparison {
  const sign = METRICS[metric].better === 'higher' ? 1 : -1;
  const loss = sign * (bound - current.value);
  const se = standardError(current);
  return {
    loss,
    low: loss - Z95 * se,
    high: loss + Z95 * se,
    pValue: evidence(loss, se),
    minimumDetectableLoss: (normalUpperQuantile(alpha) + POWER_Z) * se,
  };
}

const evidence = (loss: number, se: number): number => (se > 0 ? normalSf(loss / se) : loss > 0 ? 0 : 1);

export type Judgement = 'breach' | 'ok' | 'not_enough_data';

/** Large and evident → breach; ruled out, or so small that it would have been seen → ok; else it cannot be told. */
export function judgeLoss(of: Comparison, limit: number, alpha: number): Judgement {
  if (of.pValue <= alpha && of.loss >= limit) return 'breach';
  return of.high < limit || of.minimumDetectableLoss <= Math.max(limit, 0) ? 'ok' : 'not_enough_data';
}
