import type { FindingKind, Severity, Verdict } from './finding.ts';
import type { IncidentId, ProjectId, SystemName } from './ids.ts';

export const INCIDENT_STATES = ['open', 'acknowledged', 'mitigating', 'verifying', 'resolved'] as const;
/** open → acknowledged (a person has it) → mitigating (an action runs) → verifying (did it help?) → resolved. */
export type IncidentState = (typeof INCIDENT_STATES)[number];

/** One monitor × subject inside an incident: the reason that the incident exists. */
export type Signal = {
  readonly key: string;
  readonly monitor: string;
  readonly kind: FindingKind;
  readonly subject: string;
  /** '' is all versions. */
  readonly modelVersion: string;
  /** `key=value`; '' is everything. */
  readonly segment: string;
  readonly statistic: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  readonly value: number | null;
  readonly limit: number | null;
  readonly n: number;
  readonly sentence: string;
  /** Held through a blind window and through the first calm ones: a look that cannot tell is no recovery. */
  readonly firing: boolean;
  /** Onset of the current (or last) stretch of firing, event time. */
  readonly sinceMs: number;
  /** Event time at which it stopped firing; null while it fires. */
  readonly quietSinceMs: number | null;
  /** Windows in a row that said `ok` since it last fired. */
  readonly okWindows: number;
  /** How often it came back after it had recovered in this incident. */
  readonly flaps: number;
  readonly lastWindowEndMs: number;
};

export const INCIDENT_JUDGEMENTS = ['not_judged', 'real', 'false_alarm'] as const;
/** What a person said of it: whether there was anything to be woken for. The measure of the budget of false alarms. */
export type IncidentJudgement = (typeof INCIDENT_JUDGEMENTS)[number];

/** One incident per system at a time: what fires together is told together. */
export type Incident = {
  readonly id: IncidentId;
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly title: string;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly owner: string;
  /** Event times. */
  readonly onsetMs: number;
  readonly openedAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly judged: IncidentJudgement;
  readonly signals: readonly Signal[];
  /** Raised by every change; a writer that read an older one is refused. */
  readonly revision: number;
};

/** What stands on the timeline. */
export const TIMELINE_KINDS = [
  'opened',
  'signal_firing',
  'signal_recovered',
  'severity_changed',
  'acknowledged',
  'note',
  'action_proposed',
  'action_refused',
  'action_started',
  'action_done',
  'action_failed',
  'action_rejected',
  'notified',
  'notification_failed',
  'routed_to_review',
  'ruling',
  'verified',
  'not_verified',
  'resolved',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

export type TimelineEntry = {
  readonly incident: IncidentId;
  readonly seq: number;
  /** Event time the entry speaks of. */
  readonly atMs: number;
  /** Wall clock it was written. */
  readonly recordedAtMs: number;
  readonly kind: TimelineKind;
  /** `leeway` or a person. */
  readonly by: string;
  readonly sentence: string;
  readonly details: Readonly<Record<string, unknown>>;
};
