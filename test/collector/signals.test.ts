import { beforeAll, describe, expect, it } from 'vitest';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { ledgerBalances } from '../../store/ports/ledger.ts';
import { freshClickhouse } from '../support/stores.ts';
import { jsonOf, onClickhouse, post, postJson, type Running, startCollector } from './support.ts';

/** 2026-03-01T10:00:00Z, and a second before it. */
const TIME = '1772359200000000000';
const START = '1772359199000000000';
const TRACE_ID = '5b8efff798038103d269b633813fc60c';
const SPAN_ID = 'eee19b7ec3c1b174';

let pool: ClickhousePool;
let running: Running;
beforeAll(async () => {
  pool = await freshClickhouse();
  running = await startCollector(onClickhouse(pool));
});

const attribute = (key: string, value: object): object => ({ key, value });
const resourceOf = (service: string): object => ({
  attributes: [attribute('service.name', { stringValue: service })],
});
const scope = { name: 'flights', version: '1.2.3', attributes: [attribute('team', { stringValue: 'ops' })] };

const logsOf = (service: string, ...logRecords: object[]): object => ({
  resourceLogs: [
    {
      resource: resourceOf(service),
      scopeLogs: [{ scope, logRecords, schemaUrl: 'https://example.org/scope' }],
      schemaUrl: 'https://example.org/resource',
    },
  ],
});
const metricsOf = (service: string, ...metrics: object[]): object => ({
  resourceMetrics: [{ resource: resourceOf(service), scopeMetrics: [{ scope, metrics }] }],
});
const gauge = (...dataPoints: object[]): object => ({ name: 'load', unit: '1', gauge: { dataPoints } });

async function rowsOf(table: string, service: string, columns: string): Promise<unknown[]> {
  await running.drained();
  const name = table.startsWith('otel_') ? 'ServiceName' : 'service';
  const sql = `SELECT ${columns} FROM ${table} WHERE ${name} = {service:String} ORDER BY ALL`;
  return await pool.api.query({ sql, params: { service } });
}

