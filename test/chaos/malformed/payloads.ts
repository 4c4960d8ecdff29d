import { anyValue, type KeyValue, type TestSpan, toJson, toProtobuf } from '../../collector/encode.ts';
import {
  KINDS,
  logsToJson,
  logsToProtobuf,
  metricsToJson,
  metricsToProtobuf,
  type TestLog,
  type TestMetric,
  type TestPoint,
} from '../../collector/encode-signals.ts';
import { between, pick, type Random } from '../frame/seed.ts';

type Door = 'http' | 'grpc';

/** A faultless request before compression. */
export type Payload = {
  readonly door: Door;
  readonly path: string;
  readonly contentType: string;
  readonly plain: Buffer;
};

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';
export const GRPC_PATHS: Readonly<Record<'traces' | 'logs' | 'metrics', string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

/** One of every door, signal and format. */
export function everyPayload(random: Random, nowMs: number): Payload[] {
  const otlp = (['traces', 'logs', 'metrics'] as const).flatMap((signal): Payload[] => {
    const { protobuf, json } = OTLP[signal](random, nowMs);
    const path = `/v1/${signal}`;
    return [
      { door: 'http', path, contentType: PROTOBUF, plain: protobuf },
      { door: 'http', path, contentType: JSON_TYPE, plain: Buffer.from(JSON.stringify(json)) },
      { door: 'grpc', path: GRPC_PATHS[signal], contentType: 'application/grpc', plain: protobuf },
    ];
  });
  const records = (['decisions', 'outcomes', 'rulings'] as const).flatMap((signal): Payload[] => {
    const items = some(random, 4, () => (signal === 'decisions' ? decision : outcome)(random, nowMs));
    const [path, door] = [`/v1/${signal}`, 'http'] as const;
    const lines = items.map((item) => JSON.stringify(item)).join('\n');
    return [
      { door, path, contentType: JSON_TYPE, plain: Buffer.from(JSON.stringify(items)) },
      { door, path, contentType: NDJSON, plain: Buffer.from(lines) },
    ];
  });
  return [...otlp, ...records];
}

const some = <T>(random: Random, most: number, make: () => T): T[] =>
  Array.from({ length: between(random, 1, most) }, make);
const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => between(random, 1, 15).toString(16)).join('');
const nanos = (nowMs: number): bigint => BigInt(nowMs) * 1_000_000n;

const text = (key: string, value: string): KeyValue => ({ key, value: { kind: 'string', value } });
const attributes = (random: Random): KeyValue[] => [
  text('http.route', '/connections/:id'),
  { key: 'retries', value: { kind: 'int', value: BigInt(between(random, 0, 9)) } },
  { key: 'load', value: { kind: 'double', value: random() } },
  { key: 'late', value: { kind: 'bool', value: random() < 0.5 } },
  { key: 'raw', value: { kind: 'bytes', value: Buffer.from([1, 2, 3]) } },
  { key: 'hubs', value: { kind: 'array', value: [{ kind: 'string', value: 'ORD' }] } },
  { key: 'nested', value: { kind: 'list', value: [text('inner', 'value')] } },
];
const RESOURCE = [text('service.name', 'connections')];
const ORIGIN = {
  resource: RESOURCE,
  scope: { name: 'agent', version: '1', attributes: [] },
  schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
};

type Both = { readonly protobuf: Buffer; readonly json: object };
const OTLP: Readonly<Record<'traces' | 'logs' | 'metrics', (random: Random, nowMs: number) => Both>> = {
  traces: (random, nowMs) => {
    const spans = some(random, 3, () => span(random, nowMs));
    const request = { resource: RESOURCE, scope: { name: 'agent', version: '1' }, spans };
    return { protobuf: toProtobuf(request), json: toJson(request) };
  },
  logs: (random, nowMs) => {
    const logs = some(random, 3, () => log(random, nowMs));
    return { protobuf: logsToProtobuf(ORIGIN, logs), json: logsToJson(ORIGIN, logs) };
  },
  metrics: (random, nowMs) => {
    const metrics = some(random, 2, () => metric(random, nowMs));
    return { protobuf: metricsToProtobuf(ORIGIN, metrics), json: metricsToJson(ORIGIN, metrics) };
  },
};

function span(random: Random, nowMs: number): TestSpan {
  const start = nanos(nowMs);
  const decided =
    random() < 0.5
      ? [text('leeway.decision.value', 'hold'), text('leeway.decision.id', hex(random, 12))]
      : [];
  return {
    ...{ traceId: hex(random, 32), spanId: hex(random, 16), parentSpanId: '', name: 'decide', kind: 2 },
    ...{ start, end: start + 1_000_000n, attributes: [...attributes(random), ...decided] },
    events: [{ time: start, name: 'asked', attributes: [text('by', 'gate')] }],
    links: [{ traceId: hex(random, 32), spanId: hex(random, 16), attributes: [] }],
    status: { code: 1, message: '' },
  };
}

const log = (random: Random, nowMs: number): TestLog => ({
  ...{ time: nanos(nowMs), observed: nanos(nowMs), severity: 9, severityText: 'INFO' },
  body: { kind: 'string', value: 'a connection is held' },
  ...{ attributes: attributes(random), flags: 1, traceId: hex(random, 32), spanId: hex(random, 16) },
  eventName: 'connection.held',
});

function metric(random: Random, nowMs: number): TestMetric {
  const point: TestPoint = {
    ...{ start: nanos(nowMs - 60_000), time: nanos(nowMs), attributes: attributes(random), flags: 0 },
    exemplars: [],
    ...{ double: random(), int: 0n, count: 6n, sum: 21, min: 1, max: 9 },
    ...{ bucketCounts: [1n, 2n, 3n], bounds: [2, 5], scale: 2, zeroCount: 0n, zeroThreshold: 0, offset: -1 },
    quantiles: [{ quantile: 0.5, value: 3 }],
    isPacked: random() < 0.5,
  };
  return {
    ...{ name: 'connections.held', description: 'held', unit: '1', kind: pick(random, KINDS) },
    ...{ temporality: 2, isMonotonic: true, points: [point] },
  };
}

export const decision = (
  random: Random,
  nowMs: number,
  id = hex(random, 12),
): Readonly<Record<string, unknown>> => ({
  ...{ id, system: 'connections', time: nowMs, value: 'hold', actor: 'ai', score: random() },
  model: { name: 'lateness', version: '7' },
  features: { distance: between(random, 1, 5_000), origin: 'ORD', late: true },
  segments: { region: 'west' },
});
const outcome = (random: Random, nowMs: number): object => ({
  ...{ decisionId: hex(random, 12), system: 'connections', time: nowMs, value: 'missed', by: 'gate agent' },
});

/** An attribute value of arrays inside of arrays, as protobuf. */
export function deepValue(levels: number): Buffer {
  let value = anyValue({ kind: 'int', value: 1n });
  for (let level = 0; level < levels; level += 1) {
    const inner = Buffer.concat([Buffer.from([0x0a]), lengthOf(value), value]);
    value = Buffer.concat([Buffer.from([0x2a]), lengthOf(inner), inner]);
  }
  return value;
}

/** A length as protobuf's varint. */
export function lengthOf(bytes: Buffer): Buffer {
  const out: number[] = [];
  let rest = bytes.length;
  do {
    out.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.from(out);
}
