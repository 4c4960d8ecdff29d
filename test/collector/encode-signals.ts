/**
 * OTLP logs and metrics in both encodings, after opentelemetry-proto's logs.proto and metrics.proto; knows nothing of
 * the product. Repeated numbers are packed in some points and not in others: a reader must take both.
 */
import {
  type AnyValue,
  anyValue,
  bytes,
  double,
  fixed64,
  hex,
  jsonKeyValue,
  jsonValue,
  type KeyValue,
  keyValue,
  message,
  number,
  tag,
  text,
} from './encode.ts';

export type TestLog = {
  readonly time: bigint;
  readonly observed: bigint;
  readonly severity: number;
  readonly severityText: string;
  readonly body: AnyValue | undefined;
  readonly attributes: readonly KeyValue[];
  readonly flags: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly eventName: string;
};
type Exemplar = {
  readonly time: bigint;
  readonly double: number | undefined;
  readonly int: bigint;
  readonly spanId: string;
  readonly traceId: string;
  readonly attributes: readonly KeyValue[];
};
export type TestPoint = {
  readonly start: bigint;
  readonly time: bigint;
  readonly attributes: readonly KeyValue[];
  readonly flags: number;
  readonly exemplars: readonly Exemplar[];
  readonly double: number | undefined;
  readonly int: bigint;
  readonly count: bigint;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly bucketCounts: readonly bigint[];
  readonly bounds: readonly number[];
  readonly scale: number;
  readonly zeroCount: bigint;
  readonly zeroThreshold: number;
  readonly offset: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
  readonly isPacked: boolean;
};
export const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;
export type TestMetric = {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: (typeof KINDS)[number];
  readonly temporality: number;
  readonly isMonotonic: boolean;
  readonly points: readonly TestPoint[];
};
export type TestOrigin = {
  readonly resource: readonly KeyValue[];
  readonly scope: {
    readonly name: string;
    readonly version: string;
    readonly attributes: readonly KeyValue[];
  };
  readonly schemaUrl: string;
};

const fixed32 = (field: number, value: number): Buffer => {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(value);
  return Buffer.concat([tag(field, 5), four]);
};
const maybeDouble = (field: number, value: number | undefined): Buffer =>
  value === undefined ? Buffer.alloc(0) : double(field, value);
/** Zigzag, as sint32 has it. */
const sint32 = (field: number, value: number): Buffer =>
  number(field, value < 0 ? BigInt(-value) * 2n - 1n : BigInt(value) * 2n);

/** Numbers under one field: with their tags one by one, or without them in one field. */
function repeated<T>(
  field: number,
  values: readonly T[],
  isPacked: boolean,
  one: (field: number, value: T) => Buffer,
): Buffer {
  if (!isPacked) return Buffer.concat(values.map((value) => one(field, value)));
  // Tags of fields below 16 are one byte.
  return bytes(field, Buffer.concat(values.map((value) => one(1, value).subarray(1))));
}

/** Scope groups stand before the resource, and records before their scope. */
const envelope = ({ resource, scope, schemaUrl }: TestOrigin, records: readonly Buffer[]): Buffer =>
  message(
    1,
    message(
      2,
      ...records.map((record) => bytes(2, record)),
      text(3, schemaUrl),
      message(
        1,
        text(1, scope.name),
        text(2, scope.version),
        ...scope.attributes.map((item) => keyValue(3, item)),
      ),
    ),
    text(3, `${schemaUrl}/resource`),
    message(1, ...resource.map((item) => keyValue(1, item))),
    number(100, 7n),
  );

export const logsToProtobuf = (origin: TestOrigin, logs: readonly TestLog[]): Buffer =>
  envelope(
    origin,
    logs.map((log) =>
      Buffer.concat([
        fixed64(1, log.time),
        number(2, BigInt(log.severity)),
        text(3, log.severityText),
        ...(log.body ? [message(5, anyValue(log.body))] : []),
        ...log.attributes.map((item) => keyValue(6, item)),
        fixed32(8, log.flags),
        hex(9, log.traceId),
        hex(10, log.spanId),
        fixed64(11, log.observed),
        text(12, log.eventName),
      ]),
    ),
  );

