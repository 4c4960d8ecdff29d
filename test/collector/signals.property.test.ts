import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestFromJson } from '../../collector/otlp/from-json.ts';
import type { OtlpSignal } from '../../collector/otlp/reply.ts';
import { signalOfProtobuf } from '../../collector/otlp/sniff.ts';
import { createWalks } from '../../collector/otlp/walk.ts';
import { Batch } from '../../collector/rows/batch.ts';
import { DEFAULT_PROJECT } from '../../model/ids.ts';
import { anyValues, hexOf, nanos, wellFormed } from './arbitraries.ts';
import { toProtobuf } from './encode.ts';
import {
  KINDS,
  logsToJson,
  logsToProtobuf,
  metricsToJson,
  metricsToProtobuf,
  type TestLog,
  type TestMetric,
  type TestOrigin,
  type TestPoint,
} from './encode-signals.ts';

const NOW_MS = 1_790_000_000_000;
const attributes = fc.array(fc.record({ key: wellFormed, value: anyValues }), { maxLength: 6 });
const maybeNumber = fc.option(fc.double(), { nil: undefined });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const origin: fc.Arbitrary<TestOrigin> = fc.record({
  resource: attributes,
  scope: fc.record({ name: wellFormed, version: wellFormed, attributes }),
  schemaUrl: wellFormed,
});
const log: fc.Arbitrary<TestLog> = fc.record({
  time: fc.oneof(fc.constant(0n), nanos),
  observed: fc.oneof(fc.constant(0n), nanos),
  severity: fc.integer({ min: 0, max: 24 }),
  severityText: wellFormed,
  body: fc.option(anyValues, { nil: undefined }),
  attributes,
  flags: uint32,
  traceId: fc.oneof(fc.constant(''), hexOf(16), hexOf(3)),
  spanId: fc.oneof(fc.constant(''), hexOf(8)),
  eventName: wellFormed,
});
const exemplar = fc.record({
  time: nanos,
  double: maybeNumber,
  int: int64,
  spanId: hexOf(8),
  traceId: hexOf(16),
  attributes,
});
/** Mostly with one bucket more than bounds, which grow: others are refused, in both encodings. */
const buckets = fc
  .array(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 5 })
  .map((list) => [...new Set(list)].sort((a, b) => a - b))
  .chain((bounds) =>
    fc.record({
      bounds: fc.constant(bounds),
      bucketCounts: fc.array(uint64, {
        minLength: bounds.length,
        maxLength: bounds.length + 1,
      }),
    }),
  );
const point: fc.Arbitrary<TestPoint> = fc
  .record({
    start: nanos,
    time: nanos,
    attributes,
    flags: uint32,
    exemplars: fc.array(exemplar, { maxLength: 2 }),
    double: maybeNumber,
    int: int64,
    count: uint64,
    sum: maybeNumber,
    min: maybeNumber,
    max: maybeNumber,
    scale: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    zeroCount: uint64,
    zeroThreshold: fc.double(),
    offset: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    quantiles: fc.array(fc.record({ quantile: fc.double(), value: fc.double() }), { maxLength: 3 }),
    isPacked: fc.boolean(),
  })
  .chain((one) => buckets.map((two) => ({ ...one, ...two })));
const metric: fc.Arbitrary<TestMetric> = fc.record({
  name: wellFormed,
  description: wellFormed,
  unit: wellFormed,
  kind: fc.constantFrom(...KINDS),
  temporality: fc.integer({ min: 0, max: 2 }),
  isMonotonic: fc.boolean(),
  points: fc.array(point, { maxLength: 3 }),
});

/** Rows and refusals as one comparable thing. */
function rowsOf(signal: OtlpSignal, protobuf: Buffer) {
  const batch = new Batch();
  batch.begin(DEFAULT_PROJECT, NOW_MS);
  const records = createWalks()[signal].read(protobuf, batch);
  const { writer, ranges } = batch[signal];
  return {
    records,
    rows: writer.rows,
    bytes: writer.bytes.toString('hex', 0, writer.length),
    ranges: ranges.take(),
    rejections: batch.rejections,
  };
}
const parsed = (json: object): unknown => JSON.parse(JSON.stringify(json));

describe('the two encodings', () => {
  it('give the same rows for the same logs', () => {
    let rows = 0;
    fc.assert(
      fc.property(origin, fc.array(log, { maxLength: 4 }), (from, logs) => {
        const fromProtobuf = rowsOf('logs', logsToProtobuf(from, logs));
        expect(fromProtobuf.records).toBe(logs.length);
        expect(rowsOf('logs', requestFromJson('logs', parsed(logsToJson(from, logs))))).toEqual(fromProtobuf);
        rows += fromProtobuf.rows;
      }),
      { numRuns: 150 },
    );
    expect(rows).toBeGreaterThan(100);
  });

  it('give the same rows for the same metrics, packed or not', () => {
    let rows = 0;
    let refused = 0;
    fc.assert(
      fc.property(origin, fc.array(metric, { maxLength: 3 }), (from, metrics) => {
        const fromProtobuf = rowsOf('metrics', metricsToProtobuf(from, metrics));
        expect(fromProtobuf.records).toBe(metrics.reduce((sum, { points }) => sum + points.length, 0));
        const json = requestFromJson('metrics', parsed(metricsToJson(from, metrics)));
        expect(rowsOf('metrics', json)).toEqual(fromProtobuf);
        rows += fromProtobuf.rows;
        refused += fromProtobuf.rejections.length;
      }),
      { numRuns: 150 },
    );
    expect(rows).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(5);
  });

  it('are told apart by their first record, and never taken for another signal', () => {
    const seen = { spans: 0, logs: 0, metrics: 0 };
    const look = (signal: OtlpSignal, bytes: Buffer): void => {
      const found = signalOfProtobuf(bytes);
      // Undefined where nothing tells, for example a metric without points.
      expect([signal, undefined]).toContain(found);
      if (found) seen[found] += 1;
    };
    const span = fc.record({
      start: nanos,
      traceId: hexOf(16),
      spanId: hexOf(8),
      name: wellFormed,
      attributes,
    });
    fc.assert(
      fc.property(origin, log, metric, span, (from, one, two, three) => {
        look('logs', logsToProtobuf(from, [one]));
        look('metrics', metricsToProtobuf(from, [two]));
        const rest = { parentSpanId: '', kind: 1, end: three.start, events: [], links: [] };
        const spans = [{ ...three, ...rest, status: { code: 0, message: '' } }];
        look('spans', toProtobuf({ ...from, spans }));
      }),
      { numRuns: 100 },
    );
    expect(Math.min(seen.spans, seen.logs, seen.metrics)).toBeGreaterThan(50);
  });

  it('of metrics that were cut anywhere or changed anywhere are taken or refused, but never fall over', () => {
    fc.assert(
      fc.property(
        origin,
        fc.array(metric, { minLength: 1, maxLength: 2 }),
        fc.nat(),
        fc.nat({ max: 255 }),
        (from, metrics, at, byte) => {
          const whole = metricsToProtobuf(from, metrics);
          const changed = Buffer.from(whole);
          changed[at % whole.length] = byte;
          for (const bytes of [whole.subarray(0, at % whole.length), changed]) {
            try {
              rowsOf('metrics', bytes);
            } catch (error) {
              expect((error as Error).name).toBe('MalformedProtobuf');
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
