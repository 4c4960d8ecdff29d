import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { beforeAll, describe, expect, it } from 'vitest';
import { contractSpec } from '../../model/documents/contract.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { contractsOf, onClickhouse, postJson, type Running, startCollector } from './support.ts';

const TRACE = '5b8efff798038103d269b633813fc60c';
const SPAN = 'eee19b7ec3c1b174';
const AT = new Date('2026-03-01T10:00:00.123Z');
const IN_SPAN = trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE, spanId: SPAN, traceFlags: 1 });

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  const contract = contractSpec.parse({
    system: 'masked',
    features: { provider: { mask: { kind: 'drop' } } },
    detect: ['email'],
  });
  running = await startCollector({ ...onClickhouse(pool), contracts: contractsOf(contract) });
});

type Event = Parameters<ReturnType<LoggerProvider['getLogger']>['emit']>[0];
/** By the unmodified SDK, as an instrumentation emits events. */
async function emit(service: string, ...events: readonly Event[]): Promise<void> {
  const exporter = new OTLPLogExporter({ url: `${running.url}/v1/logs` });
  const logger = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    processors: [new BatchLogRecordProcessor({ exporter })],
  });
  for (const event of events)
    logger.getLogger('events').emit({ timestamp: AT, observedTimestamp: AT, ...event });
  await logger.shutdown();
  await running.drained();
}

const decisionsOf = (system: string): Promise<Record<string, unknown>[]> =>
  pool.api.query({
    sql: `SELECT decision_id AS id, value, policy, policy_version AS version, cat, toUnixTimestamp64Milli(time) AS atMs,
        lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span
      FROM decisions WHERE system = {system:String} ORDER BY value`,
    params: { system },
  });
const outcomesOf = (system: string): Promise<Record<string, unknown>[]> =>
  pool.api.query({
    sql: 'SELECT decision_id AS id, toString(kind) AS kind, value, by, note FROM outcomes WHERE system = {system:String} ORDER BY by',
    params: { system },
  });
const logsOf = async (service: string): Promise<number> => {
  const [row] = await pool.api.query<{ n: number }>({
    sql: 'SELECT toFloat64(count()) AS n FROM logs WHERE service = {service:String}',
    params: { service },
  });
  return row?.n ?? 0;
};

const flag = (more: Record<string, string> = {}): Event => ({
  eventName: 'feature_flag.evaluation',
  context: IN_SPAN,
  attributes: {
    'feature_flag.key': 'gate-hold',
    'feature_flag.result.variant': 'on',
    'feature_flag.result.reason': 'targeting_match',
    'feature_flag.provider.name': 'leeway',
    'feature_flag.version': '7',
    ...more,
  },
});

describe('events that come as log records', () => {
  it('a flag that was evaluated is a decision, once however often it is sent, and stays a log record', async () => {
    const cold = { ...flag({ 'feature_flag.result.variant': 'off' }), context: ROOT_CONTEXT };
    await emit('flags', flag(), cold);
    await emit('flags', flag(), cold);
    const decisions = await decisionsOf('flags');
    const common = {
      policy: 'gate-hold',
      version: '7',
      cat: { reason: 'targeting_match', provider: 'leeway' },
      atMs: String(AT.getTime()),
      id: expect.stringMatching(/^log-[0-9a-f]{16}$/),
    };
    expect(decisions).toEqual([
      { ...common, value: 'off', trace: '0'.repeat(32), span: '0'.repeat(16) },
      { ...common, value: 'on', trace: TRACE, span: SPAN },
    ]);
    expect(await logsOf('flags')).toBe(2);
  });

  it('an evaluation is an outcome of the decision whose span it belongs to, by event or by OpenInference’s attributes', async () => {
    await emit(
      'judged',
      {
        eventName: 'gen_ai.evaluation.result',
        context: IN_SPAN,
        attributes: {
          'gen_ai.evaluation.name': 'Relevance',
          'gen_ai.evaluation.score.label': 'relevant',
          'gen_ai.evaluation.score.value': 0.9,
          'gen_ai.evaluation.explanation': 'answers what was asked',
        },
      },
      {
        context: IN_SPAN,
        attributes: {
          'evaluations.0.evaluation.name': 'toxicity',
          'evaluations.0.evaluation.label': 'clean',
          'evaluations.0.evaluation.annotator_kind': 'HUMAN',
        },
      },
    );
    const id = `${TRACE}-${SPAN}`;
    expect(await outcomesOf('judged')).toEqual([
      { id, kind: 'label', value: 'relevant', by: 'Relevance', note: 'answers what was asked' },
      { id, kind: 'label', value: 'clean', by: 'toxicity', note: '' },
    ]);
    expect(await decisionsOf('judged')).toEqual([]);
  });

  it('without a span the response’s id names the decision; without either it is refused by name, and the record kept', async () => {
    const attributes = {
      'gen_ai.evaluation.name': 'Relevance',
      'gen_ai.evaluation.score.label': 'relevant',
    };
    const event = { eventName: 'gen_ai.evaluation.result', context: ROOT_CONTEXT };
    await emit(
      'unbound',
      { ...event, attributes: { ...attributes, 'gen_ai.response.id': 'chatcmpl-1' } },
      { ...event, attributes },
      // A score alone says nothing that a label could.
      { ...event, attributes: { 'gen_ai.evaluation.name': 'Tone', 'gen_ai.evaluation.score.value': 0.2 } },
    );
    expect((await outcomesOf('unbound')).map(({ id }) => id)).toEqual(['chatcmpl-1']);
    expect(await logsOf('unbound')).toBe(3);
    const [refusal] = running.collector.refusals();
    expect(refusal).toMatchObject({ signal: 'outcomes', reason: 'invalid_outcome' });
    expect(refusal?.message).toContain('gen_ai.response.id');
  });

  it('senders that know no event name say it in an attribute', async () => {
    const answer = await postJson(`${running.url}/v1/logs`, {
      resourceLogs: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'older' } }] },
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: `${AT.getTime()}000000`,
                  traceId: TRACE,
                  spanId: SPAN,
                  attributes: [
                    { key: 'event.name', value: { stringValue: 'feature_flag.evaluation' } },
                    { key: 'feature_flag.key', value: { stringValue: 'k' } },
                    { key: 'feature_flag.result.value', value: { boolValue: true } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
    expect(answer.status).toBe(200);
    await running.drained();
    expect((await decisionsOf('older')).map(({ value, policy }) => [value, policy])).toEqual([['true', 'k']]);
  });

  it('are masked by the contract of the system that they name, whatever their service', async () => {
    await emit(
      'any-service',
      flag({ 'leeway.decision.system': 'masked', 'feature_flag.result.reason': 'asked by eve@example.org' }),
    );
    expect((await decisionsOf('masked')).map(({ cat }) => cat)).toEqual([{ reason: 'asked by [email]' }]);
  });
});