describe('logs', () => {
  it('become rows with their types, and the exporter’s names in the view', async () => {
    const sent = await postJson(
      `${running.url}/v1/logs`,
      logsOf('logs-whole', {
        timeUnixNano: TIME,
        observedTimeUnixNano: '1772359200500000000',
        severityNumber: 13,
        severityText: 'WARN',
        body: { stringValue: 'Höhe' },
        traceId: TRACE_ID.toUpperCase(),
        spanId: SPAN_ID,
        flags: 1,
        eventName: 'late',
        attributes: [
          attribute('s', { stringValue: 'a' }),
          attribute('i', { intValue: '-9223372036854775808' }),
          attribute('d', { doubleValue: 0.5 }),
          attribute('b', { boolValue: true }),
          attribute('l', { arrayValue: { values: [{ intValue: 1 }] } }),
        ],
      }),
    );
    expect([sent.status, jsonOf(sent)]).toEqual([200, {}]);
    const columns = `toString(time) AS time, toString(observed_time) AS observed_time, lower(hex(trace_id)) AS trace,
      lower(hex(span_id)) AS span, flags, severity_number, severity_text, event_name, body_kind, body, attr_str, attr_int, attr_num,
      attr_bool, attr_json, resource, resource_schema_url, scope_name, scope_version, scope_attributes, scope_schema_url`;
    expect(await rowsOf('logs', 'logs-whole', columns)).toEqual([
      {
        time: '2026-03-01 10:00:00.000000000',
        observed_time: '2026-03-01 10:00:00.500000000',
        trace: TRACE_ID,
        span: SPAN_ID,
        flags: 1,
        severity_number: 13,
        severity_text: 'WARN',
        event_name: 'late',
        body_kind: 1,
        body: 'Höhe',
        attr_str: { s: 'a' },
        attr_int: { i: '-9223372036854775808' },
        attr_num: { d: 0.5 },
        attr_bool: { b: true },
        attr_json: { l: '{"arrayValue":{"values":[{"intValue":"1"}]}}' },
        resource: { 'service.name': 'logs-whole' },
        resource_schema_url: 'https://example.org/resource',
        scope_name: 'flights',
        scope_version: '1.2.3',
        scope_attributes: { team: 'ops' },
        scope_schema_url: 'https://example.org/scope',
      },
    ]);
    const seen = 'Timestamp, TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, Body, LogAttributes';
    expect(await rowsOf('otel_logs', 'logs-whole', seen)).toEqual([
      {
        Timestamp: '2026-03-01 10:00:00.000000000',
        TraceId: TRACE_ID,
        SpanId: SPAN_ID,
        TraceFlags: 1,
        SeverityText: 'WARN',
        SeverityNumber: 13,
        Body: 'Höhe',
        LogAttributes: {
          s: 'a',
          i: '-9223372036854775808',
          d: '0.5',
          b: 'true',
          l: '{"arrayValue":{"values":[{"intValue":"1"}]}}',
        },
      },
    ]);
  });

  it('keep a body of any type, and take an invalid trace id for none', async () => {
    const bodies = [
      { boolValue: true },
      { intValue: '7' },
      { doubleValue: 'NaN' },
      { arrayValue: { values: [{ stringValue: 'a' }] } },
      { kvlistValue: { values: [attribute('k', { boolValue: false })] } },
      { bytesValue: 'AQI=' },
      {},
    ];
    const sent = await postJson(
      `${running.url}/v1/logs`,
      logsOf(
        'logs-bodies',
        ...bodies.map((body) => ({ timeUnixNano: TIME, body, traceId: '00', spanId: '0'.repeat(16) })),
      ),
    );
    expect(jsonOf(sent)).toEqual({});
    expect(await rowsOf('logs', 'logs-bodies', 'body_kind AS kind, body')).toEqual([
      { kind: 0, body: '' },
      { kind: 2, body: 'true' },
      { kind: 3, body: '7' },
      { kind: 4, body: 'NaN' },
      { kind: 5, body: '{"arrayValue":{"values":[{"stringValue":"a"}]}}' },
      { kind: 6, body: '{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":false}}]}}' },
      { kind: 7, body: '{"bytesValue":"AQI="}' },
    ]);
    const ids = 'DISTINCT TraceId, SpanId';
    expect(await rowsOf('otel_logs', 'logs-bodies', ids)).toEqual([{ TraceId: '', SpanId: '' }]);
  });

  it('have the time of their observation when they have none', async () => {
    await postJson(`${running.url}/v1/logs`, logsOf('logs-untimed', { observedTimeUnixNano: TIME }));
    expect(await rowsOf('logs', 'logs-untimed', 'toString(time) AS time')).toEqual([
      { time: '2026-03-01 10:00:00.000000000' },
    ]);
  });

  it('are refused one by one, with the field OTLP has for them', async () => {
    const after2200 = '7258118400001000000';
    const sent = await postJson(
      `${running.url}/v1/logs`,
      logsOf('logs-partly', { timeUnixNano: TIME }, { timeUnixNano: after2200 }),
    );
    expect([sent.status, jsonOf(sent)]).toEqual([
      200,
      {
        partialSuccess: {
          rejectedLogRecords: '1',
          errorMessage: expect.stringContaining('logRecords[1]: time_out_of_range'),
        },
      },
    ]);
    expect(await rowsOf('logs', 'logs-partly', 'count() AS n')).toEqual([{ n: '1' }]);
  });
});

