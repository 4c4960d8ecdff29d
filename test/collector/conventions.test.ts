import { beforeAll, describe, expect, it } from 'vitest';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { jsonOf, onClickhouse, postJson, type Running, startCollector } from './support.ts';

const TRACE = '5b8efff798038103d269b633813fc60c';
const START_NS = 1_772_359_200_000_000_000n;
let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector(onClickhouse(pool));
});

const anyValue = (value: unknown): object =>
  Array.isArray(value)
    ? { arrayValue: { values: value.map(anyValue) } }
    : typeof value === 'number'
      ? Number.isInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value }
      : { stringValue: String(value) };
const attributes = (record: Record<string, unknown>): object[] =>
  Object.entries(record).map(([key, value]) => ({ key, value: anyValue(value) }));
type Event = { readonly name: string; readonly attributes: Record<string, unknown> };

let next = 0;
/** Sends one span as its instrumentation does, and gives the id its decision would have. */
async function send(
  service: string,
  own: Record<string, unknown>,
  events: readonly Event[] = [],
): Promise<string> {
  next += 1;
  const spanId = next.toString(16).padStart(16, '0');
  const answer = await postJson(`${running.url}/v1/traces`, {
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': service }) },
        scopeSpans: [
          {
            spans: [
              {
                traceId: TRACE,
                spanId,
                name: 'x',
                startTimeUnixNano: String(START_NS),
                endTimeUnixNano: String(START_NS + 250_000_000n),
                attributes: attributes(own),
                events: events.map((event) => ({
                  timeUnixNano: String(START_NS + 5_000_000n),
                  name: event.name,
                  attributes: attributes(event.attributes),
                })),
              },
            ],
          },
        ],
      },
    ],
  });
  expect(jsonOf(answer)).toEqual({});
  await running.drained();
  return `${TRACE}-${spanId}`;
}
const decisionsOf = (system: string): Promise<Record<string, unknown>[]> =>
  pool.api.query({
    sql: `SELECT decision_id AS id, value, model, model_version AS version, policy, policy_version AS policyVersion, num, cat,
        toFloat64(latency_ns) / 1e6 AS latencyMs, toString(source) AS source
      FROM decisions WHERE system = {system:String} ORDER BY decision_id`,
    params: { system },
  });
const outcomesOf = (system: string): Promise<Record<string, unknown>[]> =>
  pool.api.query({
    sql: 'SELECT decision_id AS id, toString(kind) AS kind, value, by, note FROM outcomes WHERE system = {system:String} ORDER BY by',
    params: { system },
  });

