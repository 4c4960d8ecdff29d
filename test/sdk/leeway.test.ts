import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDecisions, createOutcomes } from '../../sdk/index.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { onClickhouse, type Running, startCollector } from '../collector/support.ts';
import { freshClickhouse } from '../support/stores.ts';

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector(onClickhouse(pool));
});

describe('what the SDK sends arrives in Leeway', () => {
  it('as a decision, and its outcome after it', async () => {
    const exporter = new OTLPTraceExporter({ url: `${running.url}/v1/traces` });
    const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
    const { decision } = createDecisions({ tracer: provider.getTracer('service') });
    const d = decision('credit-risk', { model: { name: 'scorecard', version: 'v12' }, weight: 2 });
    d.features({ amount: 1200, region: 'north', returning: false, income: null }).segments({
      channel: 'web',
    });
    d.score(0.83, 0.9).policy('credit', '7').by('both', 'review').upstream('fraud-1').value('approve').end();
    await provider.shutdown();

    await using outcomes = createOutcomes({ url: running.url });
    outcomes.outcome({
      decisionId: d.id,
      system: 'credit-risk',
      value: 'decline',
      time: new Date(1_790_000_000_000),
    });
    outcomes.outcome({ decisionId: '', system: 'credit-risk', value: 'decline' });
    expect(await outcomes.flush()).toEqual({ accepted: 1, rejected: 1, dropped: 0, waiting: 0 });
    await running.drained();

    const decisions = await pool.api.query({
      sql: `SELECT decision_id, system, value, actor, model, model_version, policy, policy_version, score, confidence,
        route, weight, num, cat, missing, segments, upstream FROM decisions`,
    });
    expect(decisions).toEqual([
      {
        decision_id: d.id,
        system: 'credit-risk',
        value: 'approve',
        actor: 'both',
        model: 'scorecard',
        model_version: 'v12',
        policy: 'credit',
        policy_version: '7',
        score: 0.83,
        confidence: 0.9,
        route: 'review',
        weight: 2,
        num: { amount: 1200 },
        cat: { region: 'north', returning: 'false' },
        missing: ['income'],
        segments: { channel: 'web' },
        upstream: ['fraud-1'],
      },
    ]);
    const rows = await pool.api.query({ sql: 'SELECT decision_id, kind, value FROM outcomes' });
    expect(rows).toEqual([{ decision_id: d.id, kind: 'label', value: 'decline' }]);
  });

  it('waits in a bounded queue while Leeway is away, and leaves it when Leeway is back', async () => {
    let away = true;
    const outcomes = createOutcomes({
      url: running.url,
      queueSize: 3,
      flushMs: 60_000,
      fetch: (url, init) => (away ? Promise.resolve(new Response('', { status: 503 })) : fetch(url, init)),
    });
    for (let i = 0; i < 5; i++) outcomes.outcome({ decisionId: `d${i}`, system: 'queue', value: 'yes' });
    expect(await outcomes.flush()).toEqual({ accepted: 0, rejected: 0, dropped: 2, waiting: 3 });
    away = false;
    expect(await outcomes.flush()).toEqual({ accepted: 3, rejected: 0, dropped: 2, waiting: 0 });
    await outcomes[Symbol.asyncDispose]();
  });
});
