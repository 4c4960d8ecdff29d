import type { PerformanceMonitorSpec } from '../../model/documents/monitor/performance.ts';
import { formatDuration, type Window } from '../../model/time.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { instantWords } from '../words.ts';
import type { Readiness } from './maturity.ts';
import { cohortWords } from './words.ts';

/** What is said while nothing can be judged: why, and when it can. Labels that stopped coming make the monitor blind. */
export function waitingDraft(of: {
  readonly spec: PerformanceMonitorSpec;
  readonly system: string;
  readonly window: Window;
  readonly readiness: Exclude<Readiness, { kind: 'ready' }>;
  readonly atMs: number;
  readonly overdueMs?: number;
}): FindingDraft {
  const { spec, window, readiness, overdueMs } = of;
  const metric = spec.task.metrics[0] ?? 'accuracy';
  const untilMs = readiness.kind === 'wait' ? readiness.untilMs : null;
  const what = cohortWords(window.startMs, window.endMs);
  const sentence =
    overdueMs !== undefined
      ? `Labels of ${of.system} are overdue: ${what} ended ${formatDuration(overdueMs)} ago and still cannot be judged (${readiness.why}). Look at what sends them.`
      : untilMs !== null
        ? `The ${what} cannot be judged yet: ${readiness.why}. They can be from about ${instantWords(untilMs)}.`
        : `The ${what} cannot be judged${readiness.kind === 'wait' ? ' yet' : ''}: ${readiness.why}.`;
  return {
    subject: `@${metric}`,
    modelVersion: '',
    segment: '',
    verdict: overdueMs === undefined ? 'not_enough_data' : 'blind',
    severity: 'log',
    statistic: metric,
    value: null,
    limit: null,
    n: 0,
    nReference: 0,
    onsetMs: null,
    windowStartMs: window.startMs,
    windowEndMs: of.atMs,
    sentence,
    evidence: { kind: 'waiting', cohort: { fromMs: window.startMs, toMs: window.endMs }, readyAtMs: untilMs },
  };
}
