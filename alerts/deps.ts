import type { ProjectId } from '../model/ids.ts';
import type { ActionStore } from '../store/ports/actions.ts';
import type { AuditLog } from '../store/ports/audit.ts';
import type { DocumentStore } from '../store/ports/documents.ts';
import type { FindingLog } from '../store/ports/findings.ts';
import type { GateStore } from '../store/ports/gates.ts';
import type { IncidentStore } from '../store/ports/incidents.ts';
import type { LiveBus } from '../store/ports/live.ts';
import type { PostgresDb } from '../store/ports/postgres.ts';
import type { AnalysisProgress } from '../store/ports/progress.ts';
import type { SloMinuteStore } from '../store/ports/slo-minutes.ts';
import type { AlertEvent } from './events.ts';
import type { EnqueueNotifications } from './outbox/notifier.ts';
import type { RouteToReview } from './review/route.ts';

/** `ProgressStore` is one. */
export type Watermarks = {
  analysis(project: ProjectId, system: string): Promise<Pick<AnalysisProgress, 'watermarkMs'>>;
};

export type AlertsDeps = {
  readonly db: PostgresDb;
  readonly incidents: IncidentStore;
  readonly actions: ActionStore;
  readonly gates: GateStore;
  readonly findings: Pick<FindingLog, 'since'>;
  readonly documents: Pick<DocumentStore, 'list' | 'get'>;
  /** For the watermark of a system: the clock of every decision here. */
  readonly progress: Watermarks;
  /** Good and bad by model version: does the evidence point to the version, and did the rollback help? */
  readonly sloMinutes: Pick<SloMinuteStore, 'series'>;
  readonly audit: AuditLog;
  readonly live: LiveBus;
  readonly enqueueNotifications: EnqueueNotifications;
  /** Called inside a transaction; asked again after a crash, it picks the same decisions. */
  readonly routeToReview: RouteToReview;
  readonly projects: () => Promise<readonly ProjectId[]>;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly emit: (event: AlertEvent) => void;
  /** Wall clock between two ticks. */
  readonly tickEveryMs?: number;
};

/** Who Leeway is on a timeline and in the audit log. */
export const LEEWAY = 'leeway';
