import { beforeAll, describe, expect, it } from 'vitest';
import { projectId } from '../../model/ids.ts';
import { createReads } from '../../store/clickhouse/reads/reads.ts';
import type { DecisionFilter, DecisionRecord, JudgingRule } from '../../store/ports/reads.ts';
import { freshClickhouse } from '../support/stores.ts';
import {
  lcg,
  type SeedDecision,
  type SeedOutcome,
  seedDecisions,
  seedOutcomes,
  seedSloMinutes,
  seedSpans,
} from './support/seed.ts';

const pool = await freshClickhouse();
const reads = createReads(pool.api);
const project = projectId.parse('p1');
const T0 = Date.UTC(2026, 2, 30, 22);
const HOUR = 3_600_000;
const range = { fromMs: T0, toMs: T0 + 8 * HOUR };

const RULES: JudgingRule[] = [
  { system: 'flights', correct: { hold: ['late'], go: ['on time', 'early'] }, deferred: ['ask'] },
];

/** 400 decisions over 8 h and over the end of a month, every one a little after the other. */
function history(): { decisions: SeedDecision[]; outcomes: SeedOutcome[] } {
  const random = lcg(7);
  const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(random() * list.length)] ?? list[0];
  const decisions = Array.from({ length: 400 }, (_, i): SeedDecision => {
    const flights = random() < 0.7;
    return {
      id: `d-${String(i).padStart(4, '0')}`,
      system: flights ? 'flights' : "loans'; --",
      // Several share an instant, so that a page may end between them.
      timeMs: T0 + Math.floor(i / 4) * 280_000,
      value: flights ? pick(['hold', 'go', 'ask']) : pick(['yes', 'no']),
      actor: pick(['ai', 'human', 'both']),
      version: pick(['1', '2']),
      route: pick(['auto', 'review']),
      score: random() < 0.2 ? null : random(),
      segments: { region: pick(['eu', 'us']) },
      cat: { carrier: pick(['AA', 'UA']) },
    };
  });
  const outcomes = decisions.flatMap((d): SeedOutcome[] => {
    const known: SeedOutcome[] = [];
    const label = d.system === 'flights' ? pick(['late', 'on time', 'early']) : pick(['yes', 'no']);
    const about = { id: d.id, system: d.system };
    if (random() < 0.6) known.push({ ...about, timeMs: d.timeMs + HOUR, value: label });
    // A correction comes later and wins.
    if (random() < 0.1) known.push({ ...about, timeMs: d.timeMs + 2 * HOUR, value: 'late' });
    if (random() < 0.15) known.push({ ...about, timeMs: d.timeMs + 1, kind: 'ruling', value: 'hold' });
    return known;
  });
  return { decisions, outcomes };
}

const { decisions, outcomes } = history();

/** The rule as the product states it, over the history in memory. */
function truth(d: SeedDecision): { outcome: string; correct: boolean | null } {
  const of = outcomes.filter((o) => o.id === d.id).sort((a, b) => a.timeMs - b.timeMs);
  const label = of.findLast((o) => o.kind === undefined)?.value;
  const ruling = of.findLast((o) => o.kind === 'ruling')?.value;
  const outcome = label ?? ruling ?? '';
  if (d.system === 'flights' && d.value === 'ask') return { outcome, correct: null };
  if (ruling !== undefined) return { outcome, correct: ruling === d.value };
  if (label === undefined) return { outcome, correct: null };
  if (d.system !== 'flights') return { outcome, correct: label === d.value };
  return { outcome, correct: (RULES[0]?.correct[d.value] ?? []).includes(label) };
}

const newestFirst = (a: SeedDecision, b: SeedDecision) => b.timeMs - a.timeMs || (a.id < b.id ? 1 : -1);
const filter = (more: Partial<DecisionFilter> = {}): DecisionFilter => ({
  project,
  ...range,
  rules: RULES,
  ...more,
});

async function walk(of: DecisionFilter, limit: number): Promise<DecisionRecord[]> {
  const rows: DecisionRecord[] = [];
  let page = await reads.page(of, limit);
  for (let guard = 0; guard < 1_000; guard += 1) {
    rows.push(...page.rows);
    if (page.next === null) return rows;
    page = await reads.page(of, limit, page.next);
  }
  throw new Error('the pages have no end');
}