describe('instrumentation as it is', () => {
  it('gen_ai: a chat decides how it ends, with model, tokens and evaluations', async () => {
    const id = await send(
      'assistant',
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.response.model': 'gpt-4o-2024-08-06',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 100,
        'gen_ai.usage.output_tokens': 180,
        'gen_ai.request.temperature': 0.5,
      },
      [
        {
          name: 'gen_ai.evaluation.result',
          attributes: {
            'gen_ai.evaluation.name': 'Relevance',
            'gen_ai.evaluation.score.label': 'relevant',
            'gen_ai.evaluation.score.value': 0.75,
            'gen_ai.evaluation.explanation': 'it answers what was asked',
          },
        },
      ],
    );
    expect(await decisionsOf('assistant')).toEqual([
      {
        id,
        value: 'stop',
        model: 'openai',
        version: 'gpt-4o-2024-08-06',
        policy: '',
        policyVersion: '',
        num: { input_tokens: 100, output_tokens: 180, temperature: 0.5, 'evaluation.Relevance': 0.75 },
        cat: { operation: 'chat' },
        latencyMs: 250,
        source: 'otlp',
      },
    ]);
    expect(await outcomesOf('assistant')).toEqual([
      { id, kind: 'label', value: 'relevant', by: 'Relevance', note: 'it answers what was asked' },
    ]);
  });

  it('gen_ai: which tool is called is a decision; embeddings decide nothing', async () => {
    await send('tools', { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'refund' });
    await send('tools', { 'gen_ai.operation.name': 'embeddings', 'gen_ai.request.model': 'e' });
    expect((await decisionsOf('tools')).map(({ value }) => value)).toEqual(['refund']);
  });

  it('OpenInference: a short answer is a decision, prose is none; its evaluations are outcomes', async () => {
    const id = await send('guard', {
      'openinference.span.kind': 'GUARDRAIL',
      'output.value': 'block',
      'llm.model_name': 'guard-2',
      'llm.token_count.prompt': 12,
      'evaluations.0.evaluation.name': 'correctness',
      'evaluations.0.evaluation.label': 'incorrect',
      'annotations.0.annotation.name': 'reviewer',
      'annotations.0.annotation.score': 0.5,
    });
    await send('guard', { 'openinference.span.kind': 'LLM', 'output.value': 'A long answer. '.repeat(9) });
    await send('guard', { 'openinference.span.kind': 'RETRIEVER', 'output.value': 'x' });
    expect(await decisionsOf('guard')).toMatchObject([
      {
        id,
        value: 'block',
        version: 'guard-2',
        num: { input_tokens: 12, 'evaluation.reviewer': 0.5 },
        cat: { span_kind: 'GUARDRAIL' },
      },
    ]);
    expect(await outcomesOf('guard')).toMatchObject([{ id, value: 'incorrect', by: 'correctness' }]);
  });

  it('feature flags: each evaluation on a span is a decision of its own', async () => {
    const id = await send('shop', {}, [
      {
        name: 'feature_flag.evaluation',
        attributes: {
          'feature_flag.key': 'new-checkout',
          'feature_flag.result.variant': 'on',
          'feature_flag.result.reason': 'targeting_match',
          'feature_flag.version': 'v7',
        },
      },
      { name: 'exception', attributes: { 'exception.message': 'feature_flag' } },
    ]);
    expect(await decisionsOf('shop')).toMatchObject([
      {
        id: `${id}-0`,
        value: 'on',
        policy: 'new-checkout',
        policyVersion: 'v7',
        cat: { reason: 'targeting_match' },
      },
    ]);
  });

  it('our own convention goes first, and may be evaluated too', async () => {
    await send(
      'desk',
      {
        'leeway.decision.value': 'grant',
        'leeway.decision.id': 'loan-1',
        'leeway.decision.system': 'loans',
        'gen_ai.operation.name': 'chat',
        'gen_ai.response.finish_reasons': ['stop'],
      },
      [
        {
          name: 'gen_ai.evaluation.result',
          attributes: { 'gen_ai.evaluation.name': 'audit', 'gen_ai.evaluation.score.label': 'refuse' },
        },
      ],
    );
    expect((await decisionsOf('loans')).map(({ id, value }) => [id, value])).toEqual([['loan-1', 'grant']]);
    expect(await decisionsOf('desk')).toEqual([]);
    expect(await outcomesOf('loans')).toMatchObject([{ id: 'loan-1', value: 'refuse', by: 'audit' }]);
  });
});

describe('POST /v1/rulings', () => {
  it('takes outcomes that are rulings without saying so, and none that say otherwise', async () => {
    const ruling = {
      decisionId: 'r-1',
      system: 'ruled',
      time: '2026-03-01T10:00:00Z',
      value: 'refuse',
      by: 'eve',
    };
    const answer = await postJson(`${running.url}/v1/rulings`, [ruling, { ...ruling, kind: 'label' }]);
    expect(jsonOf(answer)).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, reason: 'invalid_outcome' }],
    });
    await running.drained();
    expect(await outcomesOf('ruled')).toEqual([
      { id: 'r-1', kind: 'ruling', value: 'refuse', by: 'eve', note: '' },
    ]);
  });
});