const exemplar = (field: number, one: Exemplar): Buffer =>
  message(
    field,
    fixed64(2, one.time),
    one.double === undefined ? fixed64(6, BigInt.asUintN(64, one.int)) : double(3, one.double),
    hex(4, one.spanId),
    hex(5, one.traceId),
    ...one.attributes.map((item) => keyValue(7, item)),
  );
const times = (point: TestPoint): Buffer => Buffer.concat([fixed64(2, point.start), fixed64(3, point.time)]);

const POINT: Readonly<Record<TestMetric['kind'], (point: TestPoint) => Buffer[]>> = {
  gauge: numberPoint,
  sum: numberPoint,
  histogram: (point) => [
    times(point),
    fixed64(4, point.count),
    maybeDouble(5, point.sum),
    repeated(6, point.bucketCounts, point.isPacked, fixed64),
    repeated(7, point.bounds, point.isPacked, double),
    ...point.exemplars.map((one) => exemplar(8, one)),
    ...point.attributes.map((item) => keyValue(9, item)),
    number(10, BigInt(point.flags)),
    maybeDouble(11, point.min),
    maybeDouble(12, point.max),
  ],
  exponentialHistogram: (point) => [
    ...point.attributes.map((item) => keyValue(1, item)),
    times(point),
    fixed64(4, point.count),
    maybeDouble(5, point.sum),
    sint32(6, point.scale),
    fixed64(7, point.zeroCount),
    ...[8, 9].map((field) =>
      message(field, sint32(1, point.offset), repeated(2, point.bucketCounts, point.isPacked, number)),
    ),
    number(10, BigInt(point.flags)),
    ...point.exemplars.map((one) => exemplar(11, one)),
    maybeDouble(12, point.min),
    maybeDouble(13, point.max),
    double(14, point.zeroThreshold),
  ],
  summary: (point) => [
    times(point),
    fixed64(4, point.count),
    double(5, point.sum ?? 0),
    ...point.quantiles.map(({ quantile, value }) => message(6, double(1, quantile), double(2, value))),
    ...point.attributes.map((item) => keyValue(7, item)),
    number(8, BigInt(point.flags)),
  ],
};
function numberPoint(point: TestPoint): Buffer[] {
  return [
    times(point),
    point.double === undefined ? fixed64(6, BigInt.asUintN(64, point.int)) : double(4, point.double),
    ...point.exemplars.map((one) => exemplar(5, one)),
    ...point.attributes.map((item) => keyValue(7, item)),
    number(8, BigInt(point.flags)),
  ];
}
const DATA_FIELD = { gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10, summary: 11 } as const;

export const metricsToProtobuf = (origin: TestOrigin, metrics: readonly TestMetric[]): Buffer =>
  envelope(
    origin,
    metrics.map((metric) =>
      Buffer.concat([
        message(
          DATA_FIELD[metric.kind],
          ...metric.points.map((point) => message(1, ...POINT[metric.kind](point))),
          number(2, BigInt(metric.temporality)),
          number(3, metric.isMonotonic ? 1n : 0n),
        ),
        text(1, metric.name),
        text(2, metric.description),
        text(3, metric.unit),
      ]),
    ),
  );

const jsonDouble = (value: number): number | string =>
  Object.is(value, -0) ? '-0' : Number.isFinite(value) ? value : String(value);
const maybe = (value: number | undefined): number | string | null =>
  value === undefined ? null : jsonDouble(value);

