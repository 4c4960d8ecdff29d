import { withContracts } from '../model/contract-features.ts';
import { systemSpec } from '../model/documents/system.ts';
import { type ProjectId, systemName } from '../model/ids.ts';
import { HOUR_MS } from '../model/time.ts';
import type { PostgresDb } from '../store/ports/postgres.ts';
import type { AnalyzerStores, TickContext } from './deps.ts';
import type { AnalyzerEvent } from './events.ts';
import type { ReferenceCache } from './monitors/references.ts';
import { createThread, type MultivariateThread } from './multivariate/thread.ts';
import type { Retention } from './profile/levels.ts';
import { dropOldProfiles, RETENTION_EVERY_MS } from './profile/retention.ts';
import { type ScheduleOptions, type SystemKey, startSchedule } from './schedule.ts';
import { type TickResult, tickSystem } from './tick.ts';

export type AnalyzerDeps = AnalyzerStores & {
  /** Where the schedule keeps its jobs (pg-boss, in a schema of its own). */
  readonly postgres: PostgresDb;
  readonly nowMs: () => number;
  readonly emit: (event: AnalyzerEvent) => void;
  readonly schedule?: ScheduleOptions;
  /** Names this process where several share the work. */
  readonly instance?: string;
  /** Left out: profiles are kept for ever. */
  readonly retention?: Retention;
};

export type Analyzers = {
  /** Begins to work on the schedule, beside any other process that does. */
  start(): Promise<void>;
  /** Finishes the ticks in hand. */
  stop(): Promise<void>;
  /** Brings every system up to its watermark, now; for tests and a virtual clock. Systems that somebody else has in hand are left to them. */
  tickOnce(nowMs: number): Promise<void>;
};

/** Rows of a loader whose clock is behind by this much still make their system known. */
const DISCOVERY_OVERLAP_MS = HOUR_MS;
/** A row a second and system would be written for a clock that nobody reads so finely. */
const NOTE_EVERY_MS = 10_000;

export function createAnalyzers(deps: AnalyzerDeps): Analyzers {
  const caches = new Map<string, ReferenceCache>();
  const multivariate = createThread();
  const known = new Map<string, SystemKey>();
  /** Wall clock of the last look at what is too old, by system. */
  const tidiedMs = new Map<string, number>();
  const notedMs = new Map<string, number>();
  let discoveredMs = 0;
  let running: { stop(): Promise<void> } | undefined;

  /** Systems with data: those with progress, and those that appeared since the last look. */
  const systems = async (nowMs: number): Promise<readonly SystemKey[]> => {
    const sinceMs = Math.max(0, discoveredMs - DISCOVERY_OVERLAP_MS);
    const found = [...(await deps.progress.systems()), ...(await deps.profiles.systemsSince(sinceMs))];
    for (const key of found) known.set(`${key.project}/${key.system}`, key);
    discoveredMs = nowMs;
    return [...known.values()];
  };

  const tick = async (
    { project, system }: SystemKey,
    nowMs: () => number,
  ): Promise<TickResult | { readonly kind: 'busy' }> => {
    const cacheKey = `${project}/${system}`;
    const cache = caches.get(cacheKey) ?? new Map();
    caches.set(cacheKey, cache);
    const held = await deps.progress.exclusively(project, system, async () => {
      const context = await contextOf({ ...deps, multivariate }, project, system, nowMs);
      const result = await tickSystem(context, cache);
      if (deps.retention && !result.more && isDue(tidiedMs, cacheKey, nowMs()))
        await dropOldProfiles(context, deps.retention);
      if (nowMs() - (notedMs.get(cacheKey) ?? 0) >= NOTE_EVERY_MS) {
        notedMs.set(cacheKey, nowMs());
        await deps.progress.noteTick(project, system, deps.instance ?? '', nowMs());
      }
      return result;
    });
    return held.kind === 'busy' ? held : held.result;
  };

  return {
    start: async () => {
      running ??= await startSchedule({
        postgres: deps.postgres,
        options: deps.schedule ?? {},
        systems: () => systems(deps.nowMs()),
        tick: async (key) => {
          const result = await tick(key, deps.nowMs);
          return { more: !('kind' in result) && result.more };
        },
        onError: (error, key) =>
          deps.emit(key ? { kind: 'tick_failed', ...key, error } : { kind: 'schedule_failed', error }),
      });
    },
    stop: async () => {
      await running?.stop();
      running = undefined;
      await multivariate.close();
    },
    tickOnce: async (nowMs) => {
      for (const key of await systems(nowMs)) {
        for (;;) {
          const result = await tick(key, () => nowMs);
          if ('kind' in result || !result.more) break;
        }
      }
    },
  };
}

/** The first look comes an hour after the system was first seen here: a start has better things to do. */
function isDue(lastMs: Map<string, number>, key: string, nowMs: number): boolean {
  const before = lastMs.get(key);
  if (before === undefined || nowMs - before >= RETENTION_EVERY_MS) lastMs.set(key, nowMs);
  return before !== undefined && nowMs - before >= RETENTION_EVERY_MS;
}

async function contextOf(
  deps: AnalyzerDeps & { readonly multivariate: MultivariateThread },
  project: ProjectId,
  system: string,
  nowMs: () => number,
): Promise<TickContext> {
  const [systems, slos, monitors, contracts] = await Promise.all([
    deps.documents.list(project, 'System'),
    deps.documents.list(project, 'SLO'),
    deps.documents.list(project, 'Monitor'),
    deps.documents.list(project, 'Contract'),
  ]);
  const own = systems.find(({ document }) => document.metadata.name === system);
  return {
    stores: deps,
    project,
    system: systemName.parse(system),
    spec: withContracts(
      own?.document.spec ?? systemSpec.parse({}),
      contracts.map(({ document }) => document.spec).filter((spec) => spec.system === system),
    ),
    slos: slos.filter(({ document }) => document.spec.system === system),
    monitors: monitors.filter(({ document }) => document.spec.system === system),
    contracts: contracts.filter(({ document }) => document.spec.system === system),
    multivariate: deps.multivariate,
    nowMs,
    emit: deps.emit,
  };
}
