import { MAX_DEPTH } from './any-json.ts';
import { ProtoWriter } from './proto-writer.ts';

/** The JSON is not OTLP: the whole request is refused, and the path names the place. */
export class MalformedOtlpJson extends Error {
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'the body' : path} must be ${expected}`);
    this.name = 'MalformedOtlpJson';
  }
}

type Fields = Readonly<Record<string, unknown>>;
const HEX = /^(?:[0-9a-f]{2})*$/i;
const INTEGER = /^-?\d{1,20}$/;

/**
 * OTLP JSON as the protobuf message it stands for. Both encodings then take the same walk, so that they cannot
 * differ in what they accept or store. Only lowerCamelCase names are known; unknown ones are ignored, and null is
 * absent, as proto3 JSON has it.
 */
export function traceRequestFromJson(body: unknown): Buffer {
  const out = new ProtoWriter();
  const request = fieldsOf(body, '');
  each(request.resourceSpans, 'resourceSpans', (item, path) =>
    out.message(1, () => resourceSpans(out, item, path)),
  );
  return out.take();
}

function resourceSpans(out: ProtoWriter, item: Fields, path: string): void {
  const resource = optionalFields(item.resource, `${path}.resource`);
  if (resource)
    out.message(1, () => attributes(out, 1, resource.attributes, `${path}.resource.attributes`, 0));
  each(item.scopeSpans, `${path}.scopeSpans`, (scopeSpans, scopePath) =>
    out.message(2, () => {
      const scope = optionalFields(scopeSpans.scope, `${scopePath}.scope`);
      if (scope)
        out.message(1, () => {
          text(out, 1, scope.name, `${scopePath}.scope.name`);
          text(out, 2, scope.version, `${scopePath}.scope.version`);
        });
      each(scopeSpans.spans, `${scopePath}.spans`, (span, spanPath) =>
        out.message(2, () => writeSpan(out, span, spanPath)),
      );
    }),
  );
}

function writeSpan(out: ProtoWriter, span: Fields, path: string): void {
  id(out, 1, span.traceId);
  id(out, 2, span.spanId);
  text(out, 3, span.traceState, `${path}.traceState`);
  if (span.parentSpanId !== '') id(out, 4, span.parentSpanId);
  text(out, 5, span.name, `${path}.name`);
  number(out, 6, span.kind, `${path}.kind`);
  nanos(out, 7, span.startTimeUnixNano, `${path}.startTimeUnixNano`);
  nanos(out, 8, span.endTimeUnixNano, `${path}.endTimeUnixNano`);
  attributes(out, 9, span.attributes, `${path}.attributes`, 0);
  each(span.events, `${path}.events`, (event, at) =>
    out.message(11, () => {
      nanos(out, 1, event.timeUnixNano, `${at}.timeUnixNano`);
      text(out, 2, event.name, `${at}.name`);
      attributes(out, 3, event.attributes, `${at}.attributes`, 0);
      number(out, 4, event.droppedAttributesCount, `${at}.droppedAttributesCount`);
    }),
  );
  each(span.links, `${path}.links`, (link, at) =>
    out.message(13, () => {
      id(out, 1, link.traceId);
      id(out, 2, link.spanId);
      text(out, 3, link.traceState, `${at}.traceState`);
      attributes(out, 4, link.attributes, `${at}.attributes`, 0);
      number(out, 5, link.droppedAttributesCount, `${at}.droppedAttributesCount`);
      if (typeof link.flags === 'number') out.fixed32(6, link.flags);
    }),
  );
  const status = optionalFields(span.status, `${path}.status`);
  if (status)
    out.message(15, () => {
      text(out, 2, status.message, `${path}.status.message`);
      number(out, 3, status.code, `${path}.status.code`);
    });
}

function attributes(out: ProtoWriter, field: number, list: unknown, path: string, depth: number): void {
  each(list, path, (item, at) =>
    out.message(field, () => {
      text(out, 1, item.key, `${at}.key`);
      const value = optionalFields(item.value, `${at}.value`);
      if (value) out.message(2, () => anyValue(out, value, `${at}.value`, depth));
    }),
  );
}

function anyValue(out: ProtoWriter, value: Fields, path: string, depth: number): void {
  // One level more than the walk takes: so the walk refuses that span alone, and this recursion stays bounded.
  if (depth > MAX_DEPTH + 1) return;
  text(out, 1, value.stringValue, `${path}.stringValue`);
  if (typeof value.boolValue === 'boolean') out.uint32(2, value.boolValue ? 1 : 0);
  const int = value.intValue;
  if (int !== undefined && int !== null) out.int64(3, integer(int, `${path}.intValue`));
  const double = value.doubleValue;
  if (double !== undefined && double !== null) out.double(4, doubleOf(double, `${path}.doubleValue`));
  const array = optionalFields(value.arrayValue, `${path}.arrayValue`);
  if (array)
    out.message(5, () =>
      each(array.values, `${path}.arrayValue.values`, (item, at) =>
        out.message(1, () => anyValue(out, item, at, depth + 1)),
      ),
    );
  const list = optionalFields(value.kvlistValue, `${path}.kvlistValue`);
  if (list) out.message(6, () => attributes(out, 1, list.values, `${path}.kvlistValue.values`, depth + 1));
  if (typeof value.bytesValue === 'string') out.bytes(7, Buffer.from(value.bytesValue, 'base64'));
}

function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new MalformedOtlpJson(path, 'an object');
}

const optionalFields = (value: unknown, path: string): Fields | undefined =>
  value === undefined || value === null ? undefined : fieldsOf(value, path);

function each(list: unknown, path: string, visit: (item: Fields, path: string) => void): void {
  if (list === undefined || list === null) return;
  if (!Array.isArray(list)) throw new MalformedOtlpJson(path, 'an array');
  list.forEach((item, at) => {
    const itemPath = `${path}[${at}]`;
    visit(fieldsOf(item, itemPath), itemPath);
  });
}

function text(out: ProtoWriter, field: number, value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'string') throw new MalformedOtlpJson(path, 'a string');
  out.string(field, value);
}

/** An id that is not hex becomes one of the wrong length, which the walk refuses for that span alone. */
function id(out: ProtoWriter, field: number, value: unknown): void {
  if (value === undefined || value === null) return;
  const isHex = typeof value === 'string' && HEX.test(value);
  out.bytes(field, isHex ? Buffer.from(value, 'hex') : Buffer.alloc(1));
}

function number(out: ProtoWriter, field: number, value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  const read = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value;
  if (typeof read !== 'number' || !Number.isInteger(read)) throw new MalformedOtlpJson(path, 'an integer');
  out.uint32(field, read);
}

function nanos(out: ProtoWriter, field: number, value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  out.fixed64(field, integer(value, path));
}

function integer(value: unknown, path: string): bigint {
  if (typeof value === 'string' && INTEGER.test(value)) return BigInt(value);
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  throw new MalformedOtlpJson(path, 'an integer, as a number or as decimal text');
}

function doubleOf(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value);
  throw new MalformedOtlpJson(path, 'a number, "NaN", "Infinity" or "-Infinity"');
}
