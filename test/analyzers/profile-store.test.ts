import { describe, expect, it } from 'vitest';
import { systemSpec } from '../../model/documents/system.ts';
import { projectId } from '../../model/ids.ts';
import { binKey, coarseKey, MOST_BINS } from '../../model/numeric-bins.ts';
import { createProfileStore } from '../../store/clickhouse/profiles.ts';
import { freshClickhouse } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';

const T0 = Date.UTC(2026, 2, 1);
const MINUTE = 60_000;
const pool = await freshClickhouse();
const profiles = createProfileStore(pool.analyzers);
const spec = systemSpec.parse({ segments: ['region'], features: { colour: { type: 'categorical' } } });

const one = { system: 'flights', fromMs: T0, toMs: T0 + MINUTE };

/** A fixed linear congruential sequence: the same values on every run, of every size and sign. */
function numbers(count: number): number[] {
  let state = 42n;
  return Array.from({ length: count }, () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    const unit = Number(state >> 11n) / 2 ** 53;
    return (unit < 0.5 ? -1 : 1) * 10 ** (unit * 18 - 9);
  });
}

describe('profiles', () => {
  it('put every number into the bin that the model names', async () => {
    const project = projectId.parse('bins');
    // 18 decades of both signs would take more bins than a row holds; a few hundred values do not.
    const values = [...numbers(400), 0, 1, -1, 1e-12, 1e15, 0.1, 550, 885];
    await pool.loader.insertRows(
      'decisions',
      values.map((value, i) => decisionRow({ project, id: `d${i}`, timeMs: T0 + i, num: { x: value } })),
    );
    await profiles.profile(project, 'flights', [{ fromMs: T0, toMs: T0 + MINUTE }], spec, T0);
    const [summary] = await profiles.merged({ ...one, project, features: ['x'] });
    const expected = new Map<number, number>();
    for (const value of values) {
      const key = binKey(value) ?? Number.NaN;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    expect(new Map(summary?.bins)).toEqual(expected);
    expect(summary?.max).toBe(1e15);
    expect(summary?.sketch).toEqual({ binStep: 1, relativeWidth: 1.02 - 1, otherShare: 0 });
  });

  it('survive the largest and the smallest numbers there are: one of them must not stop a system’s analysis', async () => {
    const project = projectId.parse('extremes');
    const values = [Number.MAX_VALUE, -Number.MAX_VALUE, 1e300, Number.MIN_VALUE, -1e-300, 0];
    await pool.loader.insertRows(
      'decisions',
      values.map((value, i) => decisionRow({ project, id: `d${i}`, timeMs: T0 + i, num: { x: value } })),
    );
    await profiles.profile(project, 'flights', [{ fromMs: T0, toMs: T0 + MINUTE }], spec, T0);
    const [summary] = await profiles.merged({ ...one, project, features: ['x'] });
    // ⌊ln(1e299 / 1e-9) / ln 1.02⌋ + 1 = 35,814: beyond 1e299 numbers are no longer told apart, below 1e-9 neither.
    const largest = Math.floor((308 * Math.LN10) / Math.log(1.02)) + 1;
    const expected = new Map([
      [largest, 2],
      [-largest, 1],
      [1, 1],
      [-1, 1],
      [0, 1],
    ]);
    expect(new Map(summary?.bins)).toEqual(expected);
  });

  it('give up width rather than values where there would be more bins than a row holds', async () => {
    const project = projectId.parse('wide');
    const values = numbers(3_000);
    await pool.loader.insertRows(
      'decisions',
      values.map((value, i) => decisionRow({ project, id: `d${i}`, timeMs: T0 + i, num: { x: value } })),
    );
    await profiles.profile(project, 'flights', [{ fromMs: T0, toMs: T0 + MINUTE }], spec, T0);
    const [summary] = await profiles.merged({ ...one, project, features: ['x'] });
    const sketch = summary?.sketch;
    expect(summary?.bins.size).toBeLessThanOrEqual(MOST_BINS);
    // Both signs of 18 decades: 2 · ln(1e18) / ln(1.02) = 4,186 fine bins, so eight share one at least, and 16 do at most.
    expect([8, 16]).toContain(sketch?.binStep);
    expect(sketch?.relativeWidth).toBeCloseTo(1.02 ** (sketch?.binStep ?? 0) - 1, 12);
    const expected = new Map<number, number>();
    for (const value of values) {
      const key = coarseKey(binKey(value) ?? Number.NaN, sketch?.binStep ?? 0);
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    expect(new Map(summary?.bins)).toEqual(expected);
  });

  it('count a decision once, split by segment and version, and tell missing from absent', async () => {
    const project = projectId.parse('fold');
    const row = decisionRow({
      project,
      id: 'a',
      timeMs: T0 + 5,
      num: { distance: 100 },
      cat: { colour: 'red' },
      score: 0.7,
      segments: { region: 'north' },
      version: 'v1',
    });
    const gap = decisionRow({
      project,
      id: 'b',
      timeMs: T0 + 6,
      missing: ['distance', 'colour'],
      segments: { region: 'south' },
      version: 'v2',
    });
    await pool.loader.insertRows('decisions', [row, { ...row, batch: 'again' }, gap]);
    await pool.loader.insertRows('decisions', [{ ...row, batch: 'and again' }]);
    await profiles.profile(project, 'flights', [{ fromMs: T0, toMs: T0 + MINUTE }], spec, T0);
    const range = { project, system: 'flights', fromMs: T0, toMs: T0 + MINUTE };
    const all = await profiles.merged(range);
    const find = (name: string) => all.find((summary) => summary.feature === name);
    expect(all.map((summary) => summary.feature)).toEqual(['@score', '@value', 'colour', 'distance']);
    expect(find('distance')).toMatchObject({ missing: 1, sum: 100, min: 100, max: 100 });
    expect(find('distance')?.versions.get('v1')).toBe(1);
    expect(find('colour')).toMatchObject({ missing: 1, categories: new Map([['red', 1]]) });
    const north = await profiles.merged({ ...range, segment: 'region=north', features: ['distance'] });
    expect(north).toMatchObject([{ missing: 0, sum: 100 }]);
    const v2 = await profiles.merged({ ...range, modelVersion: 'v2', features: ['distance'] });
    expect(v2).toMatchObject([{ missing: 1, min: null }]);
  });

  it('keep the hundred most frequent categories of a minute and sum up the rest', async () => {
    const project = projectId.parse('many');
    const rows = Array.from({ length: 150 }, (_, i) => [i, i + 1_000]).flatMap(([i, j]) => [
      decisionRow({ project, id: `x${i}`, timeMs: T0, cat: { colour: `c${i}` } }),
      ...((i ?? 0) < 100
        ? [decisionRow({ project, id: `x${j}`, timeMs: T0, cat: { colour: `c${i}` } })]
        : []),
    ]);
    await pool.loader.insertRows('decisions', rows);
    await profiles.profile(project, 'flights', [{ fromMs: T0, toMs: T0 + MINUTE }], spec, T0);
    const [summary] = await profiles.merged({ ...one, project, features: ['colour'] });
    expect(summary?.categories.size).toBe(101);
    expect(summary?.categories.get('\u0000other')).toBe(50);
    expect(summary?.categories.get('c99')).toBe(2);
  });

  it('read the last restatement of a minute, not the sum of all', async () => {
    const project = projectId.parse('restate');
    const range = { fromMs: T0, toMs: T0 + MINUTE };
    await pool.loader.insertRows('decisions', [decisionRow({ project, id: 'a', timeMs: T0, num: { x: 1 } })]);
    await profiles.profile(project, 'flights', [range], spec, T0);
    await pool.loader.insertRows('decisions', [
      decisionRow({ project, id: 'late', timeMs: T0 + 1, num: { x: 2 } }),
    ]);
    await profiles.profile(project, 'flights', [range], spec, T0 + 1);
    const slots = await profiles.slots({ ...one, project, features: ['x'], slotMs: MINUTE });
    expect(slots).toMatchObject([{ startMs: T0, sum: 3, versions: new Map([['', 2]]) }]);
  });

  it('tell what is new per loader, and see a segment again when more of it became visible', async () => {
    const project = projectId.parse('news');
    const ask = (cursors: Record<string, { atMs: number; rows: number }>) =>
      profiles.decisionNews({
        project,
        system: 'flights',
        cursors,
        aheadLimitMs: T0 + 10 * MINUTE,
        closedBeforeMs: T0 + MINUTE,
      });
    const at = (id: string, timeMs: number, loader: string, loadedAtMs: number) =>
      decisionRow({ project, id, timeMs, loader, loadedAtMs });
    await pool.loader.insertRows('decisions', [
      at('a', T0 + 5, 'one', 1_000_000),
      at('b', T0 + MINUTE, 'two', 900_000),
      at('future', T0 + 60 * MINUTE, 'two', 900_000),
    ]);
    expect(await ask({})).toEqual([
      {
        loader: 'two',
        loadedAtMs: 900_000,
        rows: 2,
        oldestMs: T0 + MINUTE,
        newestMs: T0 + MINUTE,
        aheadRows: 1,
        lateMinutesMs: [],
      },
      {
        loader: 'one',
        loadedAtMs: 1_000_000,
        rows: 1,
        oldestMs: T0 + 5,
        newestMs: T0 + 5,
        aheadRows: 0,
        lateMinutesMs: [T0],
      },
    ]);
    const seen = { one: { atMs: 1_000_000, rows: 1 } };
    expect((await ask(seen)).map((segment) => segment.loader)).toEqual(['two']);
    const both = { ...seen, two: { atMs: 900_000, rows: 2 } };
    expect(await ask(both)).toEqual([]);
    await pool.loader.insertRows('decisions', [at('c', T0 + 7, 'one', 1_000_000)]);
    expect(await ask(both)).toMatchObject([{ loader: 'one', rows: 2, lateMinutesMs: [T0] }]);
  });
});
