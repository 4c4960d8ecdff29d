import type {
  MultivariateMonitorSpec,
  MultivariateStatistic,
} from '../../model/documents/monitor/multivariate.ts';
import type { Verdict } from '../../model/finding.ts';
import type { Window } from '../../model/time.ts';
import type { SampledDecision } from '../../store/ports/samples.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { driftVerdict, type UndefinedReason } from '../stats/index.ts';
import { chanceWords, instantWords, numberWords } from '../words.ts';

/** Both sides as they were drawn, and what is asked of them. */
export type Looked = {
  readonly spec: MultivariateMonitorSpec;
  readonly window: Window;
  readonly referenceWindow: Window;
  readonly reference: readonly SampledDecision[];
  readonly current: readonly SampledDecision[];
  /** Uniform on [0, 1); the same sequence for the same question. */
  readonly random: () => number;
};

export type Told = {
  readonly subject: string;
  readonly statistic: MultivariateStatistic;
  readonly limit: number;
  readonly n: number;
  readonly nReference: number;
} & (
  | {
      readonly kind: 'measured';
      readonly effect: number;
      readonly interval?: readonly [number, number];
      readonly pValue: number;
      readonly minimumDetectableEffect: number;
      /** "a classifier tells the window from the reference (…)" */
      readonly words: string;
      readonly evidence?: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'unable'; readonly reason: UndefinedReason; readonly what: string }
);

const REASONS: Readonly<Record<UndefinedReason, string>> = {
  empty: 'one side holds none',
  length_mismatch: 'they are not all of one length',
  invalid_count: 'a count is not a number',
  not_finite: 'one of them is not finite',
  constant: 'they do not vary',
  too_few: 'there are too few of them',
  bad_parameter: 'there are too many of them',
};
/** Not for want of data: more of the same would not help. */
const BLIND: readonly UndefinedReason[] = ['length_mismatch', 'not_finite', 'bad_parameter', 'invalid_count'];

/** The verdict at the level that the number of checks leaves each of them. */
export function draftOf(looked: Looked, told: Told, alpha: number): FindingDraft {
  const { subject, statistic, limit, n, nReference } = told;
  const { spec, window } = looked;
  const shape = {
    ...{ subject, statistic, limit, n, nReference, modelVersion: '', segment: '' },
    ...{ severity: spec.severity, windowStartMs: window.startMs, windowEndMs: window.endMs },
  };
  if (told.kind === 'unable') {
    const verdict: Verdict = BLIND.includes(told.reason) ? 'blind' : 'not_enough_data';
    const sentence = `${subject}: ${told.what} cannot be compared: ${REASONS[told.reason]} (${n} in the window, ${nReference} in the reference).`;
    return { ...shape, verdict, value: null, onsetMs: null, sentence, evidence: { reason: told.reason } };
  }
  const { effect, pValue, minimumDetectableEffect } = told;
  const { verdict } = driftVerdict(
    { kind: 'value', effect, pValue, minimumDetectableEffect, nReference, nCurrent: n },
    { alpha, limit },
  );
  return {
    ...shape,
    verdict,
    value: effect,
    onsetMs: verdict === 'drift' ? window.startMs : null,
    sentence: sentenceOf(looked, told, verdict),
    evidence: {
      ...told.evidence,
      ...{ effect, interval: told.interval ?? null, pValue, alpha, minimumDetectableEffect },
      reference: looked.referenceWindow,
    },
  };
}

function sentenceOf(
  { window }: Looked,
  told: Extract<Told, { kind: 'measured' }>,
  verdict: 'drift' | 'ok' | 'not_enough_data',
): string {
  const { subject, words, limit, minimumDetectableEffect, pValue, n, nReference } = told;
  if (verdict === 'ok') return `${subject}: no change that matters; ${words}.`;
  if (verdict === 'not_enough_data')
    return `${subject}: ${words}; ${n} decisions against ${nReference} show a change of ${numberWords(minimumDetectableEffect)}, and ${numberWords(limit)} is asked about.`;
  return `${subject}: ${words}; ${chanceWords(pValue)}. In the window from ${instantWords(window.startMs)}.`;
}
