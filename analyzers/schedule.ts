import { setTimeout as wait } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import type { ProjectId } from '../model/ids.ts';
import type { PostgresDb } from '../store/ports/postgres.ts';

export type SystemKey = { readonly project: ProjectId; readonly system: string };

export type ScheduleOptions = {
  /** Wall clock between two ticks of a system. */
  readonly tickMs?: number;
  /** How long one process keeps a system before it is handed out anew, where there are slots for all of them. */
  readonly shiftMs?: number;
  /** Systems worked on at once in this process. */
  readonly concurrency?: number;
};

const TICK_MS = 500;
const SHIFT_MS = 30_000;
const CONCURRENCY = 4;
/** How often systems that nobody works on are handed out. */
const HAND_OUT_MS = 1_000;
/** The lease: a process that gave no sign of life for this long is taken for dead. The least that pg-boss allows. */
const LEASE_SECONDS = 10;
const SIGN_OF_LIFE_SECONDS = 3;
/** How often leases that ran out are looked for. So a system is without anybody for 10 + 2 + 1 seconds at the most. */
const LOOK_SECONDS = 2;
/** Beyond its length; only a process that lives and does not let go meets it. */
const GRACE_SECONDS = 60;
const QUEUE = 'leeway.analysis';
const SCHEMA = 'pgboss';
/** Any constant will do, as long as every Leeway uses the same. */
const START_LOCK = 4_920_115;

/**
 * Who looks after which system, across processes: a job per system, of which pg-boss lets one exist at a time
 * (`exclusive`, keyed by system). Whoever fetches it has a shift: it ticks the system every half second, then lets go,
 * so that work spreads again when processes come and go, and sooner where more systems wait than there are slots. One
 * job per tick would write two rows a second and system. A process that dies stops giving signs of life, and its
 * systems are handed to others when their leases run out.
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
  let known = 1;
  const boss = new PgBoss({
    schema: SCHEMA,
    superviseIntervalSeconds: LOOK_SECONDS,
    monitorIntervalSeconds: LOOK_SECONDS,
    db: { executeSql: async (text, values) => ({ rows: await deps.postgres.query(text, values ?? []) }) },
  });
  boss.on('error', (error) => deps.onError(error));
  const rules = {
    expireInSeconds: Math.ceil(shiftMs / 1_000) + GRACE_SECONDS,
    heartbeatSeconds: LEASE_SECONDS,
    retryLimit: 0,
    deleteAfterSeconds: 60,
  };
  // One process at a time: of two that make the schema at once, one would fail at its name.
  await deps.postgres.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [START_LOCK]);
    await boss.start();
    await boss.createQueue(QUEUE, { policy: 'exclusive', ...rules });
    // The queue may be there from an earlier release, with its rules.
    await boss.updateQueue(QUEUE, rules);
  });

  const shift = async (key: SystemKey): Promise<void> => {
    const untilMs = performance.now() + shiftMs * Math.min(1, concurrency / known);
    do {
      const done = await deps.tick(key).catch((error: unknown) => {
        deps.onError(error, key);
        return { more: false };
      });
      if (!done.more && performance.now() < untilMs) await pause(tickMs, stopping.signal);
    } while (!stopping.signal.aborted && performance.now() < untilMs);
  };
  await boss.work<SystemKey>(
    QUEUE,
    {
      pollingIntervalSeconds: 0.5,
      localConcurrency: concurrency,
      heartbeatRefreshSeconds: SIGN_OF_LIFE_SECONDS,
    },
    async ([job]) => {
      if (job) await shift(job.data);
    },
  );

  const handOut = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const systems = await deps.systems();
        known = Math.max(1, systems.length);
        // One statement for all; those that somebody has are left out by the queue's policy.
        const jobs = systems.map((key) => ({ data: key, singletonKey: `${key.project}/${key.system}` }));
        if (jobs.length > 0) await boss.insert(QUEUE, jobs);
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