beforeAll(async () => {
  await seedDecisions(pool.loader, 'p1', decisions);
  await seedOutcomes(pool.loader, 'p1', outcomes);
  // Resends: exact, and with an older time; another project's decisions under the same ids.
  await seedDecisions(pool.loader, 'p1', decisions.slice(0, 120));
  await seedDecisions(
    pool.loader,
    'p1',
    decisions.slice(200, 260).map((d) => ({ ...d, timeMs: d.timeMs - 1_000_000, value: 'old copy' })),
  );
  await seedDecisions(
    pool.loader,
    'p2',
    decisions.map((d) => ({ ...d, value: 'not yours' })),
  );
});

describe('the decisions list', () => {
  it.each([1_000, 7])('pages of %i show every decision once, newest first, judged', async (limit) => {
    const rows = await walk(filter(), limit);
    expect(rows.map((row) => row.id)).toEqual([...decisions].sort(newestFirst).map((d) => d.id));
    for (const row of rows) {
      const d = decisions.find((one) => one.id === row.id);
      expect(
        d && {
          value: row.value,
          score: row.score,
          version: row.modelVersion,
          timeMs: row.timeMs,
          outcome: row.outcome,
          correct: row.correct,
        },
      ).toEqual(d && { value: d.value, score: d.score, version: d.version, timeMs: d.timeMs, ...truth(d) });
    }
  });

  const narrowed: [string, Partial<DecisionFilter>, (d: SeedDecision) => boolean][] = [
    ['system', { systems: ['flights'] }, (d) => d.system === 'flights'],
    ['a system whose name is an attack', { systems: ["loans'; --"] }, (d) => d.system !== 'flights'],
    ['two values', { values: ['hold', 'go'] }, (d) => d.value === 'hold' || d.value === 'go'],
    [
      'actor and route',
      { actors: ['human'], routes: ['review'] },
      (d) => d.actor === 'human' && d.route === 'review',
    ],
    ['version', { versions: ['2'] }, (d) => d.version === '2'],
    ['outcome', { outcomes: ['late', ''] }, (d) => ['late', ''].includes(truth(d).outcome)],
    ['wrong ones', { correct: ['false'] }, (d) => truth(d).correct === false],
    [
      'what nobody judged',
      { correct: ['unknown'], systems: ['flights'] },
      (d) => d.system === 'flights' && truth(d).correct === null,
    ],
    ['part of an id', { text: 'd-003' }, (d) => d.id.startsWith('d-003')],
    ['a segment', { text: 'eu' }, (d) => d.segments?.region === 'eu'],
    ['a category', { text: 'UA' }, (d) => d.cat?.carrier === 'UA'],
    [
      'time',
      { fromMs: T0 + HOUR, toMs: T0 + 2 * HOUR },
      (d) => d.timeMs >= T0 + HOUR && d.timeMs < T0 + 2 * HOUR,
    ],
  ];
  it.each(narrowed)('narrows by %s, in pages and in the histogram alike', async (_name, more, keep) => {
    const expected = decisions.filter(keep);
    expect(expected.length).toBeGreaterThan(5);
    const rows = await walk(filter(more), 25);
    expect(rows.map((row) => row.id)).toEqual([...expected].sort(newestFirst).map((d) => d.id));

    const buckets = await reads.histogram(filter(more), HOUR);
    const counted = Map.groupBy(expected, (d) => `${Math.floor(d.timeMs / HOUR) * HOUR} ${d.value}`);
    expect(Object.fromEntries(buckets.map((b) => [`${b.tMs} ${b.key}`, b.n]))).toEqual(
      Object.fromEntries([...counted].map(([key, list]) => [key, list.length])),
    );
  });

  it('counts facets over what matches', async () => {
    const facets = await reads.facets(filter({ systems: ['flights'] }), ['value', 'correct', 'outcome'], 20);
    const of = decisions.filter((d) => d.system === 'flights');
    const count = (keep: (d: SeedDecision) => boolean) => of.filter(keep).length;
    const n = (name: string, value: string) => facets.find((f) => f.name === name && f.value === value)?.n;
    for (const value of ['hold', 'go', 'ask'])
      expect(n('value', value)).toBe(count((d) => d.value === value));
    expect(n('correct', 'true')).toBe(count((d) => truth(d).correct === true));
    expect(n('correct', 'unknown')).toBe(count((d) => truth(d).correct === null));
    expect(n('outcome', '')).toBe(count((d) => truth(d).outcome === ''));
    expect(facets.filter((f) => f.name === 'value').reduce((sum, f) => sum + f.n, 0)).toBe(of.length);
  });
});

