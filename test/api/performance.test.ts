import { describe, expect, it } from 'vitest';
import { explanation } from '../../api/contract/explain.ts';
import { performance } from '../../api/contract/performance.ts';
import type { DocumentInput } from '../../model/documents/document.ts';
import type { Finding } from '../../model/finding.ts';
import { DEFAULT_PROJECT, documentName, systemName } from '../../model/ids.ts';
import { createFindingLog } from '../../store/clickhouse/findings.ts';
import { decisionRow } from '../analyzers/support/rows.ts';
import { bearer, openApi } from './support/app.ts';

const test = await openApi();
const headers = bearer(await test.token());
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 10, 20);
const get = async (path: string, more: Record<string, string> = {}) =>
  test.ask(`/api/v1${path}`, { headers: { ...headers, ...more } });

const finding = (part: Partial<Finding> & Pick<Finding, 'statistic' | 'evidence'>): Finding => ({
  id: `${part.statistic}-${part.segment ?? ''}-${part.windowEndMs ?? T0}`,
  project: DEFAULT_PROJECT,
  system: systemName.parse('credit'),
  monitor: documentName.parse('right'),
  kind: 'performance',
  subject: '@accuracy',
  modelVersion: '',
  segment: '',
  verdict: 'ok',
  severity: 'log',
  value: 0.9,
  limit: 0.85,
  n: 500,
  nReference: 900,
  onsetMs: null,
  windowStartMs: T0 - DAY,
  windowEndMs: T0,
  evaluatedAtMs: T0,
  sentence: 'accuracy is 90.0 %.',
  ...part,
});

describe('the performance of a system', () => {
  it('is asked for without a monitor: the answer says what to do', async () => {
    const answer = await get('/systems/credit/performance');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ help: 'Apply a Monitor document with kind: performance.' });
  });

  it('is told from findings: the worst first, its history, segments, fairness, maturity and coverage', async () => {
    const monitor = {
      apiVersion: 'leeway.dev/v1',
      kind: 'Monitor',
      metadata: { name: 'right' },
      spec: {
        kind: 'performance',
        system: 'credit',
        window: '1d',
        bounds: { accuracy: 0.85 },
        task: { kind: 'binary', positive: ['bad'] },
      },
    } as DocumentInput;
    await test.documents.apply(DEFAULT_PROJECT, [monitor], 'test', 0);
    await test.pool.loader.insertRows('decisions', [
      decisionRow({ project: DEFAULT_PROJECT, system: 'credit', id: 'x', timeMs: T0 }),
    ]);
    const cohort = (day: number) => ({ fromMs: T0 + (day - 1) * DAY, toMs: T0 + day * DAY });
    const measure = (value: number) => ({ value, low: value - 0.02, high: value + 0.02, n: 500 });
    const coverage = { windows: 20, held: 19, share: 0.95, meanError: 0.004, isBad: false };
    const maturity = [{ afterMs: DAY, share: 0.8, low: 0.78, high: 0.82 }];
    await createFindingLog(test.pool.api).append([
      finding({
        statistic: 'accuracy',
        evidence: { kind: 'realised', task: 'binary', cohort: cohort(-1), measure: measure(0.9) },
        windowEndMs: T0 - DAY,
      }),
      finding({
        statistic: 'accuracy',
        verdict: 'breach',
        severity: 'page',
        value: 0.8,
        sentence: 'accuracy is 80.0 %, ten points worse.',
        evidence: {
          kind: 'realised',
          task: 'binary',
          cohort: cohort(0),
          measure: measure(0.8),
          reference: measure(0.9),
          maturity,
          picture: {
            reliability: [{ from: 0.5, n: 100, stated: 0.55, happened: 0.7 }],
            brier: { score: 0.1, reliability: 0.01, resolution: 0.1, uncertainty: 0.2 },
          },
          cost: { unit: 'EUR', own: null, before: null, change: { amount: 1_200, low: 800, high: 1_600 } },
        },
      }),
      finding({
        statistic: 'accuracy',
        segment: 'region=north',
        value: 0.7,
        evidence: { kind: 'realised', cohort: cohort(0), measure: measure(0.7) },
      }),
      finding({
        ...{ statistic: 'accuracy', segment: 'region=south', verdict: 'not_enough_data', value: null, n: 4 },
        evidence: { kind: 'realised', cohort: cohort(0) },
      }),
      finding({
        statistic: 'estimated_accuracy',
        value: 0.89,
        evidence: {
          kind: 'estimated',
          cohort: cohort(0),
          measure: measure(0.89),
          coverage,
          splitBy: 'region',
          outside: { share: 0.2, groups: [] },
          assumption: 'broken',
        },
      }),
      finding({
        statistic: 'equal_opportunity',
        subject: '@fairness:region',
        value: 0.12,
        limit: 0.1,
        evidence: { kind: 'fairness', gap: { low: 0.05, high: 0.19 } },
      }),
    ]);
    const answer = await get(`/systems/credit/performance?from=${T0 - 10 * DAY}&to=${T0 + DAY}`);
    const found = performance.parse(await answer.json());
    expect(found).toMatchObject({
      monitor: 'right',
      task: 'binary',
      verdict: 'breach',
      sentence: 'accuracy is 80.0 %, ten points worse.',
    });
    expect(found.metrics).toHaveLength(1);
    expect(found.metrics[0]).toMatchObject({ value: 0.8, low: 0.78, reference: 0.9, limit: 0.85 });
    const column = (name: string) => found.history.columns.find((one) => one.name === name)?.values;
    expect(found.history.t).toEqual([T0 - 2 * DAY, T0 - DAY]);
    expect(column('realised')).toEqual([0.9, 0.8]);
    expect(column('estimated')).toEqual([null, 0.89]);
    // What could be judged comes before what could not.
    expect(found.segments).toMatchObject([
      { segment: 'region=north', value: 0.7 },
      { segment: 'region=south', value: null },
    ]);
    expect(found.fairness).toMatchObject([
      { key: 'region', kind: 'equal_opportunity', low: 0.05, high: 0.19 },
    ]);
    expect(found.maturity).toEqual(maturity);
    expect(found.coverage).toEqual(coverage);
    expect(found.estimates).toMatchObject([
      {
        metric: 'accuracy',
        value: 0.89,
        coverage,
        splitBy: 'region',
        outsideShare: 0.2,
        assumption: 'broken',
      },
    ]);
    expect(found.cost).toEqual({ unit: 'EUR', amount: 1_200, low: 800, high: 1_600 });
    expect(found.reliability).toHaveLength(1);
  });
});

