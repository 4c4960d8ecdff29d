import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnalyzers } from '../../analyzers/analyzers.ts';
import { keptLevels } from '../../analyzers/profile/levels.ts';
import { coarseKey, coarsenBins } from '../../model/numeric-bins.ts';
import { piecesOf } from '../../store/clickhouse/profile-levels.ts';
import { createReads } from '../../store/clickhouse/reads/reads.ts';
import type { FeatureSlot, ProfileLevels } from '../../store/ports/profiles.ts';
import { createBackfillStore } from '../../store/postgres/backfills.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';
import { createWorld, DAY, HOUR, MINUTE, type World } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1);
const WALL0 = T0 + 60 * DAY;
const pool = await freshClickhouse();
const ALL: ProfileLevels = {
  firstEventMs: T0,
  rolledUntilMs: T0 + 30 * DAY,
  minutesFromMs: 0,
  hoursFromMs: 0,
  daysFromMs: 0,
};

describe('which level is read', () => {
  const at = (fromMs: number, toMs: number, slotMs: number, levels?: ProfileLevels) =>
    piecesOf({ fromMs: T0 + fromMs, toMs: T0 + toMs, slotMs }, levels).map(
      ({ level, fromMs: a, toMs: b }) => `${level} ${(a - T0) / MINUTE}-${(b - T0) / MINUTE}`,
    );

  it('is the coarsest that fits, with finer ones at the edges', () => {
    expect(at(0, 3 * DAY, 3 * DAY, ALL)).toEqual(['day 0-4320']);
    expect(at(17 * MINUTE, 3 * DAY + 90 * MINUTE, 4 * DAY, ALL)).toEqual([
      'minute 17-60',
      'hour 60-1440',
      'day 1440-4320',
      'hour 4320-4380',
      'minute 4380-4410',
    ]);
  });

  it('is one whose rows lie within the slots', () => {
    expect(at(0, 2 * DAY, 6 * HOUR, ALL)).toEqual(['hour 0-2880']);
    expect(at(0, 2 * DAY, 10 * MINUTE, ALL)).toEqual(['minute 0-2880']);
    // Hours that begin at half past would lie across two slots each.
    expect(at(30 * MINUTE, 2 * DAY, 2 * HOUR, ALL)).toEqual(['minute 30-2880']);
  });

  it('is minutes alone where nothing is rolled up yet', () => {
    expect(at(0, 3 * DAY, 3 * DAY)).toEqual(['minute 0-4320']);
    expect(at(0, 3 * DAY, 3 * DAY, { ...ALL, rolledUntilMs: T0 + DAY + HOUR })).toEqual([
      'day 0-1440',
      'hour 1440-1500',
      'minute 1500-4320',
    ]);
  });

  it('is the next coarser one, whole, where the finer one is gone', () => {
    const old = { ...ALL, minutesFromMs: T0 + 2 * DAY, hoursFromMs: T0 + DAY };
    expect(at(17 * MINUTE, 3 * DAY, 3 * DAY, old)).toEqual(['day 0-4320']);
    expect(at(DAY + 17 * MINUTE, DAY + 130 * MINUTE, DAY, old)).toEqual(['hour 1440-1620']);
    expect(at(DAY, 2 * DAY + 20 * MINUTE, 10 * MINUTE, old)).toEqual(['hour 1440-2880', 'minute 2880-2900']);
  });

  it('covers every minute that was asked for, none twice', () => {
    const minutes = fc.integer({ min: 0, max: 20 * 1_440 });
    fc.assert(
      fc.property(minutes, minutes, fc.constantFrom(1, 10, 60, 360, 1_440, 40_000), (a, b, slot) => {
        const [fromMs, toMs] = [T0 + Math.min(a, b) * MINUTE, T0 + Math.max(a, b) * MINUTE];
        const pieces = piecesOf({ fromMs, toMs, slotMs: slot * MINUTE }, ALL);
        let untilMs = fromMs;
        for (const piece of pieces) {
          expect(piece.fromMs).toBe(untilMs);
          untilMs = piece.toMs;
        }
        expect(untilMs).toBe(toMs);
      }),
    );
  });
});

