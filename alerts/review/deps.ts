import type { ProjectId } from '../../model/ids.ts';
import type { AuditLog } from '../../store/ports/audit.ts';
import type { ClickhouseDb } from '../../store/ports/clickhouse.ts';
import type { DocumentStore } from '../../store/ports/documents.ts';
import type { GateStore } from '../../store/ports/gates.ts';
import type { IncidentStore } from '../../store/ports/incidents.ts';
import type { LiveBus } from '../../store/ports/live.ts';
import type { PostgresDb } from '../../store/ports/postgres.ts';
import type { ReviewSource, ReviewStore } from '../../store/ports/review.ts';
import type { ReviewEvent } from './events.ts';

export type ReviewDeps = {
  readonly db: PostgresDb;
  readonly store: ReviewStore;
  readonly source: ReviewSource;
  /** Where rulings become outcome rows. */
  readonly telemetry: Pick<ClickhouseDb, 'insertRows'>;
  readonly documents: Pick<DocumentStore, 'get' | 'list'>;
  readonly gates: Pick<GateStore, 'history'>;
  readonly incidents: Pick<IncidentStore, 'get' | 'append'>;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly live: Pick<LiveBus, 'publish'>;
  readonly projects: readonly ProjectId[];
  /** Names this process among those that write outcomes: two must not share one. */
  readonly instance: string;
  readonly nowMs: () => number;
  /** UUIDs. */
  readonly newId: () => string;
  readonly emit: (event: ReviewEvent) => void;
  /** A ruling can be taken back for so long; only then does it become an outcome. */
  readonly undoWindowMs?: number;
  readonly pollMs?: number;
};

export const UNDO_WINDOW_MS = 30_000;
export const POLL_MS = 2_000;
