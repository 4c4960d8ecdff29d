import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, expect, it, vi } from 'vitest';
import type { DocumentInput } from '../../model/documents/document.ts';
import { DEFAULT_PROJECT } from '../../model/ids.ts';
import { createHttpPool } from '../../store/clickhouse/http.ts';
import { migrateClickhouse } from '../../store/clickhouse/migrate.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { startClickhouseServer } from '../support/clickhouse-http-server.ts';
import { freshDirectory, freshPostgresUrl } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';
import { createWorld, HOUR, MINUTE } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1);
const SYSTEMS = ['one', 'two', 'three'];
const HOURS = 24;
const PROCESSES = 3;
/** A lease of 10 s, looked for every 2 s, handed out every second; the rest is for a machine that is very busy. */
const LONGEST_WAIT_MS = 150_000;

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** `leeway up` with nothing but the analyzers, on stores that others use too. */
async function startAnalyzer(name: string, clickhouse: Record<string, string>, postgres: string) {
  const url = new URL(postgres);
  // So that the test knows whose lock it sees.
  url.searchParams.set('application_name', name);
  const child = spawn(process.execPath, ['app/main.ts', 'up'], {
    env: {
      ...process.env,
      ...{ LEEWAY_ROLES: 'analyzers', LEEWAY_DATA_DIR: freshDirectory(name), LEEWAY_POSTGRES_URL: url.href },
      ...{ LEEWAY_CLICKHOUSE_URL: clickhouse['url'], LEEWAY_CLICKHOUSE_USER: clickhouse['user'] },
      ...{ LEEWAY_CLICKHOUSE_PASSWORD: clickhouse['password'], LEEWAY_ANALYSIS_EVERY: '100ms' },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const told: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => told.push(line));
  /** Rejects with what it said when the process ends: without it nothing would ever come. */
  const ended = once(child, 'close').then(() => {
    throw new Error(`${name} ended (${child.signalCode ?? child.exitCode}): ${told.join('\n')}`);
  });
  ended.catch(() => undefined);
  const up = new Promise<void>((done) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('Leeway is up')) done();
    });
  });
  await Promise.race([up, ended]);
  return { child, ended, errors: () => told.filter((line) => / error /.test(line)) };
}

it(
  'loses no window and shows none twice when one of three processes is killed in the middle of a tick',
  async () => {
    const server = await startClickhouseServer(freshDirectory('schedule-kill'));
    const postgresUrl = await freshPostgresUrl();
    const postgres = connectPostgres({ url: postgresUrl });
    const pool = createHttpPool(server);
    await migrateClickhouse(pool.loader, { nowMs: Date.now() });
    const world = createWorld(pool, postgres, DEFAULT_PROJECT);
    try {
      await world.apply(
        SYSTEMS.map(
          (system) =>
            ({
              apiVersion: 'leeway.dev/v1',
              kind: 'Monitor',
              metadata: { name: `inputs-${system}` },
              spec: {
                ...{ kind: 'drift', system, features: ['distance'], window: '1h', minimumN: 20 },
                reference: { kind: 'first', length: '6h' },
              },
            }) as DocumentInput,
        ),
      );
      const instances = await Promise.all(
        Array.from({ length: PROCESSES }, (_, i) =>
          startAnalyzer(`analyzer-${i}`, { ...server } as unknown as Record<string, string>, postgresUrl),
        ),
      );
      const loadedAtMs = Date.now();
      for (const system of SYSTEMS)
        await world.insert(
          'decisions',
          // One a minute; the last hour closes when its stream has stood still, so it is left to run over.
          Array.from({ length: HOURS * 60 + 5 }, (_, i) =>
            decisionRow({
              ...{ project: DEFAULT_PROJECT, system, id: `${system}${i}`, timeMs: T0 + i * MINUTE },
              ...{ num: { distance: 100 + ((i * 37) % 60) }, loadedAtMs },
            }),
          ),
        );
      const keys = await postgres.query<{ key: string }>(
        'SELECT hashtextextended($1 || system, 0) AS key FROM unnest($2::text[]) AS system',
        [`leeway.analysis/${DEFAULT_PROJECT}/`, SYSTEMS],
      );
      type Held = { application_name: string; system: string };
      const held = () =>
        postgres.query<Held>(
          // The lock of a tick, and not one of those that the schedule's own upkeep takes.
          `SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database() AND a.application_name LIKE 'analyzer-%'
           AND (l.classid::bigint << 32 | l.objid::bigint) = ANY ($1::bigint[])`,
          [keys.map(({ key }) => key)],
        );
      const victim = await vi.waitFor(
        async () => {
          const [first] = await held();
          if (first === undefined) throw new Error('nobody ticks yet');
          return Number(first.application_name.slice('analyzer-'.length));
        },
        { timeout: LONGEST_WAIT_MS, interval: 2 },
      );
      const child = instances[victim]?.child;
      child?.kill('SIGKILL');
      if (child) await once(child, 'exit');
      const survivors = instances.filter((_, i) => i !== victim);

      const windows = async () =>
        pool.api.query<{ system: string; ends: number; different: number; ids: number }>({
          sql: `SELECT toString(system) AS system, toUInt32(count()) AS ends, toUInt32(uniqExact(window_end)) AS different, toUInt32(uniqExact(id)) AS ids
          FROM (SELECT * FROM findings WHERE kind = 'drift' AND subject = 'distance' AND segment = '' AND model_version = '' ORDER BY evaluated_at DESC LIMIT 1 BY id)
          GROUP BY system ORDER BY system`,
        });
      const every = [...SYSTEMS]
        .sort()
        .map((system) => ({ system, ends: HOURS, different: HOURS, ids: HOURS }));
      await Promise.race([
        vi.waitFor(async () => expect(await windows()).toEqual(every), {
          timeout: LONGEST_WAIT_MS,
          interval: 200,
        }),
        ...survivors.map(({ ended }) => ended),
      ]);
      // And no minute was counted twice, whoever counted it.
      const profiles = await Promise.all(
        SYSTEMS.map((system) =>
          world.deps.profiles.merged({
            ...{ project: DEFAULT_PROJECT, system, features: ['distance'] },
            ...{ fromMs: T0, toMs: T0 + HOURS * HOUR },
          }),
        ),
      );
      for (const [summary] of profiles)
        expect([...(summary?.bins.values() ?? [])].reduce((sum, n) => sum + n, 0)).toBe(HOURS * 60);
      expect(survivors.flatMap(({ errors }) => errors())).toEqual([]);
      const looked = await world.deps.progress.ticks(DEFAULT_PROJECT);
      expect(new Set(looked.map(({ by }) => by)).size).toBeGreaterThan(0);
    } finally {
      for (const running of children) running.kill('SIGKILL');
      await pool.close();
      await postgres.close();
      await server.stop('SIGKILL');
    }
  },
  2 * LONGEST_WAIT_MS + 60_000,
);
