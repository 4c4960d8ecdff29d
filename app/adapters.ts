import { createCohortStore } from '../store/clickhouse/cohorts.ts';
import { createExplainStore } from '../store/clickhouse/explain.ts';
import { createFindingLog } from '../store/clickhouse/findings.ts';
import { createImpactStore } from '../store/clickhouse/impact.ts';
import { createLedger } from '../store/clickhouse/ledger.ts';
import { createLoadStore } from '../store/clickhouse/loads.ts';
import { createProfileStore } from '../store/clickhouse/profiles.ts';
import { createReads } from '../store/clickhouse/reads/reads.ts';
import { createReferenceProfiles } from '../store/clickhouse/references.ts';
import { createReplayStore } from '../store/clickhouse/replays.ts';
import { createReviewSource } from '../store/clickhouse/review.ts';
import { createSampleStore } from '../store/clickhouse/samples.ts';
import { createSloMinuteStore } from '../store/clickhouse/slo-minutes.ts';
import type { ClickhouseDb } from '../store/ports/clickhouse.ts';
import { createActionStore } from '../store/postgres/actions.ts';
import { createAuditLog } from '../store/postgres/audit.ts';
import { createBackfillStore } from '../store/postgres/backfills.ts';
import { createDocumentStore } from '../store/postgres/documents.ts';
import { createGateStore } from '../store/postgres/gates.ts';
import { createIncidentStore } from '../store/postgres/incidents.ts';
import { createLiveBus } from '../store/postgres/live.ts';
import { createOutbox } from '../store/postgres/outbox.ts';
import { createProgressStore } from '../store/postgres/progress.ts';
import { createReferenceBook } from '../store/postgres/references.ts';
import { createReviewStore } from '../store/postgres/review.ts';
import { createTokenStore } from '../store/postgres/tokens.ts';
import type { Stores } from './stores.ts';

/** Telemetry as one kind of work sees it: on a connection of its own, so that nobody waits for another's query. */
export const telemetryOn = (db: ClickhouseDb) => ({
  cohorts: createCohortStore(db),
  explain: createExplainStore(db),
  findings: createFindingLog(db),
  impact: createImpactStore(db),
  ledger: createLedger(db),
  loads: createLoadStore(db),
  profiles: createProfileStore(db),
  reads: createReads(db),
  replays: createReplayStore(db),
  referenceProfiles: createReferenceProfiles(db),
  reviewSource: createReviewSource(db),
  samples: createSampleStore(db),
  sloMinutes: createSloMinuteStore(db),
});

export function controlOn({ postgres }: Stores) {
  const audit = createAuditLog(postgres);
  const live = createLiveBus(postgres);
  return {
    audit,
    live,
    actions: createActionStore(postgres),
    backfills: createBackfillStore(postgres),
    documents: createDocumentStore(postgres, audit, live),
    gates: createGateStore(postgres, { audit, live }),
    incidents: createIncidentStore(postgres),
    outbox: createOutbox(postgres),
    progress: createProgressStore(postgres),
    references: createReferenceBook(postgres, { audit, live }),
    review: createReviewStore(postgres),
    tokens: createTokenStore(postgres, audit),
  };
}
export type Control = ReturnType<typeof controlOn>;
