import { beforeAll, describe, expect, it } from 'vitest';
import type { DocumentInput } from '../../model/documents/document.ts';
import type { Finding } from '../../model/finding.ts';
import { projectId } from '../../model/ids.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { createSampleStore } from '../../store/clickhouse/samples.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';
import { createWorld, DAY, HOUR, MINUTE, type World } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 2);
const HOURS = 18;
const PER_HOUR = 60;
const BROKEN_FROM = 17;
const pool = await freshClickhouse();

const document = (kind: string, name: string, spec: unknown): DocumentInput =>
  ({ apiVersion: 'leeway.dev/v1', kind, metadata: { name }, spec }) as DocumentInput;
const QUALITY = document('Monitor', 'care', {
  ...{ kind: 'quality', system: 'flights', window: '1h', minimumN: 50 },
  reference: { kind: 'first', length: '4h' },
});
const TOGETHER = document('Monitor', 'together', {
  ...{ kind: 'multivariate', system: 'flights', window: '1h', minimumN: 50, alpha: 0.05 },
  ...{ reference: { kind: 'first', length: '4h' }, checks: ['domain', 'text'], step: '1h' },
});

/** Eighteen hours of one decision a minute; in the last one much is broken at once. */
function history(project: string): Record<string, unknown>[] {
  const random = seededRandom(21);
  return Array.from({ length: HOURS * PER_HOUR }, (_, i) => {
    const broken = i >= BROKEN_FROM * PER_HOUR;
    const timeMs = T0 + i * MINUTE;
    return decisionRow({
      ...{ project, id: `d${i}`, timeMs },
      // Dated an hour ahead of their receipt, when the sender's clock went wrong.
      loadedAtMs: broken ? timeMs - HOUR : timeMs + 5_000,
      value: random() < 0.5 ? 'go' : 'hold',
      num: { frozen: broken ? 7 : random(), ...(broken ? { sudden: random() } : { going: random() }) },
      cat: {
        colour: broken ? 'red' : (['red', 'blue', 'green'][Math.floor(random() * 3)] ?? ''),
        customer: broken ? `new-${i}` : `c${Math.floor(random() * 20)}`,
      },
      text: { note: broken ? 'cannot log in to the app' : 'the train is late' },
    });
  });
}

let world: World;
let findings: readonly Finding[];
beforeAll(async () => {
  world = createWorld(pool, await freshPostgres(), 'care');
  await world.apply([QUALITY, TOGETHER]);
  const rows = history(world.project);
  // The same case sent again under another id, five times over.
  const again = rows.slice(-5).map((row, i) => ({ ...row, decision_id: `again${i}` }));
  await world.insert('decisions', [...rows, ...again]);
  // The stores of other loaders have caught up with the last row.
  await world.analyzers.tickOnce(T0 + 2 * DAY);
  const found: Finding[] = await pool.api.query<Finding>({
    sql: `SELECT monitor, subject, statistic, verdict, value, sentence, toFloat64(toUnixTimestamp64Milli(onset)) AS onsetMs,
        toFloat64(toUnixTimestamp64Milli(window_end)) AS windowEndMs
      FROM findings WHERE project = {project:String} ORDER BY monitor, window_end, subject, statistic`,
    params: { project: world.project },
  });
  findings = found;
});

const last = T0 + HOURS * HOUR;
const of = (statistic: string, subject: string, endMs = last): Finding | undefined =>
  findings.find((one) => one.statistic === statistic && one.subject === subject && one.windowEndMs === endMs);

describe('a quality monitor over real stores', () => {
  it.each([
    ['stuck_share', 'frozen'],
    ['presence_share', 'going'],
    ['presence_share', 'sudden'],
    ['vanished_category_share', 'colour'],
    ['copied_share', '@volume'],
    ['future_share', '@volume'],
    ['new_category_share', 'customer'],
  ])('tells %s of %s in the broken hour, and since when', (statistic, subject) => {
    expect(of(statistic, subject)).toMatchObject({ verdict: 'breach', onsetMs: T0 + BROKEN_FROM * HOUR });
  });

  it('has nothing to complain about before', () => {
    const before = findings.filter(
      ({ monitor, verdict, windowEndMs }) => monitor === 'care' && verdict === 'breach' && windowEndMs < last,
    );
    expect(before.map(({ subject, statistic }) => `${subject} ${statistic}`)).toEqual([]);
    expect(of('volume_ratio', '@volume', last - HOUR)).toMatchObject({
      verdict: 'ok',
      value: expect.closeTo(1, 1),
    });
  });
});

