/**
 * A second, independent encoder of OTLP: it follows opentelemetry-proto's trace.proto and common.proto, writes the
 * shortest varints (the product pads lengths) and knows nothing of the product.
 */
export type AnyValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'array'; readonly value: readonly AnyValue[] }
  | { readonly kind: 'list'; readonly value: readonly KeyValue[] }
  | { readonly kind: 'bytes'; readonly value: Uint8Array };
export type KeyValue = { readonly key: string; readonly value: AnyValue };
export type TestSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: readonly KeyValue[];
  readonly events: readonly {
    readonly time: bigint;
    readonly name: string;
    readonly attributes: readonly KeyValue[];
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: readonly KeyValue[];
  }[];
  readonly status: { readonly code: number; readonly message: string };
};
export type TestRequest = {
  readonly resource: readonly KeyValue[];
  readonly scope: { readonly name: string; readonly version: string };
  readonly spans: readonly TestSpan[];
};

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const bits = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? bits : bits | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}
export const tag = (field: number, type: number): Buffer => varint(BigInt((field << 3) | type));
export const number = (field: number, value: bigint): Buffer => Buffer.concat([tag(field, 0), varint(value)]);
export const bytes = (field: number, value: Uint8Array): Buffer =>
  Buffer.concat([tag(field, 2), varint(BigInt(value.length)), value]);
export const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));
export const message = (field: number, ...parts: readonly Buffer[]): Buffer =>
  bytes(field, Buffer.concat(parts));
export function fixed64(field: number, value: bigint): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(value);
  return Buffer.concat([tag(field, 1), eight]);
}
export function double(field: number, value: number): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeDoubleLE(value);
  return Buffer.concat([tag(field, 1), eight]);
}

export function anyValue(value: AnyValue): Buffer {
  switch (value.kind) {
    case 'string':
      return text(1, value.value);
    case 'bool':
      return number(2, value.value ? 1n : 0n);
    case 'int':
      return number(3, value.value);
    case 'double':
      return double(4, value.value);
    case 'array':
      return message(5, ...value.value.map((item) => message(1, anyValue(item))));
    case 'list':
      return message(6, ...value.value.map((item) => keyValue(1, item)));
    case 'bytes':
      return bytes(7, value.value);
  }
}
export const keyValue = (field: number, { key, value }: KeyValue): Buffer =>
  message(field, text(1, key), message(2, anyValue(value)));
export const hex = (field: number, id: string): Buffer => bytes(field, Buffer.from(id, 'hex'));

const span = (one: TestSpan): Buffer =>
  message(
    2,
    hex(1, one.traceId),
    hex(2, one.spanId),
    hex(4, one.parentSpanId),
    text(5, one.name),
    number(6, BigInt(one.kind)),
    fixed64(7, one.start),
    fixed64(8, one.end),
    ...one.attributes.map((item) => keyValue(9, item)),
    ...one.events.map((event) =>
      message(
        11,
        fixed64(1, event.time),
        text(2, event.name),
        ...event.attributes.map((item) => keyValue(3, item)),
      ),
    ),
    ...one.links.map((link) =>
      message(
        13,
        hex(1, link.traceId),
        hex(2, link.spanId),
        ...link.attributes.map((item) => keyValue(4, item)),
      ),
    ),
    message(15, text(2, one.status.message), number(3, BigInt(one.status.code))),
  );

/** The scope's spans stand before the resource, as protobuf allows: a reader must not rely on the order. */
export const toProtobuf = ({ resource, scope, spans }: TestRequest): Buffer =>
  message(
    1,
    message(2, message(1, text(1, scope.name), text(2, scope.version)), ...spans.map(span)),
    message(1, ...resource.map((item) => keyValue(1, item))),
    // Unknown fields of each wire type, which a reader must ignore.
    number(100, 7n),
    fixed64(101, 7n),
    text(102, 'later'),
  );

export function jsonValue(value: AnyValue): object {
  switch (value.kind) {
    case 'string':
      return { stringValue: value.value };
    case 'bool':
      return { boolValue: value.value };
    case 'int':
      return { intValue: value.value.toString() };
    case 'double':
      // JSON.stringify forgets the sign of zero; text keeps it, and proto3 JSON takes numbers as text too.
      if (Object.is(value.value, -0)) return { doubleValue: '-0' };
      return { doubleValue: Number.isFinite(value.value) ? value.value : String(value.value) };
    case 'array':
      return { arrayValue: { values: value.value.map(jsonValue) } };
    case 'list':
      return { kvlistValue: { values: value.value.map(jsonKeyValue) } };
    case 'bytes':
      return { bytesValue: Buffer.from(value.value).toString('base64') };
  }
}
export const jsonKeyValue = ({ key, value }: KeyValue): object => ({ key, value: jsonValue(value) });

export const toJson = ({ resource, scope, spans }: TestRequest): object => ({
  resourceSpans: [
    {
      resource: { attributes: resource.map(jsonKeyValue) },
      scopeSpans: [
        {
          scope,
          spans: spans.map((one) => ({
            traceId: one.traceId.toUpperCase(),
            spanId: one.spanId,
            parentSpanId: one.parentSpanId,
            name: one.name,
            kind: one.kind,
            startTimeUnixNano: one.start.toString(),
            endTimeUnixNano: one.end.toString(),
            attributes: one.attributes.map(jsonKeyValue),
            events: one.events.map((event) => ({
              timeUnixNano: event.time.toString(),
              name: event.name,
              attributes: event.attributes.map(jsonKeyValue),
            })),
            links: one.links.map(({ traceId, spanId, attributes }) => ({
              traceId,
              spanId,
              attributes: attributes.map(jsonKeyValue),
            })),
            status: one.status,
            notYetInvented: true,
          })),
        },
      ],
      schemaUrl: null,
    },
  ],
});