describe('labels that stopped', () => {
  it('speak before what was judged, which stays on the screen', async () => {
    await test.documents.apply(
      DEFAULT_PROJECT,
      [
        {
          apiVersion: 'leeway.dev/v1',
          kind: 'Monitor',
          metadata: { name: 'late' },
          spec: {
            kind: 'performance',
            system: 'loans',
            window: '1d',
            bounds: { accuracy: 0.85 },
            task: { kind: 'binary', positive: ['bad'] },
          },
        } as DocumentInput,
      ],
      'test',
      0,
    );
    const of = { system: systemName.parse('loans'), monitor: documentName.parse('late') };
    const measure = { value: 0.9, low: 0.88, high: 0.92, n: 500 };
    const cohort = { fromMs: T0 - 3 * DAY, toMs: T0 - 2 * DAY };
    const brier = { score: 0.1, reliability: 0.01, resolution: 0.1, uncertainty: 0.2 };
    const judged = { kind: 'realised', task: 'binary', cohort, measure };
    await createFindingLog(test.pool.api).append([
      finding({
        ...{ ...of, id: 'l1', statistic: 'accuracy', windowEndMs: T0 - 2 * DAY },
        evidence: { ...judged, picture: { reliability: [], brier } },
      }),
      finding({ ...of, id: 'l2', statistic: 'recall', windowEndMs: T0, evidence: judged }),
      finding({
        ...{ ...of, id: 'l3', statistic: 'accuracy', verdict: 'blind', value: null, windowEndMs: T0 },
        sentence: 'Labels of loans are overdue.',
        evidence: { kind: 'waiting', cohort: { fromMs: T0 - 2 * DAY, toMs: T0 - DAY }, readyAtMs: T0 },
      }),
      // Of the same monitor, and nothing of how right decisions are.
      finding({
        ...{ ...of, id: 'l4', statistic: 'freshness', subject: '@volume', kind: 'quality', verdict: 'blind' },
        ...{ value: null, windowEndMs: T0 + HOUR, sentence: 'Nothing came.', evidence: {} },
      }),
    ]);
    const answer = await get(`/systems/loans/performance?from=${T0 - DAY}&to=${T0 + DAY}`);
    const body = performance.parse(await answer.json());
    expect(body).toMatchObject({ verdict: 'blind', sentence: 'Labels of loans are overdue.', brier });
    // The one that is drawn comes first, however old.
    expect(body.metrics.map(({ metric }) => metric)).toEqual(['accuracy', 'recall']);
    expect(body.history.t).toEqual([]);
  });
});

