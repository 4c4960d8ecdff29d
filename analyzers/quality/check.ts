import type { QualityMonitorSpec } from '../../model/documents/monitor/quality.ts';
import type { Verdict } from '../../model/finding.ts';
import type { Window } from '../../model/time.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { instantWords, percentWords } from '../words.ts';
import { ADVICE, type QualityStatistic } from './advice.ts';

/** What every check is told, beside what it looks at. */
export type Asked = {
  readonly spec: QualityMonitorSpec;
  readonly window: Window;
  /** Event time since when the same check has been failing; null when it was well until this window. */
  readonly since?: (statistic: QualityStatistic, subject: string) => number | null;
};

type Words = {
  readonly subject: string;
  readonly statistic: QualityStatistic;
  readonly n: number;
  readonly nReference?: number;
  readonly evidence?: Readonly<Record<string, unknown>>;
};

/** A share of bad ones, judged by its limit. What is counted is a fact of the window, so there is no chance in it. */
export type Counted = Words & {
  readonly bad: number;
  readonly limit: number;
  /** "of its values are missing" */
  readonly words: string;
};

/** A verdict that was made otherwise, with its own sentence up to the advice. */
export type Told = Words & {
  readonly verdict: Extract<Verdict, 'ok' | 'breach' | 'not_enough_data' | 'blind'>;
  readonly value: number | null;
  readonly limit: number | null;
  /** Without the subject and the full stop. */
  readonly words: string;
};

export function countedDraft(asked: Asked, check: Counted): FindingDraft {
  const { bad, n, limit, words } = check;
  const share = n > 0 ? bad / n : null;
  const { minimumN } = asked.spec;
  const base = { ...check, value: share, evidence: { ...check.evidence, bad } };
  if (share === null)
    return toldDraft(asked, {
      ...base,
      verdict: 'not_enough_data',
      words: `no values in the window; ${minimumN} are asked for`,
    });
  const counted = `${percentWords(share)} (${bad} of ${n}) ${words}`;
  if (n < minimumN)
    return toldDraft(asked, {
      ...base,
      verdict: 'not_enough_data',
      words: `${counted}; ${minimumN} are asked for`,
    });
  const isBad = share > limit;
  return toldDraft(asked, {
    ...base,
    verdict: isBad ? 'breach' : 'ok',
    words: isBad ? `${counted}; the limit is ${percentWords(limit)}` : counted,
  });
}

export function toldDraft(asked: Asked, told: Told): FindingDraft {
  const { subject, statistic, verdict, window } = { ...told, ...asked };
  const isBad = verdict === 'breach';
  const onsetMs = isBad ? (asked.since?.(statistic, subject) ?? asked.window.startMs) : null;
  const since = onsetMs === null ? '' : ` Since ${instantWords(onsetMs)}.`;
  const advice = isBad ? ` ${ADVICE[statistic]}` : '';
  return {
    subject,
    modelVersion: '',
    segment: '',
    severity: asked.spec.severity,
    verdict,
    statistic,
    value: told.value,
    limit: told.limit,
    n: told.n,
    nReference: told.nReference ?? 0,
    onsetMs,
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
    sentence: `${subject}: ${told.words}.${since}${advice}`,
    evidence: told.evidence ?? {},
  };
}