describe('bins that share one', () => {
  it('are the same whether they were made coarser once or step by step', () => {
    const steps = [1, 2, 4, 8, 16, 32, 64, 128, 256];
    fc.assert(
      fc.property(
        fc.integer({ min: -40_000, max: 40_000 }),
        fc.constantFrom(...steps),
        fc.constantFrom(...steps),
        (key, a, b) => {
          const [fine, coarse] = [Math.min(a, b), Math.max(a, b)];
          expect(coarseKey(coarseKey(key, fine), coarse)).toBe(coarseKey(key, coarse));
          expect(Math.sign(coarseKey(key, coarse))).toBe(Math.sign(key));
        },
      ),
    );
  });

  it('keep their counts', () => {
    // Keys 1 and 2 are one group of two; 3 and 4 the next; 0 stays alone.
    const bins = new Map([
      [0, 5],
      [1, 1],
      [2, 2],
      [3, 4],
      [-1, 8],
    ]);
    expect([...coarsenBins(bins, 2)]).toEqual([
      [0, 5],
      [2, 3],
      [4, 4],
      [-2, 8],
    ]);
  });
});

describe('what is kept', () => {
  const retention = { minutesMs: 14 * DAY, hoursMs: 90 * DAY, daysMs: 730 * DAY };
  it('ends whole days before what was evaluated, and never moves back', () => {
    const levels = { ...ALL, rolledUntilMs: T0 + 20 * DAY + 5 * HOUR };
    expect(keptLevels(levels, T0 + 20 * DAY + 3 * HOUR, retention)?.minutesFromMs).toBe(T0 + 6 * DAY);
    expect(keptLevels(levels, T0 + 14 * DAY, retention)).toBeUndefined();
    expect(keptLevels({ ...levels, minutesFromMs: T0 + 8 * DAY }, T0 + 20 * DAY, retention)).toBeUndefined();
  });
});

/** One decision in ten minutes for `days`, from T0: 144 a day. */
const steady = (world: World, days: number, more: Record<string, unknown> = {}) =>
  Array.from({ length: days * 144 }, (_, i) =>
    decisionRow({
      project: world.project,
      id: `d${i}`,
      timeMs: T0 + i * 10 * MINUTE,
      num: { distance: 100 + (i % 144) },
      cat: { origin: i % 3 === 0 ? 'ATL' : 'ORD' },
      segments: { region: i % 2 === 0 ? 'north' : 'south' },
      version: i < 300 ? 'v1' : 'v2',
      loadedAtMs: WALL0,
      ...more,
    }),
  );

const plain = (slots: readonly FeatureSlot[]) =>
  slots.map((slot) => ({
    ...slot,
    ...{ bins: Object.fromEntries(slot.bins), categories: Object.fromEntries(slot.categories) },
    versions: Object.fromEntries(slot.versions),
  }));