describe('a multivariate monitor over real stores', () => {
  it('waits for its reference, then tells what changed together', () => {
    const mine = findings.filter(({ monitor }) => monitor === 'together');
    expect(mine[0]).toMatchObject({ verdict: 'blind', windowEndMs: T0 + HOUR });
    expect(mine[0]?.sentence).toContain('the reference is still being collected');
    expect(of('domain_auc', '@features')).toMatchObject({ verdict: 'drift' });
    expect(of('domain_auc', 'note')).toMatchObject({ verdict: 'drift' });
    expect(mine.filter(({ verdict, windowEndMs }) => verdict === 'drift' && windowEndMs < last)).toEqual([]);
  });
});

describe('what was never seen', () => {
  it('is counted against the whole reference, and the reference against itself', async () => {
    const project = 'novelty';
    // First hour: a, b; second: b, c (c is new to the first); third: c, d (d is new to both).
    const row = (hour: number, i: number, who: string) =>
      decisionRow({ ...{ project, id: `${hour}-${i}`, timeMs: T0 + hour * HOUR + i }, cat: { who } });
    await pool.loader.insertRows('decisions', [
      ...['a', 'a', 'b', 'b'].map((who, i) => row(0, i, who)),
      ...['b', 'c', 'c', 'c'].map((who, i) => row(1, i, who)),
      ...['c', 'd', 'd', 'd', 'e'].map((who, i) => row(2, i, who)),
    ]);
    const stretch = {
      ...{ project: projectId.parse(project), system: 'flights' },
      fromMs: T0 + 2 * HOUR,
      toMs: T0 + 3 * HOUR,
    };
    const reference = { fromMs: T0, toMs: T0 + 2 * HOUR };
    expect(await createSampleStore(pool.api).novelty(stretch, reference, 'who')).toEqual({
      ...{ n: 5, distinct: 3, unseen: 4, referenceDistinct: 3 },
      ...{ baselineN: 4, baselineUnseen: 3, truncated: false },
    });
  });
});

describe('a sample', () => {
  it('is the same on every call, of the asked size, and another under another seed', async () => {
    const samples = createSampleStore(pool.api);
    const draw = async (seed: number) => {
      const rows = await samples.sample({
        ...{ project: world.project, system: 'flights', rows: 100, seed },
        stretches: [{ startMs: T0, endMs: T0 + 16 * HOUR }],
        with: { text: false, embedding: false },
      });
      return rows.map(({ id }) => id);
    };
    const once = await draw(1);
    expect(once).toHaveLength(100);
    expect(new Set(once).size).toBe(100);
    expect(await draw(1)).toEqual(once);
    expect(await draw(2)).not.toEqual(once);
  });
});

describe('the facts of a busy window', () => {
  const PER_WINDOW = 40_000;
  const busy = projectId.parse('busy');
  const stretch = { project: busy, system: 'flights', fromMs: T0, toMs: T0 + 2 * HOUR };
  const windows = { windowMs: HOUR, stepMs: HOUR };

  it('are told from a part of it that knows the shares of the whole', async () => {
    // In the second hour: of ten rows one has the id of the row before it, of twenty one is the row before under another id.
    const rows = Array.from({ length: PER_WINDOW }, (_, i) => {
      const [again, copy] = [i % 10 === 9, i % 20 === 4];
      const at = again || copy ? i - 1 : i;
      const id = again ? `b${i - 1}` : `b${i}`;
      const timeMs = T0 + HOUR + Math.floor((at * HOUR) / PER_WINDOW);
      return decisionRow({ ...{ project: busy, id, timeMs }, num: { x: at }, loadedAtMs: timeMs + 7_000 });
    });
    await pool.loader.insertRows('decisions', rows);
    const samples = createSampleStore(pool.api);
    const all = (await samples.facts(stretch, { ...windows, oneIn: 1 })).get(T0 + 2 * HOUR);
    // 4,000 rows repeat an id, 2,000 are copies of another id.
    expect(all).toEqual({
      ...{ decisions: PER_WINDOW * 0.9, repeatedIds: PER_WINDOW * 0.1 },
      ...{ whole: PER_WINDOW * 0.9, copies: PER_WINDOW * 0.05, future: 0, delayMs: 7_000 },
    });
    const part = (await samples.facts(stretch, { ...windows, oneIn: 8 })).get(T0 + 2 * HOUR);
    if (part === undefined) throw new Error('a window without facts');
    expect(part.delayMs).toBe(7_000);
    // Binomial: 36,000 / 8 = 4,500 ids with a deviation of 63; of 1,024 moments 128 with one of 10.6, each of 35 decisions.
    expect(Math.abs(part.decisions - 4_500)).toBeLessThan(5 * 63);
    expect(Math.abs(part.whole - 4_500)).toBeLessThan(5 * 10.6 * 36);
    // 1/9 of the ids have two rows, 1/18 of the decisions a copy: deviations √(p (1 − p) / 4,500) of 0.0047 and 0.0034.
    expect(Math.abs(part.repeatedIds / part.decisions - 1 / 9)).toBeLessThan(5 * 0.0047);
    expect(Math.abs(part.copies / part.whole - 1 / 18)).toBeLessThan(5 * 0.0034);
  });
});