describe('spans', () => {
  it('have the exporter’s names in the view', async () => {
    const attributes = [attribute('hub', { stringValue: 'ORD' }), attribute('n', { intValue: '3' })];
    const span = {
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      name: 'decide',
      kind: 3,
      startTimeUnixNano: START,
      endTimeUnixNano: TIME,
      attributes,
      events: [{ timeUnixNano: TIME, name: 'asked', attributes }],
      links: [{ traceId: TRACE_ID, spanId: '0102030405060708', traceState: 'a=b' }],
      status: { code: 2, message: 'late' },
    };
    await postJson(`${running.url}/v1/traces`, {
      resourceSpans: [{ resource: resourceOf('traces'), scopeSpans: [{ scope, spans: [span] }] }],
    });
    const columns = `toString(Timestamp) AS time, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, Duration, StatusCode,
      StatusMessage, SpanAttributes, arrayMap(t -> toString(t), \`Events.Timestamp\`) AS event_times, \`Events.Name\` AS events,
      \`Events.Attributes\` AS event_attributes, \`Links.SpanId\` AS links, \`Links.TraceState\` AS link_states`;
    expect(await rowsOf('otel_traces', 'traces', columns)).toEqual([
      {
        time: '2026-03-01 09:59:59.000000000',
        TraceId: TRACE_ID,
        SpanId: SPAN_ID,
        ParentSpanId: '',
        SpanName: 'decide',
        SpanKind: 'Client',
        Duration: '1000000000',
        StatusCode: 'Error',
        StatusMessage: 'late',
        SpanAttributes: { hub: 'ORD', n: '3' },
        event_times: ['2026-03-01 10:00:00.000000000'],
        events: ['asked'],
        event_attributes: [{ hub: 'ORD', n: '3' }],
        links: ['0102030405060708'],
        link_states: ['a=b'],
      },
    ]);
  });
});

describe('a resource that is repeated in each of its rows', () => {
  it('cannot make gigabytes out of a small body', async () => {
    const megabyte = 'x'.repeat(1_000_000);
    const answer = await postJson(`${running.url}/v1/logs`, {
      resourceLogs: [
        {
          resource: { attributes: [attribute('big', { stringValue: megabyte })] },
          scopeLogs: [{ logRecords: Array.from({ length: 300 }, () => ({ timeUnixNano: TIME })) }],
        },
      ],
    });
    expect([answer.status, jsonOf(answer)]).toEqual([
      413,
      { code: 8, message: 'the request becomes more than 268435456 bytes of rows' },
    ]);
  });
});

const POINT = { startTimeUnixNano: START, timeUnixNano: TIME };

