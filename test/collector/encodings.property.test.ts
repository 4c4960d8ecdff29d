import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestFromJson } from '../../collector/otlp/from-json.ts';
import { createWalks } from '../../collector/otlp/walk.ts';
import { Batch } from '../../collector/rows/batch.ts';
import { DEFAULT_PROJECT } from '../../model/ids.ts';
import { anyValues, hexOf, nanos, wellFormed } from './arbitraries.ts';
import { type AnyValue, type TestSpan, toJson, toProtobuf } from './encode.ts';

const NOW_MS = 1_790_000_000_000;
const text = (value: string): AnyValue => ({ kind: 'string', value });
const key = fc.oneof(
  wellFormed,
  fc.constantFrom(
    'service.name',
    'leeway.decision.value',
    'leeway.decision.score',
    'leeway.decision.upstream',
    'leeway.decision.feature.a',
    'leeway.decision.feature.b',
    'leeway.decision.segment.region',
    'leeway.decision.features.missing',
  ),
);
const attributes = fc.array(fc.record({ key, value: anyValues }), { maxLength: 12 });
const span: fc.Arbitrary<TestSpan> = fc.record({
  traceId: hexOf(16),
  spanId: hexOf(8),
  parentSpanId: fc.oneof(fc.constant(''), hexOf(8)),
  name: wellFormed,
  kind: fc.integer({ min: 0, max: 5 }),
  start: nanos,
  end: nanos,
  attributes: fc
    .tuple(attributes, fc.boolean())
    .map(([list, decides]) => [
      ...list,
      ...(decides ? [{ key: 'leeway.decision.value', value: text('hold') }] : []),
    ]),
  events: fc.array(fc.record({ time: nanos, name: wellFormed, attributes }), { maxLength: 2 }),
  links: fc.array(fc.record({ traceId: hexOf(16), spanId: hexOf(8), attributes }), { maxLength: 2 }),
  status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: wellFormed }),
});
const traceRequest = fc.record({
  resource: attributes,
  scope: fc.record({ name: wellFormed, version: wellFormed }),
  spans: fc.array(span, { maxLength: 4 }),
});

/** Rows and refusals as one comparable thing. */
function rowsOf(protobuf: Buffer): object {
  const batch = new Batch();
  batch.begin(DEFAULT_PROJECT, NOW_MS);
  const spans = createWalks().spans.read(protobuf, batch);
  const bytesOf = ({ writer }: { writer: { bytes: Buffer; length: number } }): string =>
    writer.bytes.toString('hex', 0, writer.length);
  return {
    spans,
    rows: [batch.spans.writer.rows, batch.decisions.writer.rows],
    bytes: [bytesOf(batch.spans), bytesOf(batch.decisions)],
    ranges: [batch.spans.ranges.take(), batch.decisions.ranges.take()],
    rejections: batch.rejections,
  };
}

describe('the two encodings of OTLP', () => {
  it('give the same rows for the same request', () => {
    let decisions = 0;
    fc.assert(
      fc.property(traceRequest, (request) => {
        const fromProtobuf = rowsOf(toProtobuf(request));
        const json: unknown = JSON.parse(JSON.stringify(toJson(request)));
        expect(rowsOf(requestFromJson('spans', json))).toEqual(fromProtobuf);
        decisions += request.spans.filter((one) =>
          one.attributes.some((attribute) => attribute.key === 'leeway.decision.value'),
        ).length;
      }),
      { numRuns: 300 },
    );
    // The property would be empty if no decision were among the requests.
    expect(decisions).toBeGreaterThan(50);
  });

  it('accept a request that was cut anywhere or changed anywhere, or refuse it, but never fall over', () => {
    fc.assert(
      fc.property(traceRequest, fc.nat(), fc.nat({ max: 255 }), (request, at, byte) => {
        const whole = toProtobuf(request);
        const changed = Buffer.from(whole);
        changed[at % whole.length] = byte;
        for (const bytes of [whole.subarray(0, at % whole.length), changed]) {
          try {
            rowsOf(bytes);
          } catch (error) {
            expect((error as Error).name).toBe('MalformedProtobuf');
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
