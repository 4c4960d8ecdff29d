import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { onClickhouse, type Running, startCollector } from './support.ts';

const CASES = (['json', 'protobuf'] as const).flatMap((encoding) =>
  (['none', 'gzip'] as const).map((compression) => ({ encoding, compression })),
);
const TRACE_ID = '5b8efff798038103d269b633813fc60c';
const SPAN_ID = 'eee19b7ec3c1b174';

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector(onClickhouse(pool));
});

const rowsOf = (view: string, scope: string, columns: string): Promise<unknown[]> =>
  pool.api.query({
    sql: `SELECT ${columns} FROM ${view} WHERE ScopeName = {scope:String}`,
    params: { scope },
  });
/** The exporter's enum has these two values; the package does not export it. */
const optionsFor = (path: string, compression: string) => ({
  url: `${running.url}${path}`,
  compression: compression as never,
});

describe('an unmodified OpenTelemetry SDK', () => {
  it.each(CASES)('lands its logs, $encoding with $compression', async ({ encoding, compression }) => {
    const Exporter = encoding === 'json' ? JsonLogs : ProtobufLogs;
    const exporter = new Exporter(optionsFor('/v1/logs', compression));
    const logger = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
    const scope = `logs-${encoding}-${compression}`;
    const inTrace = trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 });
    logger.getLogger(scope, '2.0').emit({
      body: 'held the gate',
      severityNumber: 9,
      severityText: 'INFO',
      timestamp: new Date('2026-03-01T10:00:00.123Z'),
      attributes: { hub: 'ORD', wait: 12.5, held: true, gates: ['B1', 'B2'] },
      context: inTrace,
    });
    await logger.shutdown();
    await running.drained();
    const columns = `toString(Timestamp) AS time, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, Body,
      ScopeVersion, LogAttributes`;
    expect(await rowsOf('otel_logs', scope, columns)).toEqual([
      {
        time: '2026-03-01 10:00:00.123000000',
        TraceId: TRACE_ID,
        SpanId: SPAN_ID,
        TraceFlags: 1,
        SeverityText: 'INFO',
        SeverityNumber: 9,
        Body: 'held the gate',
        ScopeVersion: '2.0',
        LogAttributes: {
          hub: 'ORD',
          wait: '12.5',
          held: 'true',
          gates: '{"arrayValue":{"values":[{"stringValue":"B1"},{"stringValue":"B2"}]}}',
        },
      },
    ]);
  });

  it.each(CASES)('lands its metrics, $encoding with $compression', async ({ encoding, compression }) => {
    const Exporter = encoding === 'json' ? JsonMetrics : ProtobufMetrics;
    const exporter = new Exporter(optionsFor('/v1/metrics', compression));
    const provider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter })],
      views: [
        { instrumentName: 'size', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
        {
          instrumentName: 'wait',
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, 5] } },
        },
      ],
    });
    const scope = `metrics-${encoding}-${compression}`;
    const meter = provider.getMeter(scope, '2.0');
    meter.createCounter('flights', { unit: '{flight}', description: 'Held.' }).add(3, { hub: 'ORD' });
    meter.createUpDownCounter('waiting').add(-2.5);
    meter.createGauge('load').record(0.75);
    const wait = meter.createHistogram('wait');
    for (const minutes of [0.5, 3, 4, 9]) wait.record(minutes);
    const size = meter.createHistogram('size');
    for (const seats of [1, 2, 4]) size.record(seats);
    await provider.shutdown();
    context.disable();
    await running.drained();

    const sums = await rowsOf(
      'otel_metrics_sum',
      scope,
      'MetricName, MetricUnit, MetricDescription, Value, IsMonotonic, AggregationTemporality, Attributes',
    );
    expect(sums).toContainEqual({
      MetricName: 'flights',
      MetricUnit: '{flight}',
      MetricDescription: 'Held.',
      Value: 3,
      IsMonotonic: true,
      AggregationTemporality: 2,
      Attributes: { hub: 'ORD' },
    });
    expect(sums).toContainEqual(
      expect.objectContaining({ MetricName: 'waiting', Value: -2.5, IsMonotonic: false }),
    );
    expect(await rowsOf('otel_metrics_gauge', scope, 'MetricName, Value')).toEqual([
      { MetricName: 'load', Value: 0.75 },
    ]);
    const histogram = 'MetricName, Count, Sum, Min, Max, BucketCounts, ExplicitBounds';
    expect(await rowsOf('otel_metrics_histogram', scope, histogram)).toEqual([
      {
        MetricName: 'wait',
        Count: '4',
        Sum: 16.5,
        Min: 0.5,
        Max: 9,
        BucketCounts: ['1', '2', '1'],
        ExplicitBounds: [1, 5],
      },
    ]);
    const counted = 'MetricName, Count, Sum, arraySum(PositiveBucketCounts) AS positive';
    expect(await rowsOf('otel_metrics_exponential_histogram', scope, counted)).toEqual([
      { MetricName: 'size', Count: '3', Sum: 7, positive: '3' },
    ]);
  });
});
