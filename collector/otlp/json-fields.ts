import { MAX_DEPTH } from './any-json.ts';
import type { ProtoWriter } from './proto-writer.ts';

/** The JSON is not OTLP: the whole request is refused, and the path names the place. */
export class MalformedOtlpJson extends Error {
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'the body' : path} must be ${expected}`);
    this.name = 'MalformedOtlpJson';
  }
}

export type Fields = Readonly<Record<string, unknown>>;
const HEX = /^(?:[0-9a-f]{2})*$/i;
const TWO_31 = 2 ** 31;
const TWO_63 = 2n ** 63n;
const INTEGER = /^-?\d{1,20}$/;

export function attributes(
  out: ProtoWriter,
  field: number,
  list: unknown,
  path: string,
  depth: number,
): void {
  each(list, path, (item, at) =>
    out.message(field, () => {
      text(out, 1, item.key, `${at}.key`);
      const value = optionalFields(item.value, `${at}.value`);
      if (value) out.message(2, () => anyValue(out, value, `${at}.value`, depth));
    }),
  );
}

export function anyValue(out: ProtoWriter, value: Fields, path: string, depth: number): void {
  // One level more than the walk takes: so the walk refuses that record alone, and this recursion stays bounded.
  if (depth > MAX_DEPTH + 1) return;
  text(out, 1, value.stringValue, `${path}.stringValue`);
  if (typeof value.boolValue === 'boolean') out.uint32(2, value.boolValue ? 1 : 0);
  const int = value.intValue;
  if (int !== undefined && int !== null) out.int64(3, int64(int, `${path}.intValue`));
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

export function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new MalformedOtlpJson(path, 'an object');
}

export const optionalFields = (value: unknown, path: string): Fields | undefined =>
  value === undefined || value === null ? undefined : fieldsOf(value, path);

export function each(list: unknown, path: string, visit: (item: Fields, path: string) => void): void {
  if (list === undefined || list === null) return;
  if (!Array.isArray(list)) throw new MalformedOtlpJson(path, 'an array');
  list.forEach((item, at) => {
    const itemPath = `${path}[${at}]`;
    visit(fieldsOf(item, itemPath), itemPath);
  });
}

export function text(out: ProtoWriter, field: number, value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'string') throw new MalformedOtlpJson(path, 'a string');
  out.string(field, value);
}

/** An id that is not hex becomes one of the wrong length, which the walk refuses for that record alone. */
export function id(out: ProtoWriter, field: number, value: unknown): void {
  if (value === undefined || value === null) return;
  const isHex = typeof value === 'string' && HEX.test(value);
  out.bytes(field, isHex ? Buffer.from(value, 'hex') : Buffer.alloc(1));
}

export function number(out: ProtoWriter, field: number, value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  const read = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value;
  if (typeof read !== 'number' || !Number.isInteger(read) || read < -TWO_31 || read >= 2 * TWO_31)
    throw new MalformedOtlpJson(path, 'an integer of 32 bits');
  out.uint32(field, read);
}

/** Times, uint64 and sfixed64: they have a fixed width on the wire. */
export function fixed64(out: ProtoWriter, field: number, value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  out.fixed64(field, integer(value, path));
}

export function sfixed64(out: ProtoWriter, field: number, value: unknown, path: string): void {
  if (value !== undefined && value !== null) out.fixed64(field, int64(value, path));
}

/** Signed or not: what does not fit is refused, for cut to 64 bits it would be another number. */
export function integer(value: unknown, path: string): bigint {
  const isText = typeof value === 'string' && INTEGER.test(value);
  const read = isText || (typeof value === 'number' && Number.isInteger(value)) ? BigInt(value) : undefined;
  if (read === undefined) throw new MalformedOtlpJson(path, 'an integer, as a number or as decimal text');
  if (read < -TWO_63 || read >= 2n * TWO_63) throw new MalformedOtlpJson(path, 'an integer of 64 bits');
  return read;
}

function int64(value: unknown, path: string): bigint {
  const read = integer(value, path);
  if (read >= TWO_63) throw new MalformedOtlpJson(path, 'a signed integer of 64 bits');
  return read;
}

export function doubleOf(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return Number(value);
  throw new MalformedOtlpJson(path, 'a number, "NaN", "Infinity" or "-Infinity"');
}

export function double(out: ProtoWriter, field: number, value: unknown, path: string): void {
  if (value !== undefined && value !== null) out.double(field, doubleOf(value, path));
}

export function sint32(out: ProtoWriter, field: number, value: unknown, path: string): void {
  if (value === undefined || value === null) return;
  const read = Number(integer(value, path));
  if (read < -TWO_31 || read >= TWO_31) throw new MalformedOtlpJson(path, 'a signed integer of 32 bits');
  out.uint32(field, (read << 1) ^ (read >> 31));
}

/** A list of numbers or of decimal texts. */
export function values<T>(list: unknown, path: string, one: (value: unknown, path: string) => T): T[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new MalformedOtlpJson(path, 'an array');
  return list.map((item, at) => one(item, `${path}[${at}]`));
}
