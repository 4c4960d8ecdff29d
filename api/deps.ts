import type { ProjectId } from '../model/ids.ts';
import type { ActionStore } from '../store/ports/actions.ts';
import type { AuditLog } from '../store/ports/audit.ts';
import type { DocumentStore } from '../store/ports/documents.ts';
import type { FindingLog } from '../store/ports/findings.ts';
import type { GateStore } from '../store/ports/gates.ts';
import type { IncidentStore } from '../store/ports/incidents.ts';
import type { LedgerEntry } from '../store/ports/ledger.ts';
import type { ProfileStore } from '../store/ports/profiles.ts';
import type { ProgressStore } from '../store/ports/progress.ts';
import type { TelemetryReads } from '../store/ports/reads.ts';
import type { ReferenceBook, ReferenceProfiles } from '../store/ports/references.ts';
import type { ReplayStore } from '../store/ports/replays.ts';
import type { ReviewStore } from '../store/ports/review.ts';

/** A record that was turned away at the door. */
export type Refusal = {
  readonly atMs: number;
  readonly signal: string;
  readonly reason: string;
  readonly message: string;
};

/** A file in the spool's quarantine: what could not be read, or was never taken by the store. */
export type SetAside = { readonly name: string; readonly bytes: number; readonly atMs: number };

/** What came in: stored entries and those that still are in the spool, folded; and the last refusals. */
export type Intake = {
  entries(project: ProjectId, fromMs: number, toMs: number): Promise<readonly LedgerEntry[]>;
  /** Records in the spool. */
  pendingRecords(project: ProjectId): number | Promise<number>;
  /** Newest first. Of all projects: a segment holds what came in at the time. */
  setAside(): Promise<readonly SetAside[]>;
  /** Newest first; bounded by the one who keeps them. */
  refusals(project: ProjectId): readonly Refusal[] | Promise<readonly Refusal[]>;
};

/** Everything that the reading routes ask. */
export type ReadDeps = {
  readonly reads: TelemetryReads;
  readonly replays: Pick<ReplayStore, 'history'>;
  readonly profiles: Pick<ProfileStore, 'merged'>;
  readonly references: {
    readonly book: Pick<ReferenceBook, 'active' | 'get'>;
    readonly numbers: Pick<ReferenceProfiles, 'read'>;
  };
  readonly progress: Pick<ProgressStore, 'analysis' | 'systems'>;
  readonly documents: DocumentStore;
  readonly findings: FindingLog;
  readonly gateStore: Pick<GateStore, 'get' | 'list' | 'history' | 'versions'>;
  readonly incidentStore: Pick<IncidentStore, 'list' | 'openOf'>;
  readonly actionStore: Pick<ActionStore, 'list'>;
  readonly reviewStore: Pick<ReviewStore, 'queues' | 'ofDecision'>;
  readonly intake: Intake;
  readonly audit: AuditLog;
  readonly nowMs: () => number;
};
