import { context, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { onClickhouse, type Running, startCollector } from './support.ts';

const EXPORTERS = { json: JsonExporter, protobuf: ProtobufExporter } as const;
const CASES = (['json', 'protobuf'] as const).flatMap((encoding) =>
  (['none', 'gzip'] as const).map((compression) => ({ encoding, compression })),
);

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector(onClickhouse(pool));
});

/** What a deciding service does: one span of work, and in it the span that is the decision. */
async function decideOnce(
  serviceName: string,
  encoding: keyof typeof EXPORTERS,
  compression: 'none' | 'gzip',
) {
  const Exporter = EXPORTERS[encoding];
  const traceExporter = new Exporter({
    url: `${running.url}/v1/traces`,
    // The exporter's enum has these two values; the package does not export it.
    compression: compression as never,
  });
  const sdk = new NodeSDK({ serviceName, traceExporter, instrumentations: [], autoDetectResources: false });
  sdk.start();
  const tracer = trace.getTracer('flights', '1.2.3');
  const work = tracer.startSpan('work');
  const start = new Date('2026-03-01T10:00:00.123Z');
  const decision = tracer.startSpan(
    'decide',
    {
      startTime: start,
      attributes: {
        'leeway.decision.value': 'hold',
        'leeway.decision.actor': 'both',
        'leeway.decision.model.name': 'lateness',
        'leeway.decision.model.version': '2',
        'leeway.decision.policy.name': 'hold-policy',
        'leeway.decision.policy.version': '7',
        'leeway.decision.score': 0.71,
        'leeway.decision.confidence': 1,
        'leeway.decision.route': 'review',
        'leeway.decision.weight': 2.5,
        'leeway.decision.upstream': ['up-1', 'up-2'],
        'leeway.decision.feature.distance': 733,
        'leeway.decision.feature.lateness': 12.5,
        'leeway.decision.feature.origin': 'ORD',
        'leeway.decision.feature.rebooked': true,
        'leeway.decision.features.missing': ['weather'],
        'leeway.decision.segment.region': 'midwest',
        attempts: 3,
      },
    },
    trace.setSpan(context.active(), work),
  );
  decision.addEvent('asked', { why: 'storm' }, start);
  decision.end(new Date('2026-03-01T10:00:00.148Z'));
  work.end();
  await sdk.shutdown();
  // The API keeps the first provider it was given; the next case brings its own.
  trace.disable();
  context.disable();
  propagation.disable();
  const { traceId, spanId } = decision.spanContext();
  return { traceId, spanId, parentSpanId: work.spanContext().spanId };
}

describe('an unmodified OpenTelemetry SDK', () => {
  it.each(CASES)(
    'lands its decision and its spans, $encoding with $compression',
    async ({ encoding, compression }) => {
      const service = `svc-${encoding}-${compression}`;
      const { traceId, spanId, parentSpanId } = await decideOnce(service, encoding, compression);
      await running.drained();

      const [decision] = await pool.api.query({
        sql: `SELECT decision_id, toString(time) AS time, value, actor, model, model_version, policy, policy_version, score,
          confidence, route, weight, latency_ns, num, cat, missing, segments, upstream, lower(hex(trace_id)) AS trace, source
        FROM decisions WHERE system = {service:String}`,
        params: { service },
      });
      expect(decision).toEqual({
        decision_id: `${traceId}-${spanId}`,
        time: '2026-03-01 10:00:00.123000000',
        value: 'hold',
        actor: 'both',
        model: 'lateness',
        model_version: '2',
        policy: 'hold-policy',
        policy_version: '7',
        score: 0.71,
        confidence: 1,
        route: 'review',
        weight: 2.5,
        latency_ns: '25000000',
        num: { distance: 733, lateness: 12.5 },
        cat: { origin: 'ORD', rebooked: 'true' },
        missing: ['weather'],
        segments: { region: 'midwest' },
        upstream: ['up-1', 'up-2'],
        trace: traceId,
        source: 'otlp',
      });

      const spans = await pool.api.query({
        sql: `SELECT name, lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent, scope_name, scope_version,
          attr_int['attempts'] AS attempts, resource['service.name'] AS service, events
        FROM spans WHERE service = {service:String} ORDER BY name`,
        params: { service },
      });
      expect(spans).toEqual([
        {
          name: 'decide',
          span: spanId,
          parent: parentSpanId,
          scope_name: 'flights',
          scope_version: '1.2.3',
          attempts: '3',
          service,
          events:
            '[{"timeUnixNano":"1772359200123000000","name":"asked","attributes":[{"key":"why","value":{"stringValue":"storm"}}]}]',
        },
        {
          name: 'work',
          span: parentSpanId,
          parent: '0000000000000000',
          scope_name: 'flights',
          scope_version: '1.2.3',
          attempts: '0',
          service,
          events: '',
        },
      ]);
    },
  );
});