describe('metrics', () => {
  it('of all five kinds become rows, and the exporter’s names in the views', async () => {
    const exemplar = {
      timeUnixNano: TIME,
      asDouble: 0.25,
      spanId: SPAN_ID,
      traceId: TRACE_ID,
      filteredAttributes: [attribute('user', { stringValue: 'u' })],
    };
    const sent = await postJson(
      `${running.url}/v1/metrics`,
      metricsOf(
        'metrics-all',
        gauge({ ...POINT, asDouble: 'NaN', attributes: [attribute('cpu', { intValue: '0' })] }),
        {
          name: 'requests',
          description: 'So many.',
          unit: '{request}',
          sum: {
            dataPoints: [{ ...POINT, asInt: '9007199254740993', exemplars: [exemplar], flags: 0 }],
            aggregationTemporality: 2,
            isMonotonic: true,
          },
        },
        {
          name: 'duration',
          histogram: {
            dataPoints: [
              {
                ...POINT,
                count: '18446744073709551615',
                sum: 3.5,
                min: 0.5,
                max: 3,
                bucketCounts: ['1', 2, '0'],
                explicitBounds: [1, 2.5],
              },
            ],
            aggregationTemporality: 1,
          },
        },
        {
          name: 'size',
          exponentialHistogram: {
            dataPoints: [
              {
                ...POINT,
                count: 9,
                scale: -3,
                zeroCount: '1',
                zeroThreshold: 0.001,
                positive: { offset: -2, bucketCounts: ['3', '4'] },
                negative: { offset: 5, bucketCounts: [1] },
              },
            ],
            aggregationTemporality: 2,
          },
        },
        {
          name: 'rpc',
          summary: {
            dataPoints: [
              {
                ...POINT,
                count: '5',
                sum: 10,
                quantileValues: [
                  { quantile: 0.5, value: 2 },
                  { quantile: 1, value: 4 },
                ],
              },
            ],
          },
        },
      ),
    );
    expect([sent.status, jsonOf(sent)]).toEqual([200, {}]);
    const one = async (kind: string, columns: string): Promise<unknown> =>
      (await rowsOf(`otel_metrics_${kind}`, 'metrics-all', columns))[0];
    expect(
      await one('gauge', 'MetricName, isNaN(Value) AS nan, Attributes, toString(StartTimeUnix) AS start'),
    ).toEqual({
      MetricName: 'load',
      nan: 1,
      Attributes: { cpu: '0' },
      start: '2026-03-01 09:59:59.000000000',
    });
    expect(
      await one(
        'sum',
        `MetricName, MetricDescription, MetricUnit, IsMonotonic, AggregationTemporality, \`Exemplars.TraceId\` AS traces,
          \`Exemplars.Value\` AS values, \`Exemplars.FilteredAttributes\` AS filtered`,
      ),
    ).toEqual({
      MetricName: 'requests',
      MetricDescription: 'So many.',
      MetricUnit: '{request}',
      IsMonotonic: true,
      AggregationTemporality: 2,
      traces: [TRACE_ID],
      values: [0.25],
      filtered: [{ user: 'u' }],
    });
    expect(
      await one('histogram', 'Count, Sum, Min, Max, BucketCounts, ExplicitBounds, AggregationTemporality'),
    ).toEqual({
      Count: '18446744073709551615',
      Sum: 3.5,
      Min: 0.5,
      Max: 3,
      BucketCounts: ['1', '2', '0'],
      ExplicitBounds: [1, 2.5],
      AggregationTemporality: 1,
    });
    expect(
      await one(
        'exponential_histogram',
        'Scale, ZeroCount, PositiveOffset, PositiveBucketCounts, NegativeOffset, NegativeBucketCounts',
      ),
    ).toEqual({
      Scale: -3,
      ZeroCount: '1',
      PositiveOffset: -2,
      PositiveBucketCounts: ['3', '4'],
      NegativeOffset: 5,
      NegativeBucketCounts: ['1'],
    });
    expect(
      await one('summary', 'Count, Sum, `ValueAtQuantiles.Quantile` AS q, `ValueAtQuantiles.Value` AS v'),
    ).toEqual({ Count: '5', Sum: 10, q: [0.5, 1], v: [2, 4] });
    const exact = await rowsOf(
      'metrics',
      'metrics-all',
      'metric, int_value, sum IS NULL AS no_sum, zero_threshold',
    );
    expect(exact).toContainEqual({
      metric: 'requests',
      // 2^53 + 1: a double would have lost it.
      int_value: '9007199254740993',
      no_sum: 1,
      zero_threshold: 0,
    });
    expect(exact).toContainEqual({ metric: 'size', int_value: null, no_sum: 1, zero_threshold: 0.001 });
  });

  it('are refused point by point, counted across metrics', async () => {
    const histogram = (explicitBounds: number[], bucketCounts: number[]): object => ({
      name: 'h',
      histogram: { dataPoints: [{ ...POINT, explicitBounds, bucketCounts }] },
    });
    const sent = await postJson(
      `${running.url}/v1/metrics`,
      metricsOf(
        'metrics-partly',
        gauge({ ...POINT, asInt: 1 }, { asInt: 1 }),
        histogram([1, 2], [1, 2]),
        histogram([2, 1], [1, 2, 3]),
        histogram([], []),
      ),
    );
    expect(jsonOf(sent)).toEqual({
      partialSuccess: {
        rejectedDataPoints: '3',
        errorMessage:
          '3 refused, the rest is stored. dataPoints[1]: missing_time (time_unix_nano is not set); ' +
          'dataPoints[2]: invalid_histogram (2 bucket_counts for 2 bounds); ' +
          'dataPoints[3]: invalid_histogram (explicit_bounds do not grow)',
      },
    });
    expect(await rowsOf('metrics', 'metrics-partly', 'count() AS n')).toEqual([{ n: '2' }]);
  });
});

