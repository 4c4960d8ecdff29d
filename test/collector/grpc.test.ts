import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { context, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse } from '../support/stores.ts';
import { logsToProtobuf } from './encode-signals.ts';
import { memoryLedger, onClickhouse, type Running, startCollector, stopCollector, until } from './support.ts';

const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const LIMIT_BYTES = 100_000;

const clients: Client[] = [];
afterAll(() => {
  for (const client of clients) client.close();
});

type Answer = {
  readonly code: number;
  readonly details: string;
  readonly body: Buffer;
  readonly info: string;
};

/** A unary call with bytes as they are; an error is an answer too. */
function call(
  running: Running,
  path: string,
  message: Buffer,
  more: Record<string, string> = {},
): Promise<Answer> {
  const options = more.compress ? { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip } : {};
  const client = new Client(`127.0.0.1:${running.grpcPort}`, credentials.createInsecure(), options);
  clients.push(client);
  const metadata = new Metadata();
  if (more.authorization) metadata.set('authorization', more.authorization);
  const asItIs = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, asItIs, asItIs, message, metadata, (error: ServiceError | null, body) => {
      const info = error?.metadata.get('grpc-status-details-bin')[0]?.toString('latin1') ?? '';
      resolve({
        code: error?.code ?? status.OK,
        details: error?.details ?? '',
        body: body ?? Buffer.alloc(0),
        info,
      });
    });
  });
}

/** Bytes on a stream that stays open, and the grpc-status that comes back. */
function rawCall(running: Running, frame: Buffer): Promise<string> {
  const session = connect(`http://127.0.0.1:${running.grpcPort}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': LOGS,
    'content-type': 'application/grpc',
    'grpc-encoding': 'gzip',
    te: 'trailers',
  });
  return new Promise((resolve, reject) => {
    const answered = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers['grpc-status'] === undefined) return;
      resolve(String(headers['grpc-status']));
      session.destroy();
    };
    stream.on('response', answered);
    stream.on('trailers', answered);
    stream.on('error', reject);
    stream.write(frame);
  });
}

const origin = { resource: [], scope: { name: '', version: '', attributes: [] }, schemaUrl: '' };
const logAt = (time: bigint): Buffer =>
  logsToProtobuf(origin, [
    {
      time,
      observed: 0n,
      severity: 9,
      severityText: '',
      body: { kind: 'string', value: 'hello' },
      attributes: [],
      flags: 0,
      traceId: '',
      spanId: '',
      eventName: '',
    },
  ]);
const GOOD = logAt(1_772_359_200_000_000_000n);

describe('an unmodified OpenTelemetry SDK over gRPC', () => {
  let pool: ClickhousePool;
  let running: Running;
  beforeAll(async () => {
    pool = await freshClickhouse();
    running = await startCollector({ ...onClickhouse(pool), grpcPort: 0 });
  });
  const rows = (table: string, columns: string): Promise<unknown[]> =>
    pool.api.query({ sql: `SELECT ${columns} FROM ${table} WHERE scope_name = 'over-grpc'` });

  it.each(['none', 'gzip'])('lands its spans, logs and metrics, compression %s', async (compression) => {
    const options = { url: `http://127.0.0.1:${running.grpcPort}`, compression: compression as never };
    const sdk = new NodeSDK({
      serviceName: 'grpc',
      traceExporter: new OTLPTraceExporter(options),
      instrumentations: [],
      autoDetectResources: false,
    });
    sdk.start();
    trace.getTracer('over-grpc').startSpan(`work-${compression}`).end();
    const logger = new LoggerProvider({
      processors: [new SimpleLogRecordProcessor({ exporter: new OTLPLogExporter(options) })],
    });
    logger.getLogger('over-grpc').emit({ body: { hub: 'ORD', wait: 3 }, severityNumber: 17 });
    const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(options) });
    const meters = new MeterProvider({ readers: [reader] });
    const meter = meters.getMeter('over-grpc');
    meter.createCounter('flights').add(2, { hub: 'ORD' });
    meter.createHistogram('wait', { advice: { explicitBucketBoundaries: [1, 5] } }).record(3);
    await Promise.all([sdk.shutdown(), logger.shutdown(), meters.shutdown()]);
    trace.disable();
    context.disable();
    await running.drained();

    expect(await rows('spans', 'name')).toContainEqual({ name: `work-${compression}` });
    expect(await rows('logs', 'body_kind, severity_number')).toContainEqual({
      body_kind: 6,
      severity_number: 17,
    });
    const metrics = 'metric, kind, value, attr_str, bounds, bucket_counts, is_monotonic, temporality';
    const found = await rows('metrics', metrics);
    expect(found).toContainEqual({
      metric: 'flights',
      kind: 'sum',
      value: 2,
      attr_str: { hub: 'ORD' },
      bounds: [],
      bucket_counts: [],
      is_monotonic: true,
      temporality: 2,
    });
    expect(found).toContainEqual({
      metric: 'wait',
      kind: 'histogram',
      value: null,
      attr_str: {},
      bounds: [1, 5],
      bucket_counts: ['0', '1', '0'],
      is_monotonic: false,
      temporality: 2,
    });
  });
});

