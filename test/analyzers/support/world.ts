import { type AnalyzerDeps, type Analyzers, createAnalyzers } from '../../../analyzers/analyzers.ts';
import type { AnalyzerEvent } from '../../../analyzers/events.ts';
import type { DocumentInput } from '../../../model/documents/document.ts';
import { type ProjectId, projectId } from '../../../model/ids.ts';
import { createCohortStore } from '../../../store/clickhouse/cohorts.ts';
import { createFindingLog } from '../../../store/clickhouse/findings.ts';
import { createImpactStore } from '../../../store/clickhouse/impact.ts';
import { createProfileStore } from '../../../store/clickhouse/profiles.ts';
import { createSampleStore } from '../../../store/clickhouse/samples.ts';
import { createSloMinuteStore } from '../../../store/clickhouse/slo-minutes.ts';
import type { ClickhousePool } from '../../../store/ports/clickhouse.ts';
import type { PostgresDb } from '../../../store/ports/postgres.ts';
import { createAuditLog } from '../../../store/postgres/audit.ts';
import { createDocumentStore } from '../../../store/postgres/documents.ts';
import { createLiveBus } from '../../../store/postgres/live.ts';
import { createProgressStore } from '../../../store/postgres/progress.ts';

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const MINUTE = 60_000;

export type World = {
  readonly project: ProjectId;
  readonly deps: AnalyzerDeps;
  readonly analyzers: Analyzers;
  readonly events: AnalyzerEvent[];
  apply(sources: readonly DocumentInput[]): Promise<void>;
  insert(table: 'decisions' | 'outcomes', rows: readonly Record<string, unknown>[]): Promise<void>;
};

/** Analyzers over real stores. */
export function createWorld(
  pool: ClickhousePool,
  postgres: PostgresDb,
  name: string,
  overrides: Partial<AnalyzerDeps> = {},
): World {
  const project = projectId.parse(name);
  const events: AnalyzerEvent[] = [];
  const live = createLiveBus(postgres);
  const documents = createDocumentStore(postgres, createAuditLog(postgres), live);
  const profiles = createProfileStore(pool.analyzers);
  const deps: AnalyzerDeps = {
    profiles: {
      ...profiles,
      // The tests of a file share one engine, and each looks after its own project.
      systemsSince: async (loadedAtMs) =>
        (await profiles.systemsSince(loadedAtMs)).filter((key) => key.project === project),
    },
    cohorts: createCohortStore(pool.analyzers),
    samples: createSampleStore(pool.analyzers),
    sloMinutes: createSloMinuteStore(pool.analyzers),
    findings: createFindingLog(pool.analyzers),
    impact: createImpactStore(pool.analyzers),
    progress: createProgressStore(postgres),
    documents,
    live,
    postgres,
    nowMs: () => Date.now(),
    emit: (event) => events.push(event),
    ...overrides,
  };
  return {
    project,
    deps,
    analyzers: createAnalyzers(deps),
    events,
    apply: async (sources) => {
      await documents.apply(project, sources, 'test', 0);
    },
    insert: (table, rows) => pool.loader.insertRows(table, rows),
  };
}
