import { setTimeout as wait } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import type { ProjectId } from '../model/ids.ts';
import type { PostgresDb } from '../store/ports/postgres.ts';

export type SystemKey = { readonly project: ProjectId; readonly system: string };

export type ScheduleOptions = {
  /** Wall clock between two ticks of a system. */
  readonly tickMs?: number;
  /** How long one process keeps a system before it is handed out anew. */
  readonly shiftMs?: number;
  /** Systems worked on at once in this process. */
  readonly concurrency?: number;
};

const TICK_MS = 500;
const SHIFT_MS = 30_000;
const CONCURRENCY = 2;
/** How often systems that nobody works on are handed out. */
const HAND_OUT_MS = 1_000;
/** A shift whose process died is given to another one after its length and this. */
const GRACE_SECONDS = 15;
const QUEUE = 'leeway.analysis';
const SCHEMA = 'pgboss';

/**
 * Who looks after which system, across processes: a job per system, of which pg-boss lets one exist at a time
 * (`exclusive`, keyed by system). Whoever fetches it has a shift: it ticks the system every half second, then lets go,
 * so that work spreads again when processes come and go. One job per tick would write two rows a second and system.
 * pg-boss promises one fetch, not one run; what holds two ticks apart in every case is the lock inside `tick`.
 */
export async function startSchedule(deps: {
  readonly postgres: PostgresDb;
  readonly options: ScheduleOptions;
  readonly systems: () => Promise<readonly SystemKey[]>;
  readonly tick: (key: SystemKey) => Promise<{ readonly more: boolean }>;
  readonly onError: (error: unknown, key?: SystemKey) => void;
}): Promise<{ stop(): Promise<void> }> {
  const { tickMs = TICK_MS, shiftMs = SHIFT_MS, concurrency = CONCURRENCY } = deps.options;
  const stopping = new AbortController();
  const boss = new PgBoss({
    schema: SCHEMA,
    db: { executeSql: async (text, values) => ({ rows: await deps.postgres.query(text, values ?? []) }) },
  });
  boss.on('error', (error) => deps.onError(error));
  await boss.start();
  await boss.createQueue(QUEUE, {
    policy: 'exclusive',
    expireInSeconds: Math.ceil(shiftMs / 1_000) + GRACE_SECONDS,
    retryLimit: 0,
    deleteAfterSeconds: 60,
  });

  const shift = async (key: SystemKey): Promise<void> => {
    const untilMs = performance.now() + shiftMs;
    while (!stopping.signal.aborted && performance.now() < untilMs) {
      const done = await deps.tick(key).catch((error: unknown) => {
        deps.onError(error, key);
        return { more: false };
      });
      if (!done.more) await pause(tickMs, stopping.signal);
    }
  };
  await boss.work<SystemKey>(
    QUEUE,
    { pollingIntervalSeconds: 0.5, localConcurrency: concurrency },
    async ([job]) => {
      if (job) await shift(job.data);
    },
  );

  const handOut = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        for (const key of await deps.systems())
          await boss.send(QUEUE, key, { singletonKey: `${key.project}/${key.system}` });
      } catch (error) {
        deps.onError(error);
      }
      await pause(HAND_OUT_MS, stopping.signal);
    }
  };
  const handingOut = handOut();

  return {
    stop: async () => {
      stopping.abort();
      await handingOut;
      await boss.stop({ graceful: true, timeout: 10_000 });
    },
  };
}

/** Waits, but not past the end. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  wait(ms, undefined, { signal }).catch(() => undefined);
