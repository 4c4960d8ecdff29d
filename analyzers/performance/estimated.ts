import type { Metric, PerformanceMonitorSpec } from '../../model/documents/monitor/performance.ts';
import type { Window } from '../../model/time.ts';
import type { EstimateRow } from '../../store/ports/cohorts.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { sentenceCase } from '../words.ts';
import { compareMeasures, judgeLoss } from './compare.ts';
import { coverageOf, coverageWords, stretched } from './coverage.ts';
import type { Measure } from './measure.ts';
import type { Outside } from './support.ts';
import {
  againstReference,
  cohortWords,
  intervalWords,
  METRIC_WORDS,
  metricValue,
  outsideWords,
} from './words.ts';

export type EstimatedInput = {
  readonly spec: PerformanceMonitorSpec;
  readonly window: Window;
  readonly metric: Metric;
  readonly estimate: Measure;
  /** The reference's own value, from its labels. */
  readonly reference: Measure;
  /** Earlier estimates of the metric, with what came of them. */
  readonly history: readonly EstimateRow[];
  /** The segment key by whose groups it was calibrated. */
  readonly splitBy: string | null;
  /** What of the window the reference says nothing about. */
  readonly outside: Outside | null;
  readonly alpha: number;
  readonly onsetMs: number | null;
};

/**
 * What the labels will probably say. It warns and does not page: it rests on an assumption that only labels can test. Once
 * its record is bad, or where too much of the window is unlike all that was labelled, it is written down and judges nothing.
 */
export function evaluateEstimated(input: EstimatedInput): {
  readonly draft: FindingDraft;
  readonly row: EstimateRow;
} {
  const { spec, metric, window, reference, history, alpha, outside, splitBy } = input;
  const estimate = stretched(input.estimate, history);
  const coverage = coverageOf(history);
  const compared = compareMeasures(metric, estimate, reference, 0, alpha);
  const distrusted = coverage?.isBad ?? false;
  // Decisions outside of what was seen can move a share by as much as they are: beyond the limit nothing is judged.
  const isGuess = outside !== null && outside.share >= spec.loss;
  const verdict = distrusted || isGuess ? 'not_enough_data' : judgeLoss(compared, spec.loss, alpha);
  const parts = [
    `${METRIC_WORDS[metric]} is estimated at ${metricValue(metric, estimate.value)} (${intervalWords(metric, estimate)}) for ${cohortWords(window.startMs, window.endMs)}, before its labels are known`,
    againstReference(metric, reference, compared, spec.loss),
    ...(splitBy === null ? [] : [`calibrated by ${splitBy}, whose groups differ in what a score means`]),
    ...(outside === null ? [] : [outsideWords(outside, isGuess)]),
    ...(coverage ? [coverageWords(coverage)] : []),
  ];
  const draft: FindingDraft = {
    subject: `@${metric}`,
    modelVersion: '',
    segment: '',
    verdict,
    severity: verdict === 'breach' && spec.severity !== 'log' ? 'ticket' : 'log',
    statistic: `estimated_${metric}`,
    value: estimate.value,
    limit: null,
    n: estimate.n,
    nReference: reference.n,
    onsetMs: verdict === 'breach' ? (input.onsetMs ?? window.startMs) : null,
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
    sentence: `${sentenceCase(parts.join('; '))}.`,
    evidence: {
      kind: 'estimated',
      task: spec.task.kind,
      cohort: { fromMs: window.startMs, toMs: window.endMs },
      measure: estimate,
      reference,
      comparison: compared,
      effect: compared.loss,
      pValue: compared.pValue,
      coverage,
      splitBy,
      outside,
      assumption: isGuess ? 'broken' : 'not_refuted',
    },
  };
  const row: EstimateRow = {
    metric,
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
    estimate: estimate.value,
    low: estimate.low,
    high: estimate.high,
    n: estimate.n,
    realised: null,
    realisedN: 0,
  };
  return { draft, row };
}
