import { describe, expect, it } from 'vitest';
import { changePoint } from '../../analyzers/explain/change-point.ts';
import { explain } from '../../analyzers/explain/explain.ts';
import type { Explanation, Side } from '../../model/explanation.ts';
import { projectId } from '../../model/ids.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { createExplainStore } from '../../store/clickhouse/explain.ts';
import { freshClickhouse } from '../support/stores.ts';
import { decisionRow, outcomeRow } from './support/rows.ts';
import { DAY, HOUR } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1);
const pool = await freshClickhouse();
const store = createExplainStore(pool.api);
const rule = { system: 'flights', correct: {}, deferred: [] };
const side = (fromDay: number, toDay: number, more: Partial<Side> = {}): Side => ({
  fromMs: T0 + fromDay * DAY,
  toMs: T0 + toDay * DAY,
  segments: {},
  ...more,
});

type Change = 'inputs' | 'answers' | 'nothing';
/** Six days; the change comes at day 4.5. The score is 0.2 + x/2; x2 is x in another unit, z is noise. */
async function sent(project: string, change: Change): Promise<void> {
  const random = seededRandom(17);
  const regions = ['north', 'south', 'east', 'west'];
  const rows = Array.from({ length: 6_000 }, (_, i) => {
    const timeMs = T0 + Math.floor((i * 6 * DAY) / 6_000);
    const after = timeMs >= T0 + 4.5 * DAY;
    const region = regions[Math.floor(random() * 4)] ?? '';
    const moved = after && change === 'inputs' && region === 'north';
    const x = moved ? 0.8 + 0.2 * random() : random();
    const score = 0.2 + x / 2 + (after && change === 'answers' ? 0.1 : 0) + 0.02 * random();
    return decisionRow({
      project,
      id: `d${i}`,
      timeMs,
      value: score > 0.5 ? 'hold' : 'go',
      version: after ? 'v2' : 'v1',
      score,
      num: { x, x2: x * 1.609, z: random() },
      cat: { region },
    });
  });
  await pool.loader.insertRows('decisions', rows);
  await pool.loader.insertRows(
    'outcomes',
    rows
      .slice(0, 500)
      .map((row) => outcomeRow({ project, id: String(row.decision_id), timeMs: T0 + DAY, value: 'hold' })),
  );
}

const ask = (project: string, where: Side, baseline: Side, more: object = {}): Promise<Explanation> =>
  explain(
    {
      store,
      rule,
      changes: async () => [
        { atMs: T0 + 4.4 * DAY, kind: 'deploy', label: 'v2 goes live' },
        { atMs: T0 + 1 * DAY, kind: 'contract', label: 'Contract flights version 2' },
        { atMs: T0 + 5.5 * DAY, kind: 'deploy', label: 'v3 goes live' },
      ],
      progress: () => undefined,
    },
    { project: projectId.parse(project), system: 'flights', where, baseline, ...more },
  );

describe('the sample', () => {
  it('is of decisions as they stand: what was replayed with its mended values, what is kept apart not at all', async () => {
    const project = projectId.parse('stands');
    const one = { project, timeMs: T0 + HOUR };
    await pool.loader.insertRows('decisions', [
      decisionRow({ ...one, id: 'plain', num: { x: 1 } }),
      decisionRow({ ...one, id: 'mended', num: { x: 1609 } }),
      decisionRow({ ...one, id: 'mended', num: { x: 2 }, replayedAtMs: T0 + DAY }),
      decisionRow({ ...one, id: 'kept', num: { x: 3218 }, quarantined: true }),
    ]);
    const { decisions, rows } = await store.sample(project, 'flights', side(0, 1), rule, 100);
    expect(decisions).toBe(2);
    expect(rows.map(({ num }) => num['x']).sort()).toEqual([1, 2]);
  });
});

