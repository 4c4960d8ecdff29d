import { describe, expect, it } from 'vitest';
import { performanceMonitorSpec } from '../../model/documents/monitor/performance.ts';
import { projectId } from '../../model/ids.ts';
import { createCohortStore } from '../../store/clickhouse/cohorts.ts';
import { freshClickhouse } from '../support/stores.ts';
import { decisionRow, outcomeRow } from './support/rows.ts';
import { DAY, HOUR, MINUTE } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1);
const pool = await freshClickhouse();
const store = createCohortStore(pool.analyzers);
const task = (spec: unknown) =>
  performanceMonitorSpec.parse({
    kind: 'performance',
    system: 'flights',
    window: '1d',
    bounds: { accuracy: 0.5 },
    task: spec,
  }).task;
const binary = task({ kind: 'binary', positive: ['late'] });

describe('outcome cohorts', () => {
  it('count each decision once, with the outcome that stands and the time it took', async () => {
    const project = projectId.parse('cohorts-once');
    const row = (id: string, more: object = {}) =>
      decisionRow({ project, id, timeMs: T0 + 5 * MINUTE, value: 'hold', score: 0.735, ...more });
    await pool.loader.insertRows('decisions', [
      row('a'),
      row('b'),
      row('c'),
      row('d', { segments: { hub: 'ATL' } }),
    ]);
    await pool.loader.insertRows('decisions', [{ ...row('a'), batch: 'resend' }]);
    await pool.loader.insertRows('outcomes', [
      outcomeRow({ project, id: 'a', timeMs: T0 + 65 * MINUTE, value: 'on_time' }),
      // A later label replaces the earlier, and a ruling every label.
      outcomeRow({ project, id: 'a', timeMs: T0 + 3 * HOUR, value: 'late' }),
      outcomeRow({ project, id: 'b', timeMs: T0 + 3 * HOUR, value: 'late' }),
      outcomeRow({ project, id: 'b', timeMs: T0 + 2 * HOUR, value: 'go', kind: 'ruling' }),
    ]);
    const definition = { monitor: 'm', task: binary, segments: ['hub'] };
    const range = { fromMs: T0, toMs: T0 + HOUR };
    await store.count(project, 'flights', definition, [range], 1);
    // Repeated, as after a crash: nothing is counted twice.
    await store.count(project, 'flights', definition, [range], 1);
    const cells = await store.cells({ project, monitor: 'm', ...range, known: { kind: 'all' } });
    const seen = cells.map(({ segment, truth, by, bin, n, known }) => ({
      segment,
      truth,
      by,
      bin,
      n,
      known,
    }));
    expect(seen).toEqual([
      { segment: '', truth: '', by: 'none', bin: 7_300, n: 2, known: 0 },
      { segment: '', truth: 'go', by: 'ruling', bin: 7_300, n: 1, known: 1 },
      { segment: '', truth: 'late', by: 'label', bin: 7_300, n: 1, known: 1 },
      { segment: 'hub=ATL', truth: '', by: 'none', bin: 7_300, n: 1, known: 0 },
    ]);
    expect(cells[0]?.p).toBeCloseTo(0.735, 12);
    expect(cells[0]?.logP).toBeCloseTo(Math.log(0.735), 12);
    expect(cells[0]?.logQ).toBeCloseTo(Math.log(0.265), 12);
  });

  it('restate an hour as a whole when a label comes late, and know which hours that are', async () => {
    const project = projectId.parse('cohorts-late');
    await pool.loader.insertRows('decisions', [
      decisionRow({
        project,
        id: 'a',
        timeMs: T0 + 5 * MINUTE,
        value: 'hold',
        score: 1,
        loadedAtMs: T0 + HOUR,
      }),
      decisionRow({
        project,
        id: 'b',
        timeMs: T0 + 95 * MINUTE,
        value: 'hold',
        score: 0,
        loadedAtMs: T0 + 2 * HOUR,
      }),
    ]);
    const definition = { monitor: 'm', task: binary, segments: [] };
    const both = { fromMs: T0, toMs: T0 + 2 * HOUR };
    await store.count(project, 'flights', definition, [both], 1);
    await pool.loader.insertRows('outcomes', [
      outcomeRow({ project, id: 'a', timeMs: T0 + 2 * DAY, value: 'late', loadedAtMs: T0 + 2 * DAY }),
    ]);
    const closedBeforeMs = T0 + 3 * DAY;
    const decisions = { one: { atMs: T0 + 3 * HOUR, rows: 2 } };
    const outcomes = { one: { atMs: T0 + 3 * HOUR, rows: 2 } };
    expect(
      await store.touchedHours({ project, system: 'flights', decisions, outcomes, closedBeforeMs }),
    ).toEqual([T0]);
    await store.count(project, 'flights', definition, [{ fromMs: T0, toMs: T0 + HOUR }], 2);
    const at = async (atMs: number) =>
      (await store.cells({ project, monitor: 'm', ...both, known: { kind: 'as_of', atMs } })).map(
        ({ truth, bin, n, known }) => ({ truth, bin, n, known }),
      );
    const unlabelled = { truth: '', bin: 0, n: 1, known: 0 };
    expect(await at(T0 + 10 * DAY)).toEqual([unlabelled, { truth: 'late', bin: 10_000, n: 1, known: 1 }]);
    // The label took just under two days: a day after the decision nobody knew it.
    expect(await at(T0 + DAY)).toEqual([unlabelled, { truth: 'late', bin: 10_000, n: 1, known: 0 }]);
    const delays = await store.delays({ project, monitor: 'm', fromMs: T0, atMs: T0 + 3 * DAY });
    expect(delays.reduce((sum, row) => sum + row.n, 0)).toBe(2);
    expect(delays.filter((row) => row.delay !== null)).toHaveLength(1);
  });

  it('sum what regression needs, and leave out what is no number', async () => {
    const project = projectId.parse('cohorts-numbers');
    const rows = [
      ['a', '10', '12'],
      ['b', '7.5', '7'],
      ['c', 'none', '7'],
      ['d', '3', 'unknown'],
      ['e', '1', '0'],
    ] as const;
    await pool.loader.insertRows(
      'decisions',
      rows.map(([id, value]) => decisionRow({ project, id, timeMs: T0, value, num: { miles: 100 } })),
    );
    await pool.loader.insertRows(
      'outcomes',
      rows.map(([id, , value]) => outcomeRow({ project, id, timeMs: T0 + HOUR, value })),
    );
    const numbers = task({ kind: 'regression' });
    const range = { fromMs: T0, toMs: T0 + HOUR };
    await store.count(project, 'flights', { monitor: 'm', task: numbers, segments: [] }, [range], 1);
    const cells = await store.cells({ project, monitor: 'm', ...range, known: { kind: 'all' } });
    // Errors −2, 0.5, 1; relative ones 2/12 and 0.5/7, none where the truth is 0.
    const known = cells.find((cell) => cell.known > 0);
    expect(cells.map((cell) => cell.n).sort()).toEqual([2, 3]);
    expect(known).toMatchObject({
      known: 3,
      errorSum: -0.5,
      errorAbs: 3.5,
      errorSq: 5.25,
      errorQuad: 17.0625,
      apeN: 2,
      truthSum: 19,
      truthSq: 193,
      // 12³ + 7³; 12⁴ + 7⁴; 4·12 + ¼·7; 4·144 + ¼·49; the truth 0 adds nothing.
      truthCu: 2071,
      truthQuad: 23_137,
      errorSqTruth: 49.75,
      errorSqTruthSq: 588.25,
    });
    expect(known?.apeSum).toBeCloseTo(2 / 12 + 0.5 / 7, 12);
    const sampleOf = (limit: number) =>
      store.errorRows(project, 'flights', numbers, range, { limit, knownAtMs: T0 + DAY });
    const sample = await sampleOf(10);
    // Fewer are the first of the same order, and each has a prediction.
    expect(await sampleOf(2)).toEqual(sample.slice(0, 2));
    expect(
      sample.map((row) => [row.prediction, row.truth]).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    ).toEqual([
      [1, 0],
      [3, null],
      [7.5, 7],
      [10, 12],
    ]);
    expect(sample[0]?.num).toEqual({ miles: 100 });
  });
});