describe('levels', () => {
  const rowsOf = async (table: string, project: string): Promise<number> => {
    const [row] = await pool.api.query<{ n: number }>({
      sql: `SELECT toUInt32(count()) AS n FROM ${table} FINAL WHERE project = {project:String} AND segment = '' AND feature = 'distance'`,
      params: { project },
    });
    return row?.n ?? -1;
  };
  const SYSTEM = { apiVersion: 'leeway.dev/v1', kind: 'System', metadata: { name: 'flights' } } as const;

  it('say the same of any stretch as the minutes do, and late rows reach them all', async () => {
    const world = createWorld(pool, await freshPostgres(), 'levels');
    const { project, deps } = world;
    await world.apply([{ ...SYSTEM, spec: { segments: ['region'] } }]);
    await world.insert('decisions', steady(world, 3));
    await world.analyzers.tickOnce(WALL0 + HOUR);
    // The last decision is at 23:50 of the third day: its last hour is not over.
    const levels = await deps.profiles.levels(project, 'flights');
    expect(levels).toMatchObject({ firstEventMs: T0, rolledUntilMs: T0 + 3 * DAY - HOUR });
    // Three days in two versions: the second begins 300 decisions, two days and two hours, after the first.
    expect(await rowsOf('feature_profiles_day', project)).toBe(2);
    expect(await rowsOf('feature_profiles_hour', project)).toBe(71);

    const query = { project, system: 'flights', fromMs: T0 + 10 * MINUTE, toMs: T0 + 3 * DAY };
    const byLevels = async (segment: string) => ({
      whole: plain(await deps.profiles.slots({ ...query, segment, slotMs: 3 * DAY })),
      hours: plain(await deps.profiles.slots({ ...query, fromMs: T0, segment, slotMs: 6 * HOUR })),
    });
    const byMinutes = async (segment: string) => {
      const none = async () => undefined;
      const { createProfileStore } = await import('../../store/clickhouse/profiles.ts');
      const db = {
        ...pool.analyzers,
        query: async <Row>(statement: Parameters<typeof pool.analyzers.query>[0]) =>
          statement.sql.includes('profile_levels')
            ? ((await none()) ?? [])
            : pool.analyzers.query<Row>(statement),
      };
      const minutes = createProfileStore(db);
      return {
        whole: plain(await minutes.slots({ ...query, segment, slotMs: 3 * DAY })),
        hours: plain(await minutes.slots({ ...query, fromMs: T0, segment, slotMs: 6 * HOUR })),
      };
    };
    for (const segment of ['', 'region=north'])
      expect(await byLevels(segment)).toEqual(await byMinutes(segment));

    await world.insert('decisions', [
      decisionRow({
        project,
        id: 'late',
        timeMs: T0 + DAY + 3 * HOUR + MINUTE,
        num: { distance: 1e6 },
        segments: { region: 'north' },
        version: 'v1',
        loadedAtMs: WALL0 + 2_000,
      }),
    ]);
    await world.analyzers.tickOnce(WALL0 + 2 * HOUR);
    const [day] = await deps.profiles.merged({
      ...query,
      ...{ features: ['distance'], segment: 'region=north', fromMs: T0 + DAY, toMs: T0 + 2 * DAY },
    });
    // Of a day's 144 values 100 … 243 the north has every second one: Σ (100 + 2k), k = 0 … 71.
    expect(day?.sum).toBe(72 * 100 + 71 * 72 + 1e6);
    for (const segment of ['', 'region=north'])
      expect(await byLevels(segment)).toEqual(await byMinutes(segment));
  });

  it('lose their minutes when these are old, and a row that comes later still is counted once', async () => {
    const world = createWorld(pool, await freshPostgres(), 'retention', {
      retention: { minutesMs: DAY, hoursMs: 3 * DAY, daysMs: 730 * DAY },
    });
    const { project, deps } = world;
    await world.insert('decisions', steady(world, 6));
    await world.analyzers.tickOnce(WALL0 + HOUR);
    await world.analyzers.tickOnce(WALL0 + 3 * HOUR);
    // Rolled up until 23:00 of the sixth day: a day before that, a day begins at T0 + 4 d; three days before, at T0 + 2 d.
    expect(await deps.profiles.levels(project, 'flights')).toMatchObject({
      minutesFromMs: T0 + 4 * DAY,
      hoursFromMs: T0 + 2 * DAY,
    });
    // 144 minutes a day of the last two days; 24 hours a day of the last four, but the last hour of all.
    expect(await rowsOf('feature_profiles', project)).toBe(2 * 144);
    expect(await rowsOf('feature_profiles_hour', project)).toBe(4 * 24 - 1);
    const sum = async (fromMs: number, toMs: number) => {
      const query = { project, system: 'flights', features: ['distance'], fromMs, toMs };
      return (await deps.profiles.merged(query))[0]?.sum;
    };
    const daySum = 144 * 100 + (143 * 144) / 2;
    expect(await sum(T0, T0 + 6 * DAY)).toBe(6 * daySum);
    const late = (id: string, timeMs: number) =>
      decisionRow({ project, id, timeMs, num: { distance: 1e6 }, loadedAtMs: WALL0 + 4 * HOUR });
    // One into a day whose hours are gone, one into an hour whose minutes are gone.
    await world.insert('decisions', [late('a', T0 + 5 * HOUR), late('b', T0 + 3 * DAY + 5 * HOUR)]);
    await world.analyzers.tickOnce(WALL0 + 5 * HOUR);
    expect(await sum(T0, T0 + DAY)).toBe(daySum + 1e6);
    expect(await sum(T0 + 3 * DAY, T0 + 4 * DAY)).toBe(daySum + 1e6);
    expect(await sum(T0, T0 + 6 * DAY)).toBe(6 * daySum + 2e6);
    expect(await rowsOf('feature_profiles', project)).toBe(2 * 144);
  });

  it('tell an overview where each system begins and ends, without reading its history', async () => {
    const world = createWorld(pool, await freshPostgres(), 'overview');
    const { project, deps } = world;
    await world.insert('decisions', steady(world, 2));
    await world.analyzers.tickOnce(WALL0 + HOUR);
    await world.insert('decisions', [
      decisionRow({ project, system: 'another', id: 'a', timeMs: T0 + 5, loadedAtMs: WALL0 }),
      decisionRow({ project, id: 'new', timeMs: T0 + 3 * DAY, loadedAtMs: WALL0 }),
    ]);
    const reads = createReads(pool.api);
    const another = { system: 'another', firstMs: T0 + 5, lastMs: T0 + 5 };
    expect(await reads.systems(project)).toEqual([
      another,
      { system: 'flights', firstMs: T0, lastMs: T0 + 3 * DAY },
    ]);
    const levels = await deps.profiles.levels(project, 'flights');
    // Labels may move the watermark days beyond the last decision.
    if (levels)
      await deps.profiles.saveLevels(project, 'flights', { ...levels, rolledUntilMs: T0 + 9 * DAY });
    expect(await reads.systems(project)).toEqual([
      another,
      { system: 'flights', firstMs: T0, lastMs: T0 + 3 * DAY },
    ]);
  });

  it('are made again by a backfill, also where decisions were set apart since', async () => {
    const postgres = await freshPostgres();
    const backfills = createBackfillStore(postgres);
    const world = createWorld(pool, postgres, 'backfill', { backfills });
    const { project, deps } = world;
    await world.insert('decisions', steady(world, 2));
    await world.analyzers.tickOnce(WALL0 + HOUR);
    // What somebody mended in the store by hand: the origin of every decision of the first day is gone.
    await pool.loader.command({
      sql: `ALTER TABLE decisions UPDATE cat = map() WHERE project = {project:String} AND time < toDateTime64({at:String}, 9, 'UTC') SETTINGS mutations_sync = 1`,
      params: { project, at: '2026-03-02 00:00:00' },
    });
    const origins = async () => {
      const query = { project, system: 'flights', features: ['origin'], fromMs: T0, toMs: T0 + DAY };
      return (await deps.profiles.merged(query)).map(({ categories }) => Object.fromEntries(categories));
    };
    expect(await origins()).toEqual([{ ATL: 48, ORD: 96 }]);
    const id = '00000000-0000-4000-8000-000000000001';
    const asked = { id, project, system: 'flights', fromMs: T0, toMs: T0 + DAY };
    await backfills.ask({ ...asked, by: 'someone', askedAtMs: WALL0 });
    await createAnalyzers(deps).tickOnce(WALL0 + 2 * HOUR);
    expect(await backfills.get(project, id)).toMatchObject({ state: 'done', doneUntilMs: T0 + DAY });
    expect(await origins()).toEqual([]);
    const distance = await deps.profiles.merged({
      ...{ project, system: 'flights', features: ['distance'], fromMs: T0, toMs: T0 + 2 * DAY },
    });
    expect(distance[0]?.sum).toBe(2 * (144 * 100 + (143 * 144) / 2));
  });
});