describe('explain', () => {
  it('finds the segment, the inputs, the start and the change before it', async () => {
    await sent('explain-inputs', 'inputs');
    const found = await ask('explain-inputs', side(4.5, 6), side(0, 4.5));
    // A quarter of the decisions move by 0.4 in x: 0.25 · 0.4 · ½ = 0.05.
    expect(found.target).toEqual({ kind: 'score' });
    expect(found.change?.low).toBeLessThan(0.05);
    expect(found.change?.high).toBeGreaterThan(0.05);
    expect(found.segments[0]?.segment).toContain('region = north');
    expect(found.segments[0]?.carries).toBeGreaterThan(0.7);
    const moved = found.features.map((one) => one.feature);
    expect(moved).toEqual(expect.arrayContaining(['x', 'x2', '@version']));
    expect(moved).not.toContain('z');
    const of = (feature: string) => found.features.find((one) => one.feature === feature);
    // The same number in two units moves together, and together it makes the change.
    expect(of('x')?.cluster).toBe(of('x2')?.cluster);
    const part = (of('x')?.contribution ?? 0) + (of('x2')?.contribution ?? 0);
    expect(part).toBeGreaterThan(0.03);
    expect(part).toBeLessThan(0.07);
    expect(Math.abs(found.parts?.answers ?? 1)).toBeLessThan(0.02);
    expect(found.onset?.fromMs).toBeLessThanOrEqual(T0 + 4.5 * DAY);
    expect(found.onset?.toMs).toBeGreaterThanOrEqual(T0 + 4.5 * DAY);
    expect(found.causes.map((one) => one.label)).toEqual(['v2 goes live', 'Contract flights version 2']);
    expect(found.sentences.join(' ')).toMatch(
      /moved by \+0\.0.*region = north.*carries.*Nearest change before it: v2 goes live/,
    );
  });

  it('tells other answers to the same inputs from other inputs', async () => {
    await sent('explain-answers', 'answers');
    const found = await ask('explain-answers', side(4.5, 6), side(0, 4.5));
    expect(found.change?.low).toBeLessThan(0.1);
    expect(found.change?.high).toBeGreaterThan(0.1);
    expect(found.parts?.answers).toBeGreaterThan(0.08);
    expect(Math.abs(found.parts?.inputs ?? 1)).toBeLessThan(0.02);
    // It is everywhere: no region, no range of x carries more than its share.
    expect(found.segments).toEqual([]);
    expect(found.sentences).toContain('No segment carries it: it is spread over all decisions.');
    const narrowed = await ask(
      'explain-answers',
      side(4.5, 6, { version: 'v2' }),
      side(0, 4.5, { version: 'v1' }),
      {
        target: { kind: 'value', value: 'hold' },
      },
    );
    // P(score > ½) goes from P(x > 0.58) to P(x > 0.38): 0.42 to 0.62, to within 3 standard errors of 1,500 decisions.
    expect(Math.abs((narrowed.where.mean ?? 0) - 0.62)).toBeLessThan(0.04);
    expect(Math.abs((narrowed.baseline.mean ?? 0) - 0.42)).toBeLessThan(0.03);
  });

  it('finds nothing in nothing, and says what it cannot know', async () => {
    await sent('explain-nothing', 'nothing');
    const found = await ask('explain-nothing', side(3, 4), side(0, 3));
    expect(found.change?.pValue).toBeGreaterThan(0.01);
    expect(found.segments).toEqual([]);
    expect(found.features).toEqual([]);
    expect(found.onset).toBeNull();
    const empty = await ask('explain-nothing', side(40, 41), side(0, 3));
    expect(empty.sentences).toEqual([
      'There is nothing to compare: 0 decisions there, 3000 in the baseline.',
    ]);
    const unknown = await ask('explain-nothing', side(3, 4), side(0, 3), { target: { kind: 'wrong' } });
    expect(unknown.sentences[0]).toMatch(/share of wrong decisions is not known on both sides/);
    expect(JSON.stringify([found, empty, unknown])).not.toContain('NaN');
  });
});

