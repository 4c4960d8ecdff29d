import { isUtf8 } from 'node:buffer';
import { Refusal } from '../refusal.ts';

const INITIAL_BYTES = 256 * 1024;
/** A buffer that one huge request blew up is given back instead of being kept for ever. */
const KEEP_BYTES = 8 * 1024 * 1024;
/**
 * Of one signal in one request. A resource is repeated in each of its rows, so that a small body could become
 * gigabytes without this.
 */
const MAX_ROW_BYTES = 256 * 1024 * 1024;
/** Below this length a loop in JavaScript beats the call into Buffer.copy. */
const COPY_BY_LOOP_BYTES = 48;

/** ClickHouse RowBinary, appended to one growing buffer that is reused from request to request. */
export class RowWriter {
  bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  length = 0;
  rows = 0;
  /** Set when text was written that is not UTF-8; whoever writes a row looks before keeping it. */
  invalidText = false;

  reset(): void {
    if (this.bytes.length > KEEP_BYTES) this.bytes = Buffer.allocUnsafe(INITIAL_BYTES);
    this.length = 0;
    this.rows = 0;
    this.invalidText = false;
  }

  /** Takes back everything after `length`: the row that was begun there is refused. */
  rewind(length: number): void {
    this.length = length;
    this.invalidText = false;
  }

  need(count: number): void {
    const wanted = this.length + count;
    if (wanted <= this.bytes.length) return;
    if (wanted > MAX_ROW_BYTES)
      throw new Refusal('too_large', `the request becomes more than ${MAX_ROW_BYTES} bytes of rows`);
    const grown = Buffer.allocUnsafe(Math.min(Math.max(wanted, this.bytes.length * 2), MAX_ROW_BYTES));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  u8(value: number): void {
    this.need(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.need(4);
    this.bytes.writeUInt32LE(value >>> 0, this.length);
    this.length += 4;
  }

  varint(value: number): void {
    this.need(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  /** A 64-bit integer as its two halves: no BigInt on the hot path. */
  i64(low: number, high: number): void {
    this.need(8);
    this.bytes.writeInt32LE(low | 0, this.length);
    this.bytes.writeInt32LE(high | 0, this.length + 4);
    this.length += 8;
  }

  f32(value: number): void {
    this.need(4);
    this.bytes.writeFloatLE(value, this.length);
    this.length += 4;
  }

  f64(value: number): void {
    this.need(8);
    this.bytes.writeDoubleLE(value, this.length);
    this.length += 8;
  }

  nullableF64(value: number | undefined): void {
    if (value === undefined) this.u8(1);
    else {
      this.u8(0);
      this.f64(value);
    }
  }

  /** Bytes as they are, without a length: a FixedString, or a part that was encoded before. */
  raw(source: Buffer, start: number, end: number): void {
    const count = end - start;
    this.need(count);
    if (count < COPY_BY_LOOP_BYTES) {
      const target = this.bytes;
      let at = this.length;
      for (let from = start; from < end; from++) target[at++] = source[from] ?? 0;
      this.length = at;
      return;
    }
    source.copy(this.bytes, this.length, start, end);
    this.length += count;
  }

  zeros(count: number): void {
    this.need(count);
    // A handful: the loop beats the call into Buffer.fill.
    for (const end = this.length + count; this.length < end; ) this.bytes[this.length++] = 0;
  }

  /** A String column from UTF-8 bytes. */
  text(source: Buffer, start: number, end: number): void {
    const count = end - start;
    this.need(count + 5);
    this.varint(count);
    if (count < COPY_BY_LOOP_BYTES) {
      const target = this.bytes;
      let at = this.length;
      let seen = 0;
      for (let from = start; from < end; from++) {
        const byte = source[from] ?? 0;
        seen |= byte;
        target[at++] = byte;
      }
      this.length = at;
      if (seen > 0x7f && !isUtf8(source.subarray(start, end))) this.invalidText = true;
      return;
    }
    source.copy(this.bytes, this.length, start, end);
    this.length += count;
    if (!isUtf8(source.subarray(start, end))) this.invalidText = true;
  }

  /** A String column from a JavaScript string. */
  string(value: string): void {
    const limit = value.length * 3;
    this.need(limit + 5);
    if (limit < 0x80) {
      const count = this.bytes.write(value, this.length + 1, 'utf8');
      this.bytes[this.length] = count;
      this.length += count + 1;
      return;
    }
    this.varint(Buffer.byteLength(value));
    this.length += this.bytes.write(value, this.length, 'utf8');
  }
}
