import { describe, expect, it } from 'vitest';
import { createAnalyzers } from '../../analyzers/analyzers.ts';
import type { DocumentInput } from '../../model/documents/document.ts';
import type { Finding } from '../../model/finding.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { decisionRow, outcomeRow } from './support/rows.ts';
import { createWorld, DAY, HOUR, MINUTE } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1);
const WALL0 = T0 + 10 * DAY;
const pool = await freshClickhouse();

const document = (kind: string, name: string, spec: unknown): DocumentInput =>
  ({ apiVersion: 'leeway.dev/v1', kind, metadata: { name }, spec }) as DocumentInput;
const SLO = document('SLO', 'right', {
  system: 'flights',
  sli: { kind: 'correctness' },
  target: '95%',
  minimumN: 5,
});
const MONITOR = document('Monitor', 'inputs', {
  kind: 'drift',
  system: 'flights',
  window: '1h',
  features: ['distance'],
  minimumN: 10,
  // Sixty decisions an hour show a change of this size, and none much smaller.
  limit: 1,
  reference: { kind: 'first', length: '2h' },
});

/** One decision a minute for `minutes`, from T0. */
const steady = (project: string, minutes: number, loadedAtMs: number, more: Record<string, unknown> = {}) =>
  Array.from({ length: minutes }, (_, i) =>
    decisionRow({
      project,
      id: `d${i}`,
      timeMs: T0 + i * MINUTE,
      value: 'go',
      num: { distance: 100 + (i % 60) },
      loadedAtMs,
      ...more,
    }),
  );

/** The pool, and what the analyzers ask of it. */
function counting(of: ClickhousePool): { readonly pool: ClickhousePool; readonly asked: string[] } {
  const asked: string[] = [];
  const { analyzers } = of;
  return {
    asked,
    pool: {
      ...of,
      analyzers: {
        ...analyzers,
        query: (statement) => {
          asked.push(statement.sql);
          return analyzers.query(statement);
        },
        command: (statement) => {
          asked.push(statement.sql);
          return analyzers.command(statement);
        },
      },
    },
  };
}

