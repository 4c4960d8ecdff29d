import { describe, expect, it } from 'vitest';
import type { DocumentInput } from '../../model/documents/document.ts';
import type { Finding } from '../../model/finding.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { decisionRow, outcomeRow } from './support/rows.ts';
import { createWorld, DAY, HOUR, MINUTE, type World } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1);
const pool = await freshClickhouse();
const postgres = await freshPostgres();

const of = (kind: string, name: string, spec: unknown): DocumentInput =>
  ({ apiVersion: 'leeway.dev/v1', kind, metadata: { name }, spec }) as DocumentInput;

type Shape = {
  readonly days: number;
  readonly perDay: number;
  /** Day from which the score means nothing any more. */
  readonly lossFromDay?: number;
  readonly delayMs: (random: () => number) => number;
  readonly labelledUntilMs?: number;
  readonly twist?: (atMs: number) => boolean;
};

/** A score uniform in [0, 1] that is right: P(bad | score) = score; a decision says `decline` from one half on: accuracy ¾. */
async function credit(world: World, shape: Shape): Promise<void> {
  const random = seededRandom(11);
  const decisions: Record<string, unknown>[] = [];
  const outcomes: Record<string, unknown>[] = [];
  for (let i = 0; i < shape.days * shape.perDay; i += 1) {
    const timeMs = T0 + Math.floor((i * DAY) / shape.perDay);
    const score = random();
    const lost = shape.lossFromDay !== undefined && timeMs >= T0 + shape.lossFromDay * DAY;
    const bad = random() < (lost ? 0.5 : score);
    const common = { project: world.project, system: 'credit', id: `c${i}` };
    const group = random() < 0.5 ? 'a' : 'b';
    decisions.push(
      decisionRow({
        ...common,
        timeMs,
        value: score >= 0.5 ? 'decline' : 'approve',
        score,
        segments: { group },
      }),
    );
    const knownMs = timeMs + shape.delayMs(random);
    if (knownMs < (shape.labelledUntilMs ?? Number.POSITIVE_INFINITY))
      outcomes.push(outcomeRow({ ...common, timeMs: knownMs, value: bad ? 'bad' : 'good' }));
  }
  await world.insert('decisions', decisions);
  await world.insert('outcomes', outcomes);
}

const monitor = (more: object = {}): DocumentInput =>
  of('Monitor', 'quality-of-credit', {
    kind: 'performance',
    system: 'credit',
    window: '1d',
    reference: { kind: 'first', length: '5d' },
    severity: 'page',
    minimumN: 100,
    task: { kind: 'binary', positive: ['bad'], metrics: ['accuracy', 'roc_auc', 'brier'] },
    ...more,
  });
const system = (more: object = {}): DocumentInput =>
  of('System', 'credit', { correct: { approve: ['good'], decline: ['bad'] }, segments: ['group'], ...more });

const NOW = T0 + 400 * DAY;
async function told(world: World): Promise<readonly Finding[]> {
  await world.analyzers.tickOnce(NOW);
  const found = await world.deps.findings.list({
    project: world.project,
    kind: 'performance',
    limit: 10_000,
  });
  return found.toReversed();
}
const quick = (): number => 2 * HOUR + 30 * MINUTE;
const realised = (found: readonly Finding[], statistic: string, segment = '') =>
  found.filter(
    (one) => one.statistic === statistic && one.segment === segment && one.evidence.kind === 'realised',
  );

/** Months of steps, each of some ten queries: seconds on an idle machine. */
const PATIENCE = { timeout: 120_000 };

