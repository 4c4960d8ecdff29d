import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problem } from '../../api/contract/common.ts';
import { decisionDetail, decisionList, facets } from '../../api/contract/decisions.ts';
import { applied, auditRow, documentRow, findingRow, ledger } from '../../api/contract/operate.ts';
import { overview, systemRow } from '../../api/contract/overview.ts';
import { sloDetail, sloRow } from '../../api/contract/slos.ts';
import { distribution, heatmap, systemDetail } from '../../api/contract/systems.ts';
import type { Finding } from '../../model/finding.ts';
import { documentName, projectId, systemName } from '../../model/ids.ts';
import { binKey } from '../../model/numeric-bins.ts';
import { createFindingLog } from '../../store/clickhouse/findings.ts';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import { bearer, openApi } from './support/app.ts';
import { seedDecisions, seedOutcomes, seedProfiles, seedSloMinutes, seedSpans } from './support/seed.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const project = projectId.parse('default');
const trace = 'trace-0000000001';
const test = await openApi({
  local: {
    pending: () => [
      {
        project,
        minuteMs: Date.UTC(2026, 10, 22, 11, 59),
        signal: 'decisions',
        received: 3,
        stored: 0,
        deduplicated: 0,
        rejected: {},
        pending: 3,
      },
    ],
    refusals: () => [
      {
        project,
        atMs: Date.UTC(2026, 10, 22, 11, 59),
        signal: 'decisions',
        reason: 'invalid',
        message: 'value: too long. Shorten it',
      },
    ],
  },
});
const headers = bearer(await test.token());

/** The answer, exactly as the contract has it: nothing missing, nothing that the contract does not know. */
async function get<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
  const response = await test.ask(`/api/v1${path}`, { headers });
  const body: unknown = await response.json();
  expect({ path, status: response.status, body: response.status === 200 ? '' : body }).toEqual({
    path,
    status: 200,
    body: '',
  });
  const parsed = schema.parse(body);
  expect(parsed).toEqual(body);
  return parsed;
}
const rows = <T extends z.ZodType>(row: T) => z.object({ rows: z.array(row) });

async function apply(yaml: string, dryRun = false) {
  return test.ask('/api/v1/documents', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ yaml, dryRun }),
  });
}

const YAML = `
apiVersion: leeway.dev/v1
kind: System
metadata: { name: flights }
spec:
  owner: ops
  correct: { hold: [late], go: [on time] }
  deferred: [ask]
  features:
    distance: { type: numeric, unit: mi, importance: 0.9 }
---
apiVersion: leeway.dev/v1
kind: Monitor
metadata: { name: flights-drift }
spec: { kind: drift, system: flights, window: 1h, reference: { kind: first, length: 1h } }
---
apiVersion: leeway.dev/v1
kind: SLO
metadata: { name: flights-right }
spec: { system: flights, sli: { kind: correctness }, target: "90%", period: 30d, minimumN: 10 }
`;

describe('before anything was sent', () => {
  it('every list is empty, and the overview says that there is no data', async () => {
    const seen = await get('/overview', overview);
    expect(seen.hasData).toBe(false);
    expect(seen.freshness).toMatchObject({ watermark: null, lagMs: null, pendingRecords: 3 });
    expect((await get('/systems', rows(systemRow))).rows).toEqual([]);
    expect((await get('/slos', rows(sloRow))).rows).toEqual([]);
    expect((await get('/decisions', decisionList)).total).toBe(0);
  });
});

describe('documents', () => {
  it('tell every mistake with its document and line, and change nothing', async () => {
    const bad = `${YAML}---\napiVersion: leeway.dev/v1\nkind: Monitor\nmetadata: { name: m2 }\nspec:\n  kind: drift\n  system: flights\n  window: soon\n  reference: { kind: first, length: 1h }\n  limitt: 2\n---\nkind: [\n`;
    const response = await apply(bad);
    expect(response.status).toBe(422);
    const { errors = [] } = problem.parse(await response.json());
    // Lines counted by hand: the text begins with an empty line, and the fourth document's window is its line 8.
    const line = bad.split('\n').indexOf('  window: soon') + 1;
    expect(errors.map((one) => one.path)).toContain(`document 4, line ${line}: spec.window`);
    expect(errors.find((one) => one.path.endsWith('spec.window'))?.message).toContain('is not a duration');
    expect(errors.some((one) => one.message.includes('limitt'))).toBe(true);
    expect(errors.some((one) => one.path.startsWith('document 5'))).toBe(true);
    expect((await get('/documents', rows(documentRow))).rows).toEqual([]);
  });

  it('refuse a bomb of aliases', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
    );
    expect((await apply(`l0: &l0 x\n${levels.join('\n')}`)).status).toBe(422);
  });

  it('are applied, versioned, listed as they were written, and audited', async () => {
    const tried = applied.parse(await (await apply(YAML, true)).json());
    expect(tried.changes.map((one) => one.change)).toEqual(['created', 'created', 'created']);
    expect((await get('/documents', rows(documentRow))).rows).toEqual([]);
    await apply(YAML);
    const again = applied.parse(await (await apply(YAML)).json());
    expect(again.changes.every((one) => one.change === 'unchanged' && one.version === 1)).toBe(true);
    const { rows: slos } = await get('/documents?kind=SLO', rows(documentRow));
    expect(slos).toHaveLength(1);
    expect(slos[0]?.yaml).toContain('target: 90%');
    const { rows: entries } = await get('/audit', rows(auditRow));
    expect(entries.some((one) => one.subject.includes('flights-right'))).toBe(true);
  });
});