describe('a tick', () => {
  it('asks for no more statements when more monitors look at the same windows', async () => {
    const NAMES = ['distance', 'height', 'speed', 'mass', 'crew'];
    const watch = (name: string, spec: Record<string, unknown>) =>
      document('Monitor', name, {
        ...{ system: 'flights', window: '1h', reference: { kind: 'first', length: '2h' }, ...spec },
      });
    const drift = { kind: 'drift', minimumN: 10, limit: 1 };
    const few = [watch('all', drift), watch('quality', { kind: 'quality' })];
    const more = NAMES.map((feature) => watch(feature, { ...drift, features: [feature] }));
    const statementsOf = async (name: string, monitors: readonly DocumentInput[]) => {
      const { pool: counted, asked } = counting(pool);
      const world = createWorld(counted, await freshPostgres(), name);
      await world.apply(monitors);
      // Every hour is like the one before it, in each of its features.
      const hours = (from: number, to: number, loadedAtMs: number) =>
        Array.from({ length: (to - from) * 60 }, (_, k) => from * 60 + k).map((i) =>
          decisionRow({
            ...{ project: world.project, id: `d${i}`, timeMs: T0 + i * MINUTE, loadedAtMs },
            num: Object.fromEntries(NAMES.map((feature) => [feature, 100 + (i % 60)])),
          }),
        );
      await world.insert('decisions', hours(0, 5, WALL0));
      await world.analyzers.tickOnce(WALL0 + HOUR);
      asked.length = 0;
      const evaluated = world.events.length;
      await world.insert('decisions', hours(5, 6, WALL0 + 2 * HOUR));
      await world.analyzers.tickOnce(WALL0 + 3 * HOUR);
      const looked = world.events.slice(evaluated).filter(({ kind }) => kind === 'evaluated');
      expect(looked).toHaveLength(monitors.length);
      // What each level holds is asked once a second, whoever asks.
      const questions = asked.filter((sql) => !sql.includes('profile_levels'));
      return questions.map((sql) => sql.replaceAll(/\s+/g, ' ').slice(0, 90));
    };
    const least = await statementsOf('few', few);
    expect(least.length).toBeGreaterThan(0);
    expect(await statementsOf('many', [...few, ...more])).toEqual(least);
  });

  it('restates the minutes that late rows fall into', async () => {
    const world = createWorld(pool, await freshPostgres(), 'late');
    const { project, deps } = world;
    await world.apply([SLO]);
    await world.insert('decisions', steady(project, 120, WALL0));
    await world.analyzers.tickOnce(WALL0 + HOUR);
    const sumOf = async () => {
      const [summary] = await deps.profiles.merged({
        project,
        system: 'flights',
        features: ['distance'],
        fromMs: T0,
        toMs: T0 + 10 * MINUTE,
      });
      return summary?.sum;
    };
    // 100 + 101 + … + 109.
    expect(await sumOf()).toBe(1_045);
    await world.insert('decisions', [
      decisionRow({
        project,
        id: 'late',
        timeMs: T0 + 3 * MINUTE,
        value: 'go',
        num: { distance: 1_000 },
        loadedAtMs: WALL0 + 2_000,
      }),
      // A resend of a known one.
      decisionRow({
        project,
        id: 'd5',
        timeMs: T0 + 5 * MINUTE,
        value: 'go',
        num: { distance: 105 },
        loadedAtMs: WALL0 + 2_000,
      }),
    ]);
    // A label for an early decision, known in a closed minute.
    await world.insert('outcomes', [
      outcomeRow({ project, id: 'd1', timeMs: T0 + 50 * MINUTE, value: 'go', loadedAtMs: WALL0 + 2_000 }),
    ]);
    await world.analyzers.tickOnce(WALL0 + 2 * HOUR);
    expect(await sumOf()).toBe(2_045);
    expect(await deps.sloMinutes.series(project, 'right', T0, T0 + DAY)).toEqual([
      { minuteMs: T0 + 50 * MINUTE, modelVersion: '', good: 1, total: 1 },
    ]);
    expect(world.events.filter((event) => event.kind === 'profiled').at(-1)).toMatchObject({
      restatedMinutes: 3,
    });
  });

  it('counts an outcome that came before its decision', async () => {
    const world = createWorld(pool, await freshPostgres(), 'early');
    const { project } = world;
    await world.apply([SLO]);
    await world.insert('decisions', steady(project, 30, WALL0));
    await world.insert('outcomes', [
      outcomeRow({ project, id: 'x', timeMs: T0 + 10 * MINUTE, value: 'go', loadedAtMs: WALL0 }),
    ]);
    await world.analyzers.tickOnce(WALL0 + HOUR);
    const series = () => world.deps.sloMinutes.series(project, 'right', T0, T0 + DAY);
    expect(await series()).toEqual([]);
    await world.insert('decisions', [
      decisionRow({ project, id: 'x', timeMs: T0 + 9 * MINUTE, value: 'go', loadedAtMs: WALL0 + 5_000 }),
    ]);
    await world.analyzers.tickOnce(WALL0 + 2 * HOUR);
    expect(await series()).toMatchObject([{ minuteMs: T0 + 10 * MINUTE, good: 1, total: 1 }]);
  });

  it('misses nothing when a second loader, whose clock is behind, joins', async () => {
    const world = createWorld(pool, await freshPostgres(), 'loaders');
    const { project } = world;
    await world.insert('decisions', steady(project, 10, WALL0, { loader: 'one' }));
    await world.analyzers.tickOnce(WALL0 + HOUR);
    await world.insert('decisions', [
      decisionRow({
        project,
        id: 'b',
        timeMs: T0,
        num: { distance: 5 },
        loader: 'two',
        loadedAtMs: WALL0 - 60_000,
      }),
    ]);
    await world.analyzers.tickOnce(WALL0 + 2 * HOUR);
    const [summary] = await world.deps.profiles.merged({
      project,
      system: 'flights',
      features: ['distance'],
      fromMs: T0,
      toMs: T0 + MINUTE,
    });
    expect(summary).toMatchObject({ sum: 105 });
  });

  it('keeps one monitor from stopping the others, and says which one failed', async () => {
    const postgres = await freshPostgres();
    const plain = createWorld(pool, postgres, 'isolated');
    const broken = createWorld(pool, postgres, 'isolated', {
      sloMinutes: { ...plain.deps.sloMinutes, series: () => Promise.reject(new Error('the store is gone')) },
    });
    await broken.apply([SLO, MONITOR]);
    await broken.insert('decisions', steady(broken.project, 300, WALL0));
    await broken.analyzers.tickOnce(WALL0 + HOUR);
    expect(broken.events).toContainEqual(
      expect.objectContaining({ kind: 'monitor_failed', monitor: 'right' }),
    );
    const rows = await broken.deps.progress.evaluations(broken.project);
    expect(rows.map((row) => [row.monitor, row.lastError])).toEqual([
      ['inputs', ''],
      ['slo/right', 'Error: the store is gone'],
    ]);
    const drift = await broken.deps.findings.list({ project: broken.project, limit: 100 });
    expect(drift.map((finding) => finding.verdict).toSorted()).toEqual(['blind', 'blind', 'ok', 'ok', 'ok']);
    // Once it is mended the SLO begins where it should have.
    await plain.analyzers.tickOnce(WALL0 + 2 * HOUR);
    expect((await plain.deps.progress.evaluations(plain.project)).map((row) => row.lastError)).toEqual([
      '',
      '',
    ]);
  });

  it('evaluates each window once, whoever ticks', async () => {
    const postgres = await freshPostgres();
    const one = createWorld(pool, postgres, 'once');
    const appended: string[] = [];
    const findings = {
      ...one.deps.findings,
      append: async (batch: readonly Finding[]) => {
        appended.push(...batch.map((finding) => finding.id));
        await one.deps.findings.append(batch);
      },
    };
    const rivals = [1, 2, 3].map(() => createAnalyzers({ ...one.deps, findings }));
    await one.apply([SLO, MONITOR]);
    await one.insert('decisions', steady(one.project, 600, WALL0));
    await Promise.all(rivals.map((rival) => rival.tickOnce(WALL0 + HOUR)));
    await Promise.all(rivals.map((rival) => rival.tickOnce(WALL0 + 2 * HOUR)));
    expect(appended.length).toBeGreaterThan(10);
    expect(new Set(appended).size).toBe(appended.length);
  });

  it('says once that it sees nothing, and that it sees again', async () => {
    const world = createWorld(pool, await freshPostgres(), 'silent');
    const { project, deps } = world;
    await world.apply([SLO, MONITOR]);
    await world.insert('decisions', steady(project, 240, WALL0));
    await world.analyzers.tickOnce(WALL0 + 2 * MINUTE);
    const told = async () =>
      (await deps.findings.list({ project, limit: 1_000 }))
        .filter((finding) => finding.subject === '@volume' || finding.monitor === 'right')
        .filter((finding) => finding.windowEndMs > T0 + 240 * MINUTE)
        .map((finding) => [finding.monitor, finding.verdict])
        .toSorted();
    await world.analyzers.tickOnce(WALL0 + 14 * MINUTE);
    expect(await told()).toEqual([]);
    await world.analyzers.tickOnce(WALL0 + 15 * MINUTE);
    await world.analyzers.tickOnce(WALL0 + 40 * MINUTE);
    expect(await told()).toEqual([
      ['inputs', 'blind'],
      ['right', 'blind'],
    ]);
    await world.insert('decisions', [
      decisionRow({ project, id: 'back', timeMs: T0 + 310 * MINUTE, value: 'go', loadedAtMs: WALL0 + HOUR }),
    ]);
    await world.analyzers.tickOnce(WALL0 + HOUR + 2 * MINUTE);
    expect((await told()).filter(([, verdict]) => verdict === 'ok')).toEqual([['inputs', 'ok']]);
  });
});