const jsonEnvelope = (
  names: readonly [string, string, string],
  { resource, scope, schemaUrl }: TestOrigin,
  records: readonly object[],
): object => ({
  [names[0]]: [
    {
      resource: { attributes: resource.map(jsonKeyValue) },
      schemaUrl: `${schemaUrl}/resource`,
      [names[1]]: [
        {
          scope: { ...scope, attributes: scope.attributes.map(jsonKeyValue) },
          schemaUrl,
          [names[2]]: records,
        },
      ],
    },
  ],
});

export const logsToJson = (origin: TestOrigin, logs: readonly TestLog[]): object =>
  jsonEnvelope(
    ['resourceLogs', 'scopeLogs', 'logRecords'],
    origin,
    logs.map((log) => ({
      timeUnixNano: log.time.toString(),
      observedTimeUnixNano: log.observed.toString(),
      severityNumber: log.severity,
      severityText: log.severityText,
      body: log.body ? jsonValue(log.body) : null,
      attributes: log.attributes.map(jsonKeyValue),
      flags: log.flags,
      traceId: log.traceId.toUpperCase(),
      spanId: log.spanId,
      eventName: log.eventName,
      notYetInvented: {},
    })),
  );

const jsonPoint = (kind: TestMetric['kind'], point: TestPoint): object => ({
  startTimeUnixNano: point.start.toString(),
  timeUnixNano: point.time.toString(),
  attributes: point.attributes.map(jsonKeyValue),
  flags: point.flags,
  ...(kind === 'summary'
    ? {}
    : {
        exemplars: point.exemplars.map((one) => ({
          timeUnixNano: one.time.toString(),
          ...(one.double === undefined
            ? { asInt: one.int.toString() }
            : { asDouble: jsonDouble(one.double) }),
          spanId: one.spanId,
          traceId: one.traceId,
          filteredAttributes: one.attributes.map(jsonKeyValue),
        })),
      }),
  ...JSON_POINT[kind](point),
});
const distribution = (point: TestPoint): object => ({
  count: point.count.toString(),
  sum: maybe(point.sum),
  min: maybe(point.min),
  max: maybe(point.max),
});
const jsonNumber = (point: TestPoint): object =>
  point.double === undefined ? { asInt: point.int.toString() } : { asDouble: jsonDouble(point.double) };
const JSON_POINT: Readonly<Record<TestMetric['kind'], (point: TestPoint) => object>> = {
  gauge: jsonNumber,
  sum: jsonNumber,
  histogram: (point) => ({
    ...distribution(point),
    bucketCounts: point.bucketCounts.map(String),
    explicitBounds: point.bounds.map(jsonDouble),
  }),
  exponentialHistogram: (point) => ({
    ...distribution(point),
    scale: point.scale,
    zeroCount: point.zeroCount.toString(),
    zeroThreshold: jsonDouble(point.zeroThreshold),
    positive: { offset: point.offset, bucketCounts: point.bucketCounts.map(String) },
    negative: { offset: point.offset, bucketCounts: point.bucketCounts.map(String) },
  }),
  summary: (point) => ({
    count: point.count.toString(),
    sum: jsonDouble(point.sum ?? 0),
    quantileValues: point.quantiles.map(({ quantile, value }) => ({
      quantile: jsonDouble(quantile),
      value: jsonDouble(value),
    })),
  }),
};

export const metricsToJson = (origin: TestOrigin, metrics: readonly TestMetric[]): object =>
  jsonEnvelope(
    ['resourceMetrics', 'scopeMetrics', 'metrics'],
    origin,
    metrics.map((metric) => ({
      name: metric.name,
      description: metric.description,
      unit: metric.unit,
      [metric.kind]: {
        dataPoints: metric.points.map((point) => jsonPoint(metric.kind, point)),
        ...(metric.kind === 'gauge' || metric.kind === 'summary'
          ? {}
          : { aggregationTemporality: metric.temporality }),
        ...(metric.kind === 'sum' ? { isMonotonic: metric.isMonotonic } : {}),
      },
    })),
  );