describe('an explanation over the API', () => {
  it('refuses what it cannot read with the place that is wrong', async () => {
    for (const [where, sentence] of [
      ['yesterday', /a stretch of time/],
      ['now..now-1d', /ends before it begins/],
      ['now-1d..now north', /"north" is not a filter/],
    ] as const) {
      const answer = await get(
        `/systems/credit/explain?where=${encodeURIComponent(where)}&baseline=now-2d..now-1d`,
      );
      expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
        400,
        expect.stringMatching(sentence),
      ]);
    }
    expect(
      (await get('/systems/credit/explain?where=now-1d..now&baseline=now-2d..now-1d&of=everything')).status,
    ).toBe(400);
    expect((await get('/incidents/4711/explain')).status).toBe(404);
  });

  it('names what began upstream before it, as one change where it began together', async () => {
    const project = DEFAULT_PROJECT;
    const cut = T0 + 300 * 10 * 60_000;
    const decisions = Array.from({ length: 600 }, (_, i) => {
      const timeMs = T0 + i * 10 * 60_000;
      const id = String(i);
      const value = i < 300 || i % 2 === 0 ? 'go' : 'ask';
      return [
        decisionRow({ project, system: 'offers', id: `o${id}`, timeMs, value, upstream: [`r${id}`] }),
        decisionRow({ project, system: 'rates', id: `r${id}`, timeMs: timeMs - 1_000, value: 'ok' }),
      ];
    });
    await test.pool.loader.insertRows('decisions', decisions.flat());
    const began = { windowStartMs: cut - 2 * HOUR, windowEndMs: cut - HOUR, onsetMs: cut - 2 * HOUR };
    await createFindingLog(test.pool.api).append(
      (['amount', 'region'] as const).map((subject) =>
        finding({
          ...{ ...began, id: `rates-${subject}`, system: systemName.parse('rates') },
          ...{ kind: 'drift', subject, statistic: 'psi', verdict: 'drift', evidence: {} },
        }),
      ),
    );
    const path = `/systems/offers/explain?where=${cut}..${T0 + 5 * DAY}&baseline=${T0}..${cut}`;
    const { causes } = explanation.parse(await (await get(path)).json());
    expect(causes).toEqual([
      expect.objectContaining({
        at: new Date(cut - 2 * HOUR).toISOString(),
        kind: 'drift',
        label: expect.stringMatching(/^upstream rates: drift of (amount|region) and 1 more began$/),
      }),
    ]);
  });

  it('answers, and tells each step to who asks for lines', async () => {
    await test.pool.loader.insertRows(
      'decisions',
      Array.from({ length: 600 }, (_, i) =>
        decisionRow({
          project: DEFAULT_PROJECT,
          system: 'loans',
          id: `l${i}`,
          timeMs: T0 + i * 10 * 60_000,
          value: i < 300 || i % 2 === 0 ? 'go' : 'ask',
          cat: { branch: i % 3 === 0 ? 'a' : 'b' },
        }),
      ),
    );
    const cut = T0 + 300 * 10 * 60_000;
    const path = `/systems/loans/explain?where=${cut}..${T0 + 5 * DAY}&baseline=${T0}..${cut}`;
    const plain = explanation.parse(await (await get(path)).json());
    // No score was sent: the value whose share moved most is explained, from none to a half.
    expect(plain).toMatchObject({
      baseline: { decisions: 300, mean: plain.target === 'value=go' ? 1 : 0 },
      where: { decisions: 300, mean: 0.5 },
    });
    expect(plain.onset).not.toBeNull();
    expect(Math.abs(Date.parse(plain.onset?.at ?? '') - cut)).toBeLessThan(2 * HOUR);
    const lines = (await (await get(path, { accept: 'application/x-ndjson' })).text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, -1).map((line) => line.progress.done)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(explanation.parse(lines.at(-1).result).target).toBe(plain.target);
  });
});