describe('a performance monitor', PATIENCE, () => {
  it('pages within the second window of a real loss, and not before', async () => {
    const world = createWorld(pool, postgres, 'perf-loss');
    await world.apply([system({ costs: { unit: 'EUR', of: { approve: { bad: 100 } } } }), monitor()]);
    await credit(world, { days: 11, perDay: 500, lossFromDay: 8, delayMs: quick });
    const found = await told(world);
    const accuracy = realised(found, 'accuracy');
    const breaches = accuracy.filter((one) => one.verdict === 'breach');
    expect(found.filter((one) => one.severity === 'page' && one.windowEndMs <= T0 + 8 * DAY)).toEqual([]);
    expect(breaches[0]?.severity).toBe('page');
    expect(breaches[0]?.onsetMs).toBe(T0 + 8 * DAY);
    // The first window of the loss is judged when its labels are there, that is by the end of the second.
    expect(breaches[0]?.windowEndMs).toBeLessThanOrEqual(T0 + 10 * DAY);
    // Of a coin: accuracy ½ against ¾, which no interval of 500 labels reaches from there.
    expect(breaches[0]?.value).toBeGreaterThan(0.43);
    expect(breaches[0]?.value).toBeLessThan(0.57);
    expect(breaches[0]?.sentence).toMatch(
      /points worse than the reference's 7\d\.\d %.*EUR more than the reference/,
    );
    // A ranking that means nothing: AUC ½. P(bad | score) = score gives 5/6 in the reference.
    const auc = realised(found, 'roc_auc').filter((one) => one.verdict === 'breach')[0];
    expect(auc?.value).toBeGreaterThan(0.4);
    expect(auc?.value).toBeLessThan(0.6);
    const reference = auc?.evidence.reference as { value: number; low: number; high: number };
    expect(reference.low).toBeLessThanOrEqual(5 / 6);
    expect(reference.high).toBeGreaterThanOrEqual(5 / 6);
    expect(found.every((one) => !one.sentence.includes('NaN'))).toBe(true);
    // The scores are as they were, so is what is expected of them, ¾: only labels can tell that they lost their meaning.
    const estimate = found.filter((one) => one.statistic === 'estimated_accuracy').at(-1);
    const expected = estimate?.evidence.measure as { low: number; high: number };
    expect(expected.low).toBeLessThan(0.75);
    expect(expected.high).toBeGreaterThan(0.75);
    expect(estimate?.severity).not.toBe('page');
    // Told of both groups as well.
    expect(realised(found, 'accuracy', 'group=a').some((one) => one.verdict === 'breach')).toBe(true);
  });

  it('pages nobody while performance is what it was, though the inputs move', async () => {
    const world = createWorld(pool, postgres, 'perf-calm');
    await world.apply([system(), monitor({ protected: ['group'] })]);
    await credit(world, { days: 17, perDay: 200, delayMs: quick });
    const found = await told(world);
    expect(realised(found, 'accuracy').length).toBeGreaterThanOrEqual(11);
    expect(found.filter((one) => one.verdict === 'breach').map((one) => one.sentence)).toEqual([]);
    // Estimated before the labels came; what came lies within the intervals that were said, 95 of 100 times.
    const estimates = await world.deps.cohorts.estimates(world.project, 'quality-of-credit', T0, NOW);
    const settled = estimates.filter((row) => row.metric === 'accuracy' && row.realised !== null);
    expect(settled.length).toBeGreaterThanOrEqual(11);
    const held = settled.filter((row) => (row.realised ?? 0) >= row.low && (row.realised ?? 0) <= row.high);
    // Windows at 95 %: fewer than 8 of 11 held in two of a thousand runs (binomial).
    expect(held.length).toBeGreaterThanOrEqual(8);
    const last = found.filter((one) => one.statistic === 'estimated_accuracy').at(-1);
    expect(last?.sentence).toMatch(/its intervals held in \d+ of \d+ windows/);
    const gap = found.filter((one) => one.statistic === 'equal_opportunity').at(-1);
    expect(gap?.subject).toBe('@fairness:group');
  });

  it('waits for labels that take days, says until when, and says when they stop', async () => {
    const world = createWorld(pool, postgres, 'perf-slow');
    await world.apply([system(), monitor()]);
    // A third of the labels on each of the days 2, 3 and 4 after the decision; none are sent after day 12.
    await credit(world, {
      days: 21,
      perDay: 160,
      delayMs: (random) => (2 + Math.floor(random() * 3)) * DAY - HOUR,
      labelledUntilMs: T0 + 12 * DAY,
    });
    const found = await told(world);
    const waiting = found.filter((one) => one.evidence.kind === 'waiting');
    expect(waiting[0]?.verdict).toBe('not_enough_data');
    const judged = realised(found, 'accuracy');
    // 80 % of the labels are there after four days: the window is judged then, neither earlier nor much later.
    const toMs = (one: Finding): number => (one.evidence.cohort as { toMs: number }).toMs;
    // Windows all of whose labels were sent.
    const whole = judged.filter((one) => toMs(one) <= T0 + 8 * DAY);
    expect(whole.length).toBeGreaterThanOrEqual(2);
    const lags = whole.map((one) => one.windowEndMs - toMs(one));
    expect(Math.min(...lags)).toBeGreaterThanOrEqual(3 * DAY);
    expect(Math.max(...lags)).toBeLessThanOrEqual(5 * DAY);
    expect(waiting.at(-1)?.verdict).toBe('blind');
    expect(waiting.at(-1)?.sentence).toMatch(/^Labels of credit are overdue/);
    expect(found.filter((one) => one.verdict === 'breach')).toEqual([]);
  });

  it('says the same of history in one go as step by step', async () => {
    const shape: Shape = { days: 7, perDay: 160, lossFromDay: 5, delayMs: quick };
    const short = monitor({ reference: { kind: 'first', length: '3d' } });
    const once = createWorld(pool, postgres, 'perf-once');
    await once.apply([system(), short]);
    await credit(once, shape);
    const key = ({ statistic, segment, windowEndMs, verdict, value }: Finding) =>
      JSON.stringify([statistic, segment, windowEndMs, verdict, value]);
    const whole = (await told(once)).map(key).sort();
    const stepped = createWorld(pool, postgres, 'perf-stepped');
    await stepped.apply([system(), short]);
    for (let half = 1; half <= 2; half += 1) {
      await credit({ ...stepped, insert: byTime(stepped, half) }, shape);
      await stepped.analyzers.tickOnce(T0 + 100 * DAY * half);
    }
    const found = await stepped.deps.findings.list({
      project: stepped.project,
      kind: 'performance',
      limit: 10_000,
    });
    expect(found.map(key).sort()).toEqual(whole);
  });
});

/** The first four days, or the rest of event time, as their rows are loaded. */
const byTime =
  (world: World, half: number): World['insert'] =>
  async (table, rows) => {
    const cutMs = T0 + 4 * DAY;
    const mine = rows.filter(
      (row) => Date.parse(`${String(row.time).replace(' ', 'T')}Z`) < cutMs === (half === 1),
    );
    const loadedAt = new Date(T0 + 100 * DAY * half - HOUR).toISOString().replace('T', ' ').replace('Z', '');
    await world.insert(
      table,
      mine.map((row) => ({ ...row, loaded_at: loadedAt })),
    );
  };
