import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from '../../analyzers/drift/compare.ts';
import { systemSpec } from '../../model/documents/system.ts';
import type { FeatureSummary } from '../../model/feature-summary.ts';
import { projectId } from '../../model/ids.ts';
import { BIN_GROWTH, BIN_SMALLEST } from '../../model/numeric-bins.ts';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import { migrateClickhouse } from '../../store/clickhouse/migrate.ts';
import { createProfileStore } from '../../store/clickhouse/profiles.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import type { ProfileStore } from '../../store/ports/profiles.ts';
import { type Cost, cost } from './cost.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const T0 = Date.UTC(2026, 2, 2);
const SYSTEM = 'bench';
/** As many windows as a tick reads at once. */
const WINDOWS_PER_READ = 200;

/** A telemetry store for the length of one measurement. */
async function withStore<T>(work: (pool: ClickhousePool, profiles: ProfileStore) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-profiles-'));
  const pool = createChdbPool({ path: join(directory, 'clickhouse') });
  try {
    await migrateClickhouse(pool.loader, { nowMs: Date.now() });
    return await work(pool, createProfileStore(pool.analyzers));
  } finally {
    await pool.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One day of decisions, each with as many normal features as asked for; `segments` values of one segment key. */
const fillDecisions = (
  pool: ClickhousePool,
  project: string,
  of: { readonly rows: number; readonly features: number; readonly segments: number },
): Promise<void> =>
  pool.loader.command({
    sql: `INSERT INTO decisions (project, system, decision_id, time, value, actor, route, weight, num, segments, source, received_at, loaded_at, loader, batch)
      SELECT {project:String}, '${SYSTEM}', toString(number), fromUnixTimestamp64Nano(toInt64({from:Int64} + number * intDiv(86400000000000, {rows:UInt64}))), 'go', 'ai', 'auto', 1,
        CAST(arrayMap(i -> (concat('f', toString(i)), 100 + 20 * (toFloat64(bitAnd(cityHash64(number, i), 65535) + bitAnd(bitShiftRight(cityHash64(number, i), 16), 65535) + bitAnd(bitShiftRight(cityHash64(number, i), 32), 65535)) / 32768 - 3)), range({features:UInt32})), 'Map(LowCardinality(String), Float64)'),
        map('region', toString(number % {segments:UInt32})), 'json', toDateTime64({at:UInt32}, 3, 'UTC'), toDateTime64({at:UInt32}, 3, 'UTC'), 'bench', 'bench'
      FROM numbers({rows:UInt64}) SETTINGS max_insert_threads = 1`,
    params: { project, ...of, from: BigInt(T0) * 1_000_000n, at: T0 / 1_000 },
  });

/**
 * A day of minutes as decisions leave them, made without the decisions: a feature's values are normal, a fifth of its mean
 * wide, some 55 bins a minute. What is measured begins with profiles.
 */
const fillMinutes = (
  pool: ClickhousePool,
  project: string,
  of: { readonly features: number; readonly perMinute: number },
): Promise<void> =>
  pool.loader.command({
    sql: `INSERT INTO feature_profiles (project, system, feature, model_version, segment, minute, kind, n, missing, sum, sum_sq, min, max, bins, categories, computed_at)
      SELECT {project:String}, '${SYSTEM}', concat('f', toString(number % {features:UInt32})), 'v1', '',
        toDateTime({from:UInt32} + 60 * intDiv(number, {features:UInt32}), 'UTC'), 'numeric',
        arraySum(mapValues(counts)) AS n, 0, n * 100., n * 10400., 40, 160, counts, map(), toDateTime64({from:UInt32}, 3, 'UTC')
      FROM (
        SELECT number, CAST(arrayFilter(x -> x.2 > 0, arrayMap(k -> (toInt32(first_key + k), toUInt64(floor({perMinute:UInt32} * weight(k) + bitAnd(cityHash64(number, k), 1023) / 1024.))), range(70))), 'Map(Int32, UInt64)') AS counts,
          toInt32(1 + floor(log(45 / ${BIN_SMALLEST}) / log(${BIN_GROWTH}))) AS first_key
        FROM numbers({rows:UInt64})
      )`.replaceAll(
      'weight(k)',
      `(45 * pow(${BIN_GROWTH}, k) * ${BIN_GROWTH - 1} / 20 * exp(-pow((45 * pow(${BIN_GROWTH}, k) - 100) / 20, 2) / 2) / 2.5066)`,
    ),
    params: { project, ...of, from: T0 / 1_000, rows: of.features * (DAY_MS / MINUTE_MS) },
  });

async function rollUp(profiles: ProfileStore, project: string): Promise<void> {
  const [of, day] = [projectId.parse(project), { fromMs: T0, toMs: T0 + DAY_MS }];
  await profiles.rollUp(of, SYSTEM, 'hour', [day], T0);
  await profiles.rollUp(of, SYSTEM, 'day', [day], T0);
  await profiles.saveLevels(of, SYSTEM, {
    ...{ firstEventMs: T0, rolledUntilMs: T0 + DAY_MS, minutesFromMs: 0, hoursFromMs: 0, daysFromMs: 0 },
  });
}

/** Every feature in every window against the whole day. Returns how many comparisons there were. */
async function compareWindows(
  profiles: ProfileStore,
  project: string,
  windowMs: number,
  segment = '',
): Promise<number> {
  const of = { project: projectId.parse(project), system: SYSTEM, segment };
  const whole = await profiles.merged({ ...of, fromMs: T0, toMs: T0 + DAY_MS });
  const reference = new Map(whole.map((summary): [string, FeatureSummary] => [summary.feature, summary]));
  let compared = 0;
  for (let fromMs = T0; fromMs < T0 + DAY_MS; fromMs += WINDOWS_PER_READ * windowMs) {
    const toMs = Math.min(T0 + DAY_MS, fromMs + WINDOWS_PER_READ * windowMs);
    for (const slot of await profiles.slots({ ...of, fromMs, toMs, slotMs: windowMs })) {
      const before = reference.get(slot.feature);
      if (before && compare('psi', 'numeric', before, slot).kind === 'measured') compared += 1;
    }
  }
  return compared;
}

export type Growth = {
  readonly rows: number;
  readonly features: number;
  readonly segments: number;
  /** Once, when the decisions come. */
  readonly profiling: Cost;
  readonly valuesPerCpuSecond: number;
  /** Twenty-four hours of every feature, of everything and of one segment, against the day. */
  readonly comparing: Cost;
  readonly comparisons: number;
};

/** From raw decisions: what profiles cost, and what a comparison costs once they are there. */
export const measureGrowth = (of: {
  readonly rows: number;
  readonly features: number;
  readonly segments: number;
}): Promise<Growth> =>
  withStore(async (pool, profiles) => {
    await fillDecisions(pool, 'growth', of);
    const project = projectId.parse('growth');
    const spec = systemSpec.parse({ segments: of.segments > 1 ? ['region'] : [] });
    const profiling = await cost(async () => {
      // In pieces of an hour, as a tick takes them where there are so many rows.
      for (let fromMs = T0; fromMs < T0 + DAY_MS; fromMs += HOUR_MS)
        await profiles.profile(project, SYSTEM, [{ fromMs, toMs: fromMs + HOUR_MS }], spec, T0);
      await rollUp(profiles, 'growth');
    });
    let comparisons = 0;
    const comparing = await cost(async () => {
      comparisons += await compareWindows(profiles, 'growth', HOUR_MS);
      if (of.segments > 1) comparisons += await compareWindows(profiles, 'growth', HOUR_MS, 'region=0');
    });
    const values = of.rows * of.features * (of.segments > 1 ? 2 : 1);
    const valuesPerCpuSecond = Math.round(values / profiling.cpuSeconds);
    return { ...of, profiling, valuesPerCpuSecond, comparing, comparisons };
  });

export type Windows = {
  readonly features: number;
  readonly windows: number;
  readonly comparisons: number;
  readonly cost: Cost;
  readonly microsecondsEach: number;
  readonly binsPerProfile: number;
  readonly bytesPerProfile: number;
  readonly bytesPerProfileOnDisk: number;
};

/** Features × the minutes of a day, each compared with the day. */
export const measureWindows = (features: number, perMinute: number): Promise<Windows> =>
  withStore(async (pool, profiles) => {
    await fillMinutes(pool, 'windows', { features, perMinute });
    await rollUp(profiles, 'windows');
    type Sizes = { rows: number; bins: number; raw: number; disk: number };
    const [size] = await pool.api.query<Sizes>({
      sql: `SELECT toFloat64(count()) AS rows, avg(length(bins)) AS bins,
        (SELECT toFloat64(sum(data_uncompressed_bytes)) FROM system.parts WHERE active AND table = 'feature_profiles') AS raw,
        (SELECT toFloat64(sum(data_compressed_bytes)) FROM system.parts WHERE active AND table = 'feature_profiles') AS disk
      FROM feature_profiles`,
    });
    let comparisons = 0;
    const spent = await cost(async () => {
      comparisons = await compareWindows(profiles, 'windows', MINUTE_MS);
    });
    const rows = size?.rows ?? Number.NaN;
    return {
      ...{ features, windows: DAY_MS / MINUTE_MS, comparisons, cost: spent },
      microsecondsEach: Math.round((spent.cpuSeconds * 1e6) / comparisons),
      binsPerProfile: Math.round(size?.bins ?? Number.NaN),
      bytesPerProfile: Math.round((size?.raw ?? Number.NaN) / rows),
      bytesPerProfileOnDisk: Math.round((size?.disk ?? Number.NaN) / rows),
    };
  });
