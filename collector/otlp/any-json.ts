import { int64Text } from './int64.ts';
import { BYTES, FIXED64, VARINT, type Wire } from './wire.ts';

/** Arrays and key-value lists inside one another; deeper values are refused before a stack could overflow. */
export const MAX_DEPTH = 32;

export class TooDeep extends Error {}

/** OTLP JSON of an AnyValue, as its UTF-8 text: for arrays, lists and bytes, so that the type is kept. */
export function anyValueJson(wire: Wire, end: number, depth = 0): string {
  if (depth > MAX_DEPTH) throw new TooDeep();
  let json = '{}';
  while (wire.at < end) {
    wire.tag(end);
    json = anyValueField(wire, end, depth) ?? json;
  }
  return json;
}

function anyValueField(wire: Wire, end: number, depth: number): string | undefined {
  const { field, type } = wire;
  if (field === 1 && type === BYTES) return `{"stringValue":${JSON.stringify(readText(wire, end))}}`;
  if (field === 2 && type === VARINT) return `{"boolValue":${wire.varint(end) !== 0}}`;
  if (field === 3 && type === VARINT) {
    wire.varint64(end);
    return `{"intValue":"${int64Text(wire.low, wire.high)}"}`;
  }
  if (field === 4 && type === FIXED64) return `{"doubleValue":${doubleJson(wire.double(end))}}`;
  if (field === 5 && type === BYTES) return `{"arrayValue":{"values":[${values(wire, end, depth)}]}}`;
  if (field === 6 && type === BYTES) return `{"kvlistValue":{"values":[${keyValues(wire, end, depth)}]}}`;
  if (field === 7 && type === BYTES) {
    const stop = wire.delimited(end);
    const json = `{"bytesValue":"${wire.bytes.toString('base64', wire.at, stop)}"}`;
    wire.at = stop;
    return json;
  }
  wire.skip(end);
  return undefined;
}

/** proto3 JSON has names for what JSON has no number for. */
export function doubleJson(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return `"${value}"`;
}

export function readText(wire: Wire, end: number): string {
  const stop = wire.delimited(end);
  const text = wire.bytes.toString('utf8', wire.at, stop);
  wire.at = stop;
  return text;
}

function values(wire: Wire, end: number, depth: number): string {
  return repeated(wire, end, (stop) => anyValueJson(wire, stop, depth + 1));
}

function keyValues(wire: Wire, end: number, depth: number): string {
  return repeated(wire, end, (stop) => keyValueJson(wire, stop, depth + 1));
}

/** Field 1 of a message that holds nothing else: `ArrayValue.values`, `KeyValueList.values`. */
function repeated(wire: Wire, end: number, element: (stop: number) => string): string {
  const stop = wire.delimited(end);
  const parts: string[] = [];
  while (wire.at < stop) {
    wire.tag(stop);
    if (wire.field === 1 && wire.type === BYTES) parts.push(element(wire.delimited(stop)));
    else wire.skip(stop);
  }
  return parts.join(',');
}

export function keyValueJson(wire: Wire, end: number, depth: number): string {
  let key = '';
  let value = '{}';
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === 1 && wire.type === BYTES) key = readText(wire, end);
    else if (wire.field === 2 && wire.type === BYTES) value = anyValueJson(wire, wire.delimited(end), depth);
    else wire.skip(end);
  }
  return `{"key":${JSON.stringify(key)},"value":${value}}`;
}
