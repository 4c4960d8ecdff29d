import type { RowWriter } from '../rows/writer.ts';
import { anyValueJson } from './any-json.ts';
import { int64Text } from './int64.ts';
import { isReservedKey } from './reserved.ts';
import { BYTES, FIXED64, VARINT, type Wire } from './wire.ts';

export const MAX_ATTRIBUTES = 1_024;

/** What an AnyValue holds, by its field number in the message; EMPTY is a value that was never set. */
export const EMPTY = 0;
export const STRING = 1;
export const BOOL = 2;
export const INT = 3;
export const DOUBLE = 4;
export const ARRAY = 5;
/** A key that came again later in the list: the last one counts. */
const SHADOWED = -1;

/** Attributes of one span or resource, as positions in the request's bytes. Reused; nothing is copied before a row is written. */
export class Attributes {
  count = 0;
  overflow = false;
  /** Attributes that a payload has no say in, and that were therefore left out. */
  reserved = 0;
  readonly keyAt = new Int32Array(MAX_ATTRIBUTES);
  readonly keyEnd = new Int32Array(MAX_ATTRIBUTES);
  readonly kind = new Int8Array(MAX_ATTRIBUTES);
  readonly valueAt = new Int32Array(MAX_ATTRIBUTES);
  readonly valueEnd = new Int32Array(MAX_ATTRIBUTES);
  readonly low = new Uint32Array(MAX_ATTRIBUTES);
  readonly high = new Uint32Array(MAX_ATTRIBUTES);
  readonly double = new Float64Array(MAX_ATTRIBUTES);
  readonly #hash = new Int32Array(MAX_ATTRIBUTES);
  /** Hash table of positions plus one, open addressing; twice the attributes, so that probes stay short. */
  readonly #slots = new Int16Array(MAX_ATTRIBUTES * 2);

  reset(): void {
    this.count = 0;
    this.overflow = false;
    this.reserved = 0;
  }

  /** Reads one KeyValue message that ends at `end`. */
  read(wire: Wire, end: number): void {
    const at = this.count;
    if (at === MAX_ATTRIBUTES) {
      this.overflow = true;
      wire.at = end;
      return;
    }
    this.#clear(at);
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 1 && wire.type === BYTES) {
        const stop = wire.delimited(end);
        this.keyAt[at] = wire.at;
        this.keyEnd[at] = stop;
        wire.at = stop;
      } else if (wire.field === 2 && wire.type === BYTES) {
        const stop = wire.delimited(end);
        this.valueAt[at] = wire.at;
        this.valueEnd[at] = stop;
        this.#value(wire, at, stop);
      } else wire.skip(end);
    }
    if (isReservedKey(wire.bytes, this.keyAt[at] ?? 0, this.keyEnd[at] ?? 0)) this.reserved += 1;
    else this.count = at + 1;
  }

  /** Reads one AnyValue message that ends at `end`, as an attribute without a key. */
  readValue(wire: Wire, end: number): void {
    this.#clear(0);
    this.valueAt[0] = wire.at;
    this.valueEnd[0] = end;
    this.#value(wire, 0, end);
    this.count = 1;
  }

  #clear(at: number): void {
    this.keyAt[at] = 0;
    this.keyEnd[at] = 0;
    this.kind[at] = EMPTY;
    this.valueAt[at] = 0;
    this.valueEnd[at] = 0;
  }

  #value(wire: Wire, at: number, end: number): void {
    const whole = wire.at;
    while (wire.at < end) {
      wire.tag(end);
      const { field, type } = wire;
      if (field === STRING && type === BYTES) {
        const stop = wire.delimited(end);
        this.kind[at] = STRING;
        this.valueAt[at] = wire.at;
        this.valueEnd[at] = stop;
        wire.at = stop;
      } else if (field === INT && type === VARINT) {
        wire.varint64(end);
        this.kind[at] = INT;
        this.low[at] = wire.low;
        this.high[at] = wire.high;
      } else if (field === DOUBLE && type === FIXED64) {
        this.kind[at] = DOUBLE;
        this.double[at] = wire.double(end);
      } else if (field === BOOL && type === VARINT) {
        this.kind[at] = BOOL;
        this.low[at] = wire.varint(end) === 0 ? 0 : 1;
      } else if (field >= ARRAY && field <= 7 && type === BYTES) {
        wire.at = wire.delimited(end);
        this.kind[at] = field;
        this.valueAt[at] = whole;
        this.valueEnd[at] = end;
      } else wire.skip(end);
    }
  }

  /** Of equal keys only the last is kept. Linear: a hostile span cannot make it quadratic. */
  dropShadowed(bytes: Buffer): void {
    let size = 4;
    while (size < this.count * 2) size *= 2;
    const mask = size - 1;
    this.#slots.fill(0, 0, size);
    for (let at = this.count - 1; at >= 0; at--) {
      const hash = this.#hashOf(bytes, at);
      let slot = hash & mask;
      for (;;) {
        const other = (this.#slots[slot] ?? 0) - 1;
        if (other < 0) {
          this.#slots[slot] = at + 1;
          break;
        }
        if (this.#hash[other] === hash && this.#sameKey(bytes, at, other)) {
          this.kind[at] = SHADOWED;
          break;
        }
        slot = (slot + 1) & mask;
      }
    }
  }

  /** FNV-1a. */
  #hashOf(bytes: Buffer, at: number): number {
    const end = this.keyEnd[at] ?? 0;
    let hash = 0x811c9dc5;
    for (let from = this.keyAt[at] ?? 0; from < end; from++)
      hash = Math.imul(hash ^ (bytes[from] ?? 0), 0x01000193);
    // The low bits choose the slot: fold the high ones into them.
    hash ^= hash >>> 15;
    this.#hash[at] = hash;
    return hash;
  }

  #sameKey(bytes: Buffer, a: number, b: number): boolean {
    let x = this.keyAt[a] ?? 0;
    let y = this.keyAt[b] ?? 0;
    const end = this.keyEnd[a] ?? 0;
    if (end - x !== (this.keyEnd[b] ?? 0) - y) return false;
    while (x < end) if (bytes[x++] !== bytes[y++]) return false;
    return true;
  }
}