describe('with two hours of decisions, months ago', () => {
  const T0 = Date.UTC(2026, 2, 14, 6);
  const until = T0 + 2 * HOUR;
  const decisions = Array.from({ length: 120 }, (_, i) => ({
    id: `f-${i}`,
    system: 'flights',
    timeMs: T0 + i * MINUTE,
    value: ['hold', 'go', 'ask'][i % 3] ?? 'go',
    version: i < 60 ? '1' : '2',
    route: i % 3 === 2 ? ('review' as const) : ('auto' as const),
    num: { distance: i < 60 ? 100 : 161 },
    cat: { carrier: i % 2 === 0 ? 'AA' : 'UA' },
    missing: ['wind'],
    ...(i === 90 ? { trace, upstream: ['f-1'] } : {}),
  }));
  const finding = (more: Partial<Finding>): Finding => ({
    id: 'x',
    project,
    system: systemName.parse('flights'),
    monitor: documentName.parse('flights-drift'),
    kind: 'drift',
    subject: 'distance',
    modelVersion: '',
    segment: '',
    verdict: 'ok',
    severity: 'ticket',
    statistic: 'psi',
    value: 0.01,
    limit: 0.2,
    n: 60,
    nReference: 60,
    onsetMs: null,
    windowStartMs: T0,
    windowEndMs: T0 + HOUR,
    evaluatedAtMs: test.clock.nowMs,
    sentence: 'distance is as it was.',
    evidence: {},
    ...more,
  });

  it('is seeded', async () => {
    await seedDecisions(test.pool.loader, 'default', decisions);
    await seedOutcomes(
      test.pool.loader,
      'default',
      decisions.map((d) => ({ id: d.id, system: d.system, timeMs: d.timeMs + MINUTE, value: 'late' })),
    );
    await seedSpans(test.pool.loader, 'default', [
      { trace, span: 'span-001', name: 'decide', startMs: T0 + 90 * MINUTE, durationMs: 4 },
    ]);
    const key = (value: number) => String(binKey(value));
    await seedProfiles(
      test.pool.loader,
      'default',
      decisions.map((d) => ({
        system: 'flights',
        feature: 'distance',
        minuteMs: d.timeMs,
        n: 1,
        sum: d.num.distance,
        sumSq: d.num.distance ** 2,
        min: d.num.distance,
        max: d.num.distance,
        bins: { [key(d.num.distance)]: 1 },
        version: d.version,
      })),
    );
    // Judged in the minute in which it became known: hold was right, go was wrong, ask is not judged.
    await seedSloMinutes(
      test.pool.loader,
      'default',
      decisions.flatMap((d, i) =>
        i % 3 === 2
          ? []
          : [
              {
                slo: 'flights-right',
                system: 'flights',
                minuteMs: d.timeMs,
                good: i % 3 === 0 ? 1 : 0,
                total: 1,
                version: d.version,
              },
            ],
      ),
    );
    await createFindingLog(test.pool.loader).append([
      finding({ id: 'a' }),
      finding({
        id: 'b',
        verdict: 'drift',
        value: 4,
        windowStartMs: T0 + HOUR,
        windowEndMs: until,
        onsetMs: T0 + HOUR,
        sentence: 'distance: PSI 4 passed the limit 0.20.',
      }),
      finding({
        id: 'c',
        subject: 'carrier',
        verdict: 'not_enough_data',
        value: null,
        n: 7,
        windowEndMs: until,
        windowStartMs: T0 + HOUR,
      }),
    ]);
    await createLedger(test.pool.loader).record('batch', [
      {
        project,
        minuteMs: Date.UTC(2026, 10, 22, 11, 59),
        signal: 'decisions',
        received: 10,
        stored: 7,
        deduplicated: 1,
        rejected: { invalid: 2 },
        pending: 0,
      },
    ]);
    await test.gates.deploy(
      { project, system: 'flights', version: '1', note: 'first', atMs: T0, by: 'ci', bakeTimeMs: DAY },
      test.clock.nowMs,
    );
    await test.gates.deploy(
      { project, system: 'flights', version: '2', note: '', atMs: T0 + HOUR, by: 'ci', bakeTimeMs: DAY },
      test.clock.nowMs,
    );
  });

  it('the overview stands where the data ends, and says so', async () => {
    const seen = await get('/overview', overview);
    expect(seen.hasData).toBe(true);
    expect(seen.tiles.decisions.total).toBe(120);
    expect(seen.freshness.range).toMatchObject({
      to: new Date(until - MINUTE + 1).toISOString(),
      anchoredOnData: true,
    });
    expect(seen.tiles.slosAtRisk).toMatchObject({ atRisk: 1, total: 1, soonestExhaustionMs: 0 });
    const sum = seen.tiles.decisions.series.columns
      .flatMap((column) => column.values)
      .reduce((a: number, b) => a + (b ?? 0), 0);
    expect(sum).toBe(120);
    expect(seen.attention.map((one) => one.kind)).toEqual(['slo', 'drift']);
    expect(seen.systems[0]).toMatchObject({
      system: 'flights',
      servingVersion: '2',
      decisions: 120,
      driftedFeatures: 1,
      watchedFeatures: 2,
      reviewShare: 1 / 3,
    });
    expect(seen.changes.map((one) => one.kind)).toContain('deploy');
    const wallClock = await get('/overview?from=now-1h', overview);
    expect(wallClock.tiles.decisions.total).toBe(0);
    expect(wallClock.freshness.range?.anchoredOnData).toBe(false);
  });

  it('a system shows its gate, its versions with their correctness, and its features', async () => {
    const seen = await get('/systems/flights', systemDetail);
    expect(seen.gate).toMatchObject({ servingVersion: '2', route: 'auto' });
    // Of 60 decisions each version held 20 (right), let go 20 (wrong), and asked about 20 (not judged).
    expect(seen.versions).toMatchObject([
      { version: '2', status: 'live', decisions: 60, judged: 40, correctness: 0.5 },
      { version: '1', decisions: 60, judged: 40, correctness: 0.5 },
    ]);
    expect(seen.features.map((row) => [row.feature, row.verdict, row.unit])).toEqual([
      ['distance', 'drift', 'mi'],
      ['carrier', 'not_enough_data', ''],
    ]);
    expect(seen.marks.map((mark) => mark.kind)).toEqual(['deploy', 'deploy']);
    expect(seen.volume.columns.map((column) => column.name)).toEqual([
      'ask',
      'go',
      'hold',
      'version:1',
      'version:2',
    ]);
    expect((await test.ask('/api/v1/systems/unheard', { headers })).status).toBe(404);
  });

  it('the heat map lines features up with time', async () => {
    const map = await get('/systems/flights/heatmap', heatmap);
    expect(map).toMatchObject({
      monitor: 'flights-drift',
      statistic: 'psi',
      limit: 0.2,
      stepMs: HOUR,
      t: [T0, T0 + HOUR],
      features: ['distance', 'carrier'],
    });
    expect(map.cells).toEqual([
      [
        { value: 0.01, verdict: 'ok', n: 60 },
        { value: 4, verdict: 'drift', n: 60 },
      ],
      [null, { value: null, verdict: 'not_enough_data', n: 7 }],
    ]);
    expect((await test.ask('/api/v1/systems/flights/heatmap?monitor=none', { headers })).status).toBe(404);
  });

  it('a distribution lays both sides over the same bins', async () => {
    const { bins, moments, statistics, ...seen } = await get(
      '/systems/flights/features/distance/distribution',
      distribution,
    );
    expect(seen).toMatchObject({ kind: 'numeric', unit: 'mi', reference: { n: 60 }, current: { n: 60 } });
    expect(bins.reduce((sum, bin) => sum + bin.reference, 0)).toBeCloseTo(1, 9);
    expect(bins.reduce((sum, bin) => sum + bin.current, 0)).toBeCloseTo(1, 9);
    expect(moments.reference).toEqual({ mean: 100, sd: 0, min: 100, max: 100 });
    expect(moments.current).toEqual({ mean: 161, sd: 0, min: 161, max: 161 });
    expect(statistics).toEqual([{ name: 'psi', value: 4, limit: 0.2 }]);
    const unknown = await get('/systems/flights/features/nobody/distribution', distribution);
    expect(unknown).toMatchObject({ bins: [], current: { n: 0 }, moments: { current: { mean: null } } });
  });

  it('an SLO counts, burns, and says when the budget is gone', async () => {
    const { rows: list } = await get('/slos', rows(sloRow));
    // 80 judged, 40 right; a tenth may be wrong, so 8 may and 40 are: (40/80)/0.1 = 5 times the budget.
    expect(list[0]).toMatchObject({
      name: 'flights-right',
      good: 40,
      total: 80,
      badAllowed: 8,
      badSpent: 40,
      attained: 0.5,
      exhaustionMs: 0,
      inWords: '90 % of judged decisions are correct over 30d',
    });
    expect(list[0]?.budgetRemaining).toBeCloseTo(-4, 12);
    expect(list[0]?.burn.h6).toBeCloseTo(5, 12);
    const slo = await get('/slos/flights-right', sloDetail);
    // At 30 d: 14.4, 6, 3, 1. A rate of 5 passes the last two only; the hour holds 40 events.
    expect(slo.pairs.map((pair) => [pair.factor, pair.firing])).toEqual([
      [14.4, false],
      [6, false],
      [3, true],
      [1, true],
    ]);
    expect(slo.verdict).toBe('burning');
    expect(slo.burnDown.columns[0]?.values.at(-1)).toBeCloseTo(-4, 9);
    expect(slo.burnDown.t.length).toBeLessThanOrEqual(301);
    expect(slo.forecast).toContain('spent');
    expect(slo.definition).toContain('flights-right');
    const bad = slo.burnRate.columns.find((column) => column.name === 'bad')?.values ?? [];
    expect(bad.reduce((a: number, b) => a + (b ?? 0), 0)).toBe(40);
    expect((await test.ask('/api/v1/slos/unheard', { headers })).status).toBe(404);
  });

  it('decisions are listed, narrowed and counted', async () => {
    const list = await get('/decisions?limit=50', decisionList);
    expect(list.total).toBe(120);
    expect(list.rows).toHaveLength(50);
    const next = await get(`/decisions?limit=200&cursor=${list.next}`, decisionList);
    expect(next.rows).toHaveLength(70);
    expect(next.next).toBeNull();
    const wrong = await get('/decisions?correct=false&value=go&value=hold', decisionList);
    expect(wrong.total).toBe(40);
    const seen = await get('/decisions/facets?value=go', facets);
    const values = seen.facets.find((facet) => facet.name === 'value')?.values;
    // What else could be chosen stays in sight.
    expect(values?.map((one) => one.count)).toEqual([40, 40, 40]);
    expect(seen.facets.find((facet) => facet.name === 'version')?.values).toEqual([
      { value: '1', count: 20 },
      { value: '2', count: 20 },
    ]);
  });

  it('one decision is shown from source to outcome', async () => {
    const one = await get('/decisions/f-90', decisionDetail);
    expect(one).toMatchObject({ value: 'hold', correct: true, outcome: 'late', copies: 1 });
    expect(
      one.features.map((feature) => [feature.name, feature.value, feature.referenceRank, feature.drifted]),
    ).toEqual([
      ['distance', 161, 1, true],
      ['carrier', 'AA', null, false],
      ['wind', null, null, false],
    ]);
    expect(one.spans.map((span) => [span.name, span.kind, span.status])).toEqual([
      ['decide', 'server', 'ok'],
    ]);
    const ids = new Set(one.lineage.nodes.map((node) => node.id));
    expect([...ids]).toEqual(
      expect.arrayContaining([
        'upstream:f-1',
        'trace',
        'feature:distance',
        'model',
        'policy',
        'decision',
        'outcome:0',
      ]),
    );
    for (const edge of one.lineage.edges) expect(ids.has(edge.from) && ids.has(edge.to)).toBe(true);
    expect((await test.ask('/api/v1/decisions/unheard', { headers })).status).toBe(404);
  });

  it('the ledger folds what is stored with what is pending, and balances', async () => {
    const seen = await get('/ledger', ledger);
    expect(seen.rows).toEqual([
      {
        minute: '2026-11-22T11:59:00.000Z',
        signal: 'decisions',
        received: 13,
        stored: 7,
        rejected: { invalid: 2 },
        deduplicated: 1,
        pending: 3,
        overwritten: 0,
        balances: true,
      },
    ]);
    expect(seen.totals).toEqual({
      received: 13,
      stored: 7,
      rejected: 2,
      deduplicated: 1,
      pending: 3,
      overwritten: 0,
      balances: true,
    });
    expect(seen.refusals).toHaveLength(1);
  });

  it('findings are filtered', async () => {
    const { rows: drifted } = await get('/findings?verdict=drift', rows(findingRow));
    expect(drifted.map((row) => row.id)).toEqual(['b']);
    const { rows: early } = await get(`/findings?to=${T0 + HOUR + 1}&subject=distance`, rows(findingRow));
    expect(early.map((row) => row.id)).toEqual(['a']);
  });
});
