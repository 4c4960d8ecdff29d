import type { Metric } from '../../model/documents/monitor/performance.ts';
import { formatDuration, HOUR_MS } from '../../model/time.ts';
import { instantWords, numberWords } from '../words.ts';
import type { Comparison } from './compare.ts';
import type { Fairness, Gap } from './fairness.ts';
import type { Measure } from './measure.ts';
import type { Outside } from './support.ts';

export const METRIC_WORDS: { readonly [M in Metric]: string } = {
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
  roc_auc: 'ROC AUC',
  pr_auc: 'average precision',
  log_loss: 'log loss',
  brier: 'Brier score',
  calibration_error: 'calibration error',
  mae: 'mean absolute error',
  rmse: 'RMSE',
  mape: 'mean absolute percentage error',
  r2: 'R²',
};
export const FAIRNESS_WORDS: { readonly [F in Fairness]: string } = {
  demographic_parity: 'share of positive decisions',
  equal_opportunity: 'share of positive cases that are recognised',
  equalised_odds: 'rate of hits or of false alarms',
};

const SHARES: readonly Metric[] = ['accuracy', 'precision', 'recall', 'f1', 'mape'];

/** 0.9134 → "91.3 %" for shares, three digits for the others. */
export const metricValue = (metric: Metric, value: number): string =>
  SHARES.includes(metric) ? `${(value * 100).toFixed(1)} %` : numberWords(value);

/** A loss: points of a share, percent of an error, else the metric's own unit. */
const lossValue = (metric: Metric, loss: number): string =>
  ['mae', 'rmse', 'mape'].includes(metric)
    ? `${(loss * 100).toFixed(1)} %`
    : SHARES.includes(metric)
      ? `${(loss * 100).toFixed(1)} points`
      : numberWords(loss);

/** "decisions of 3 Mar 00:00 to 4 Mar 00:00"; whole days are days. */
export const cohortWords = (startMs: number, endMs: number): string =>
  endMs - startMs >= HOUR_MS
    ? `decisions of ${instantWords(startMs)} to ${instantWords(endMs)}`
    : `decisions of ${formatDuration(endMs - startMs)}`;

export const intervalWords = (metric: Metric, { low, high }: Measure): string =>
  `${metricValue(metric, low)} to ${metricValue(metric, high)}`;

export const againstReference = (
  metric: Metric,
  reference: Measure,
  of: Comparison,
  limit: number,
): string =>
  of.loss > 0
    ? `${lossValue(metric, of.loss)} worse than the reference's ${metricValue(metric, reference.value)} (${lossValue(metric, of.low)} to ${lossValue(metric, of.high)}; limit ${lossValue(metric, limit)})`
    : `no worse than the reference's ${metricValue(metric, reference.value)}`;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

export const labelWords = (known: number, knownShare: number, ofExpected: number): string =>
  `${known} labels, ${percent(knownShare)} of the decisions and ${percent(ofExpected)} of the labels that usually come`;

export const outsideWords = ({ share, groups }: Outside, isGuess: boolean): string =>
  `${percent(share)} of its decisions lie outside of what was labelled in the reference (${groups
    .map((group) => `${group.name}: ${group.labels} labels`)
    .join(', ')}): ${isGuess ? 'for them it is a guess, so nothing is judged' : 'for them it is a guess'}`;

export const gapWords = (key: string, gap: Gap, limit: number): string => {
  const [top, bottom] = [gap.rates[0], gap.rates.at(-1)];
  const left = gap.left.length > 0 ? `; too few cases in ${gap.left.slice(0, 5).join(', ')}` : '';
  return (
    `${FAIRNESS_WORDS[gap.kind]} by ${key}: ${gap.highest} ${percent(top?.rate ?? 0)}, ${gap.lowest} ${percent(bottom?.rate ?? 0)}; ` +
    `gap ${(gap.value * 100).toFixed(1)} points (${(gap.low * 100).toFixed(1)} to ${(gap.high * 100).toFixed(1)}), limit ${(limit * 100).toFixed(0)}${left}`
  );
};