describe('answers over gRPC', () => {
  const recorded: string[] = [];
  let running: Running;
  beforeAll(async () => {
    running = await startCollector({
      grpcPort: 0,
      limits: { bodyBytes: LIMIT_BYTES },
      tokens: {
        verify: async (token) => {
          if (token === 'lw_down') throw new Error('the store of tokens is away');
          return undefined;
        },
      },
      ledger: {
        ...memoryLedger(),
        record: async (_batch, entries) => {
          for (const entry of entries) recorded.push(...Object.keys(entry.rejected));
        },
      },
    });
  });
  const refusals = (): string[] => running.collector.refusals().map(({ reason }) => reason);

  it('a good request with an empty message, and partial success only when something was refused', async () => {
    expect(await call(running, LOGS, GOOD)).toEqual({
      code: 0,
      details: '',
      body: Buffer.alloc(0),
      info: '',
    });
    const after2200 = await call(running, LOGS, logAt(7_258_118_400_001_000_000n));
    expect(after2200.code).toBe(status.OK);
    expect(after2200.body.toString('latin1')).toContain('logRecords[0]: time_out_of_range');
  });

  it('bytes that are no message with INVALID_ARGUMENT, and those of another signal too', async () => {
    const broken = await call(running, LOGS, Buffer.from([0x0a, 0xff, 0x01, 0x00]));
    expect(broken.code).toBe(status.INVALID_ARGUMENT);
    expect(broken.details).toContain('field longer than its message');
    // google.rpc.BadRequest: field 1 of a violation is its path, 2 its description, 3 its reason.
    expect(broken.info).toContain('type.googleapis.com/google.rpc.BadRequest');
    expect(broken.info).toContain('\x0a\x04body');
    expect(broken.info).toContain('\x1a\x0eMALFORMED_BODY');
    const other = await call(running, TRACES, GOOD);
    expect(other.code).toBe(status.INVALID_ARGUMENT);
    expect(other.details).toContain('holds logs, but came where traces are taken');
  });

  it('too many bytes with RESOURCE_EXHAUSTED and no word of coming back, plain or inflated, and counts them', async () => {
    const big = Buffer.alloc(LIMIT_BYTES + 1);
    expect(gzipSync(big).length).toBeLessThan(LIMIT_BYTES);
    for (const compress of ['', 'gzip']) {
      const counted = (): number => recorded.filter((reason) => reason === 'too_large').length;
      const before = counted();
      const answer = await call(running, LOGS, big, { compress });
      expect(answer).toMatchObject({ code: status.RESOURCE_EXHAUSTED, info: '' });
      await until(() => counted() > before);
      expect(refusals()[0]).toBe('too_large');
    }
  });

  it('an unknown token with UNAUTHENTICATED, and one that cannot be asked for with UNAVAILABLE and RetryInfo', async () => {
    expect(await call(running, LOGS, GOOD, { authorization: 'Bearer lw_unknown' })).toMatchObject({
      code: status.UNAUTHENTICATED,
      info: '',
    });
    const away = await call(running, LOGS, GOOD, { authorization: 'Bearer lw_down' });
    expect(away.code).toBe(status.UNAVAILABLE);
    expect(away.info).toContain('type.googleapis.com/google.rpc.RetryInfo');
  });

  it('what does not inflate with INVALID_ARGUMENT, and what does not arrive with DEADLINE_EXCEEDED', async () => {
    // A frame: compressed, four bytes long.
    const garbage = await rawCall(running, Buffer.from('0100000004deadbeef', 'hex'));
    expect([garbage, refusals()[0]]).toEqual([String(status.INVALID_ARGUMENT), 'malformed_body']);
    const slow = await startCollector({ grpcPort: 0, limits: { bodyTimeoutMs: 100 } });
    // Of a hundred bytes one is sent.
    expect(await rawCall(slow, Buffer.from('000000006401', 'hex'))).toBe(String(status.DEADLINE_EXCEEDED));
    await until(() => slow.collector.refusals()[0]?.reason === 'body_timeout');
  });

  it('too many records for the quota with RESOURCE_EXHAUSTED, and when to come back', async () => {
    // The clock stands: nothing is given back in between.
    const nowMs = (): number => 1_790_000_000_000;
    const quota = { recordsPerSecond: 1, burstRecords: 1 };
    const own = await startCollector({ grpcPort: 0, quota, nowMs });
    expect((await call(own, LOGS, GOOD)).code).toBe(status.OK);
    const second = await call(own, LOGS, GOOD);
    expect(second.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(second.info).toContain('type.googleapis.com/google.rpc.RetryInfo');
  });

  it('a message for which there is no memory with UNAVAILABLE, and when to come back, before it is read', async () => {
    const limits = { bodyBytes: LIMIT_BYTES, inFlightBytes: LIMIT_BYTES };
    const own = await startCollector({ grpcPort: 0, limits });
    const session = connect(`http://127.0.0.1:${own.grpcPort}`);
    const held = session.request({
      ':method': 'POST',
      ':path': LOGS,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    held.on('error', () => undefined);
    // 90,000 bytes are announced, of which one comes: what is left does not hold as many again.
    held.write(Buffer.from('0000015f9001', 'hex'));
    const zeros = (): Promise<Answer> => call(own, LOGS, Buffer.alloc(90_000));
    await until(async () => (await zeros()).code === status.UNAVAILABLE);
    expect((await zeros()).info).toContain('type.googleapis.com/google.rpc.RetryInfo');
    expect((await call(own, LOGS, GOOD)).code).toBe(status.OK);
    session.destroy();
    await until(async () => (await zeros()).code === status.INVALID_ARGUMENT);
  });

  it('an unknown service with UNIMPLEMENTED', async () => {
    const profiles = '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export';
    expect((await call(running, profiles, GOOD)).code).toBe(status.UNIMPLEMENTED);
  });

  it('stops within its time although a client stays connected', async () => {
    const own = await startCollector({ grpcPort: 0 });
    expect((await call(own, LOGS, GOOD)).code).toBe(status.OK);
    await stopCollector(own);
    expect((await call(own, LOGS, GOOD)).code).toBe(status.UNAVAILABLE);
  });
});