describe('what changed before it', () => {
  it('names features that came, went or are of another form, and asks for changes upstream', async () => {
    const project = projectId.parse('explain-schema');
    const rows = Array.from({ length: 600 }, (_, i) => {
      const [timeMs, after] = [T0 + i * HOUR * 0.24, i >= 450];
      const own = after
        ? { cat: { y: 'high' }, num: { x: 1, fresh: 2 } }
        : { num: { x: 1, old: 3, y: 4 }, cat: {} };
      // Seen in every tenth decision, to the end: rare is not gone.
      const rare = i % 10 === 0 ? { rare: 1 } : {};
      return decisionRow({
        ...{ project, id: `s${i}`, timeMs, score: after ? 0.9 : 0.1, value: 'go' },
        ...{ cat: own.cat, num: { ...own.num, ...rare }, upstream: [`p${i}`] },
      });
    });
    const prices = Array.from({ length: 600 }, (_, i) =>
      decisionRow({ project, system: 'pricing', id: `p${i}`, timeMs: T0 + i * HOUR * 0.24 - 1, value: 'ok' }),
    );
    await pool.loader.insertRows('decisions', [...rows, ...prices]);
    const asked: string[][] = [];
    const found = await explain(
      {
        ...{ store, rule, progress: () => undefined },
        changes: async (_fromMs, _toMs, upstream) => {
          asked.push([...upstream]);
          return [{ atMs: T0 + 440 * HOUR * 0.24, kind: 'deploy', label: 'upstream pricing: v9 goes live' }];
        },
      },
      { project, system: 'flights', where: side(4.5, 6), baseline: side(0, 4.5) },
    );
    expect(asked).toEqual([['pricing']]);
    expect(found.causes.map(({ kind, label }) => [kind, label])).toEqual([
      ['schema', 'feature y is a category where it was a number'],
      ['schema', 'feature old is no longer sent'],
      ['schema', 'feature fresh is new'],
      ['deploy', 'upstream pricing: v9 goes live'],
    ]);
  });
});

describe('a change point', () => {
  const series = (means: readonly number[], n = 50) =>
    means.map((mean, i) => ({ startMs: i * HOUR, n, sum: mean * n, sumSq: (mean * mean + 1) * n }));
  it('lies in its interval, which is narrow for a large change and wide for a small one', () => {
    const at = (size: number) =>
      changePoint(series(Array.from({ length: 100 }, (_, i) => (i < 60 ? 0 : size))), HOUR);
    expect(at(2)?.atMs).toBe(60 * HOUR);
    const width = (size: number) => (at(size)?.toMs ?? 0) - (at(size)?.fromMs ?? 0);
    expect(width(2)).toBeLessThanOrEqual(2 * HOUR);
    expect(width(0.2)).toBeGreaterThan(width(2));
    expect(at(0)).toBeNull();
    expect(changePoint([], HOUR)).toBeNull();
  });

  it('covers the true one as often as it says', () => {
    const random = seededRandom(23);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let held = 0;
    const runs = 200;
    for (let run = 0; run < runs; run += 1) {
      const slots = Array.from({ length: 120 }, (_, i) => {
        const values = Array.from({ length: 10 }, () => normal() + (i < 70 ? 0 : 0.5));
        return {
          startMs: i * HOUR,
          n: 10,
          sum: values.reduce((a, b) => a + b),
          sumSq: values.reduce((a, b) => a + b * b, 0),
        };
      });
      const onset = changePoint(slots, HOUR);
      held += Number(onset !== null && onset.fromMs <= 70 * HOUR && onset.toMs >= 70 * HOUR);
    }
    // Nominal 95 %: fewer than 180 of 200 in one of a thousand runs (binomial).
    expect(held).toBeGreaterThanOrEqual(180);
  });
});