describe('records without an id', () => {
  it('count once when their request is sent again, and as often as they are when it holds equal ones', async () => {
    const equal = { timeUnixNano: TIME, body: { stringValue: 'tick' } };
    const logs = logsOf('resent', equal, equal, { ...equal, severityNumber: 9 });
    const metrics = metricsOf('resent', gauge({ ...POINT, asInt: 1 }, { ...POINT, asInt: 1 }));
    for (let time = 0; time < 2; time++) {
      expect((await postJson(`${running.url}/v1/logs`, logs)).status).toBe(200);
      expect((await postJson(`${running.url}/v1/metrics`, metrics)).status).toBe(200);
      // The second time the rows are in the table already; the first time they may meet in one segment.
      if (time === 0) await running.drained();
    }
    expect(await rowsOf('logs', 'resent', 'count() AS n')).toEqual([{ n: '3' }]);
    expect(await rowsOf('metrics', 'resent', 'count() AS n')).toEqual([{ n: '2' }]);
  });
});

describe('the ledger', () => {
  it('has lines for logs and metrics, and balances', async () => {
    const own = await startCollector({
      ...onClickhouse(pool),
      tokens: {
        verify: async () => ({ tokenId: 't', project: 'ledger', name: 't', scopes: ['ingest'] }) as never,
      },
    });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer lw_x' };
    const post = async (path: string, body: object): Promise<Response> =>
      await fetch(`${own.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const twice = logsOf('ledger', { timeUnixNano: TIME }, { timeUnixNano: '7258118400001000000' });
    await post('/v1/logs', twice);
    await own.drained();
    await post('/v1/logs', twice);
    await post('/v1/metrics', metricsOf('ledger', gauge({ ...POINT, asInt: 1 }, { asInt: 1 })));
    await own.drained();
    const entries = await createLedger(pool.api).read('ledger' as never, 0, Date.now() + 60_000);
    const sum = (signal: string, of: (entry: (typeof entries)[number]) => number): number =>
      entries.filter((entry) => entry.signal === signal).reduce((total, entry) => total + of(entry), 0);
    const line = (signal: string): object => ({
      received: sum(signal, (entry) => entry.received),
      stored: sum(signal, (entry) => entry.stored),
      repeats: sum(signal, (entry) => entry.deduplicated),
      late: sum(signal, (entry) => entry.rejected.time_out_of_range ?? 0),
      untimed: sum(signal, (entry) => entry.rejected.missing_time ?? 0),
    });
    expect(line('logs')).toEqual({ received: 4, stored: 1, repeats: 1, late: 2, untimed: 0 });
    expect(line('metrics')).toEqual({ received: 2, stored: 1, repeats: 0, late: 0, untimed: 1 });
    expect(entries.every(ledgerBalances)).toBe(true);
  });
});

describe('a request on the path of another signal', () => {
  it('is refused with the path where it belongs, in protobuf', async () => {
    // ResourceLogs { scope_logs { log_records { time_unix_nano: 1 } } }, by hand.
    const logs = Buffer.from('0a0d120b1209090100000000000000', 'hex');
    const answer = await post(`${running.url}/v1/traces`, logs, { 'content-type': 'application/x-protobuf' });
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/x-protobuf']);
    expect(answer.body.toString('latin1')).toContain('holds logs, but came where traces are taken');
    const right = await post(`${running.url}/v1/logs`, logs, { 'content-type': 'application/x-protobuf' });
    expect([right.status, right.body.length]).toEqual([200, 0]);
  });

  it('is refused with the path where it belongs, in JSON', async () => {
    const logs = logsOf('x', { timeUnixNano: TIME });
    const metrics = metricsOf('x', gauge({ ...POINT, asInt: 1 }));
    for (const [path, body, said] of [
      ['/v1/traces', logs, 'holds logs, but came where traces are taken; logs go to /v1/logs'],
      ['/v1/metrics', logs, 'holds logs, but came where metrics are taken; logs go to /v1/logs'],
      ['/v1/logs', metrics, 'holds metrics, but came where logs are taken; metrics go to /v1/metrics'],
      [
        '/v1/logs',
        { resourceSpans: [] },
        'holds traces, but came where logs are taken; traces go to /v1/traces',
      ],
    ] as const) {
      const answer = await postJson(`${running.url}${path}`, body);
      expect(answer.status).toBe(400);
      expect(jsonOf(answer)).toMatchObject({
        code: 3,
        message: expect.stringContaining(said),
        details: [{ fieldViolations: [{ field: 'body', reason: 'WRONG_SIGNAL' }] }],
      });
    }
  });
});