const isComplex = (kind: number | undefined): boolean => kind === EMPTY || (kind ?? SHADOWED) >= ARRAY;

function writeMap(
  writer: RowWriter,
  wire: Wire,
  attributes: Attributes,
  wanted: number,
  count: number,
  value: (at: number) => void,
): void {
  writer.varint(count);
  if (count === 0) return;
  for (let at = 0; at < attributes.count; at++) {
    const kind = attributes.kind[at];
    if (wanted === ARRAY ? !isComplex(kind) : kind !== wanted) continue;
    writer.text(wire.bytes, attributes.keyAt[at] ?? 0, attributes.keyEnd[at] ?? 0);
    value(at);
  }
}

/** The five typed maps of the span's attributes, in the order of the layout. */
export function writeAttributeMaps(writer: RowWriter, wire: Wire, from: Attributes): void {
  const counts = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < from.count; at++) {
    const kind = from.kind[at] ?? SHADOWED;
    const group = isComplex(kind) ? ARRAY : kind;
    if (kind !== SHADOWED) counts[group] = (counts[group] ?? 0) + 1;
  }
  const map = (kind: number, value: (at: number) => void): void =>
    writeMap(writer, wire, from, kind, counts[kind] ?? 0, value);
  map(STRING, (at) => writer.text(wire.bytes, from.valueAt[at] ?? 0, from.valueEnd[at] ?? 0));
  map(INT, (at) => writer.i64(from.low[at] ?? 0, from.high[at] ?? 0));
  map(DOUBLE, (at) => writer.f64(from.double[at] ?? 0));
  map(BOOL, (at) => writer.u8(from.low[at] ?? 0));
  map(ARRAY, (at) => writer.string(complexJson(wire, from, at)));
}

/** Resource attributes as one map of texts: they name where a span comes from, and are filtered by equality. */
export function writeTextMap(writer: RowWriter, wire: Wire, from: Attributes): void {
  let count = 0;
  for (let at = 0; at < from.count; at++) if (from.kind[at] !== SHADOWED) count += 1;
  writer.varint(count);
  for (let at = 0; at < from.count; at++) {
    const kind = from.kind[at];
    if (kind === SHADOWED) continue;
    writer.text(wire.bytes, from.keyAt[at] ?? 0, from.keyEnd[at] ?? 0);
    if (kind === STRING) writer.text(wire.bytes, from.valueAt[at] ?? 0, from.valueEnd[at] ?? 0);
    else writer.string(scalarText(wire, from, at));
  }
}

/** An attribute of any type as text: numbers in decimal, complex values as OTLP JSON. */
export function scalarText(wire: Wire, from: Attributes, at: number): string {
  const kind = from.kind[at];
  if (kind === STRING) return wire.bytes.toString('utf8', from.valueAt[at] ?? 0, from.valueEnd[at] ?? 0);
  if (kind === INT) return int64Text(from.low[at] ?? 0, from.high[at] ?? 0);
  if (kind === DOUBLE) return String(from.double[at] ?? 0);
  if (kind === BOOL) return from.low[at] === 0 ? 'false' : 'true';
  return complexJson(wire, from, at);
}

function complexJson(wire: Wire, from: Attributes, at: number): string {
  if (from.kind[at] === EMPTY) return '{}';
  const back = wire.at;
  wire.at = from.valueAt[at] ?? 0;
  const json = anyValueJson(wire, from.valueEnd[at] ?? 0);
  wire.at = back;
  return json;
}