describe('systems', () => {
  it('knows when each was first and last heard', async () => {
    const seen = await reads.systems(project);
    const of = decisions.filter((d) => d.system === 'flights');
    expect(seen.find((s) => s.system === 'flights')?.lastMs).toBe(Math.max(...of.map((d) => d.timeMs)));
    expect(seen).toHaveLength(2);
  });

  it('counts volume by version, folded', async () => {
    const points = await reads.volume({ project, system: 'flights', ...range }, 8 * HOUR, 'version');
    const of = decisions.filter((d) => d.system === 'flights');
    for (const version of ['1', '2']) {
      const n = points.filter((p) => p.key === version).reduce((sum, p) => sum + p.n, 0);
      expect(n).toBe(of.filter((d) => d.version === version).length);
    }
  });

  it('judges each version', async () => {
    const versions = await reads.versions({ project, system: 'flights', ...range }, RULES);
    for (const { version, decisions: n, judged, right } of versions) {
      const of = decisions.filter((d) => d.system === 'flights' && d.version === version);
      expect({ n, judged, right }).toEqual({
        n: of.length,
        judged: of.filter((d) => truth(d).correct !== null).length,
        right: of.filter((d) => truth(d).correct === true).length,
      });
    }
    expect(versions).toHaveLength(2);
  });
});

describe('one decision', () => {
  const trace = 'trace-0000000001';
  const hex = Buffer.from(trace).toString('hex');

  it('comes whole, once, with its copies counted', async () => {
    const one: SeedDecision = {
      id: 'whole/#?é',
      system: 'whole',
      timeMs: T0,
      value: 'yes',
      latencyMs: 12,
      num: { distance: 550.5 },
      cat: { carrier: 'AA' },
      missing: ['wind'],
      upstream: ['d-0001'],
      trace,
    };
    await seedDecisions(pool.loader, 'p1', [one, { ...one, receivedAtMs: T0 + 5_000 }]);
    const full = await reads.decision(project, one.id, []);
    expect(full).toMatchObject({
      id: one.id,
      latencyMs: 12,
      num: { distance: 550.5 },
      cat: { carrier: 'AA' },
      missing: ['wind'],
      upstream: ['d-0001'],
      traceId: hex,
      spanId: '',
      copies: 2,
      correct: null,
      receivedAtMs: T0 + 5_000,
    });
    expect(await reads.decision(projectId.parse('p2'), one.id, [])).toBeUndefined();
  });

  it('shows the spans of its trace once each, with attributes of every type', async () => {
    const root = { trace, span: 'span-001', state: 'rojo=1', name: 'root', startMs: T0, durationMs: 20 };
    await seedSpans(pool.loader, 'p1', [
      root,
      root,
      { trace, span: 'span-002', parent: 'span-001', name: 'child', startMs: T0 + 5, durationMs: 3 },
    ]);
    const spans = await reads.trace(project, hex, 10);
    expect(spans.map((s) => s.name)).toEqual(['root', 'child']);
    expect(spans[0]).toMatchObject({
      parentSpanId: '',
      traceState: 'rojo=1',
      startNs: `${T0}000000`,
      durationNs: '20000000',
    });
    expect(spans[1]?.parentSpanId).toBe(Buffer.from('span-001').toString('hex'));
    expect(spans[0]?.attributes).toEqual({
      'http.method': 'GET',
      'http.status': '200',
      ratio: 0.5,
      cached: true,
      list: { arrayValue: { values: [] } },
    });
  });
});

describe('what analyzers wrote', () => {
  it('takes the last restatement of an SLO minute, over all versions', async () => {
    const minute = { slo: 's', system: 'flights', minuteMs: T0 };
    await seedSloMinutes(pool.loader, 'p1', [
      { ...minute, good: 1, total: 10, computedAtMs: T0 + 1 },
      { ...minute, good: 8, total: 10, computedAtMs: T0 + 2 },
      { ...minute, good: 3, total: 5, version: '2' },
      { ...minute, minuteMs: T0 + 60_000, good: 1, total: 1 },
      { ...minute, slo: 'other', good: 100, total: 100 },
    ]);
    expect(await reads.sloBuckets({ project, slo: 's', ...range }, HOUR)).toEqual([
      { tMs: T0, good: 12, total: 16 },
    ]);
  });
});
