import type { Severity } from '../../model/finding.ts';
import type { IncidentId, ProjectId } from '../../model/ids.ts';
import type { Incident, IncidentState, TimelineEntry } from '../../model/incident.ts';
import type { PostgresTx } from './postgres.ts';

export type NewIncident = Omit<Incident, 'id' | 'revision' | 'judged'>;
export type NewTimelineEntry = Pick<TimelineEntry, 'atMs' | 'kind' | 'by' | 'sentence'> & {
  readonly details?: Readonly<Record<string, unknown>>;
};

export type IncidentFilter = {
  readonly project: ProjectId;
  readonly system?: string;
  /** Empty or absent: every state. */
  readonly states?: readonly IncidentState[];
  /** Incidents whose life [opened, resolved) touches [fromMs, toMs), event time. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit: number;
};

export type IncidentUpdate =
  | { readonly kind: 'updated'; readonly incident: Incident }
  /** Someone wrote a newer revision: read again, decide again. */
  | { readonly kind: 'stale'; readonly incident: Incident };

/** What was last said about one signal of a system; kept beside incidents, because it outlives them. */
export type SignalMark = {
  /** Findings whose window ends at or before this were taken already. */
  readonly lastWindowEndMs: number;
  /**
   * It was still firing when its incident was closed, at this severity: told already. It opens a new incident only
   * after it has recovered, or when it grows worse.
   */
  readonly toldSeverity: Severity | null;
  /** Windows in a row that said `ok`. */
  readonly okWindows: number;
};
export type SignalMarks = Readonly<Record<string, SignalMark>>;

/** Incidents and their timelines. One incident per (project, system) is not resolved at any time; the database sees to it. */
export interface IncidentStore {
  /** With `tx` the row is locked until the transaction ends. */
  get(project: ProjectId, id: IncidentId, tx?: PostgresTx): Promise<Incident | undefined>;
  /** The system's incident that is not resolved. With `tx` the row is locked until the transaction ends. */
  openOf(project: ProjectId, system: string, tx?: PostgresTx): Promise<Incident | undefined>;
  /** Newest first, by opening. */
  list(filter: IncidentFilter): Promise<Incident[]>;
  create(incident: NewIncident, tx: PostgresTx): Promise<Incident>;
  /** Compare-and-set: `incident.revision` is the revision that was read; the stored one is raised by one. */
  update(incident: Incident, tx: PostgresTx): Promise<IncidentUpdate>;
  /** Numbers the entries after the last one. The incident's row is locked meanwhile, so numbers have no gap. */
  append(
    incident: IncidentId,
    entries: readonly NewTimelineEntry[],
    recordedAtMs: number,
    tx: PostgresTx,
  ): Promise<TimelineEntry[]>;
  /** Oldest first. */
  timeline(incident: IncidentId, limit: number, afterSeq?: number): Promise<TimelineEntry[]>;

  /** Takes the system's lock for the rest of the transaction, and reads its marks. */
  lockMarks(project: ProjectId, system: string, tx: PostgresTx): Promise<SignalMarks>;
  saveMarks(project: ProjectId, system: string, marks: SignalMarks, tx: PostgresTx): Promise<void>;

  /** How far (wall clock of evaluation) findings were read; undefined before the first. */
  cursor(project: ProjectId): Promise<number | undefined>;
  /** Only ever moves forward. */
  advanceCursor(project: ProjectId, evaluatedAtMs: number): Promise<void>;
}
