/** Padded to four bytes, so that a length can be filled in when its message is complete: up to 256 MB. */
const LENGTH_BYTES = 4;

/** Of no character in UTF-8. */
const NOT_UTF8 = 0xff;

/** Writes protobuf; the inverse of Wire, for the slower JSON path. */
export class ProtoWriter {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(64 * 1024);
    this.#length = 0;
    return taken;
  }

  #need(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#length + count, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  #varint(value: number): void {
    this.#need(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  uint32(field: number, value: number): void {
    this.#varint(field << 3);
    this.#varint(value);
  }

  int64(field: number, value: bigint): void {
    this.#varint(field << 3);
    this.#varint64(value);
  }

  #varint64(value: bigint): void {
    this.#need(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  fixed64(field: number, value: bigint): void {
    this.#varint((field << 3) | 1);
    this.#need(8);
    this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
    this.#length += 8;
  }

  packedFixed64(field: number, values: readonly bigint[]): void {
    if (values.length === 0) return;
    this.#varint((field << 3) | 2);
    this.#varint(values.length * 8);
    this.#need(values.length * 8);
    for (const value of values) {
      this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
      this.#length += 8;
    }
  }

  packedDouble(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    this.#varint((field << 3) | 2);
    this.#varint(values.length * 8);
    this.#need(values.length * 8);
    for (const value of values) {
      this.#bytes.writeDoubleLE(value, this.#length);
      this.#length += 8;
    }
  }

  packedVarint(field: number, values: readonly bigint[]): void {
    if (values.length === 0) return;
    this.message(field, () => {
      for (const value of values) this.#varint64(value);
    });
  }

  fixed32(field: number, value: number): void {
    this.#varint((field << 3) | 5);
    this.#need(4);
    this.#bytes.writeUInt32LE(value >>> 0, this.#length);
    this.#length += 4;
  }

  double(field: number, value: number): void {
    this.#varint((field << 3) | 1);
    this.#need(8);
    this.#bytes.writeDoubleLE(value, this.#length);
    this.#length += 8;
  }

  string(field: number, value: string): void {
    this.#varint((field << 3) | 2);
    const count = Buffer.byteLength(value);
    this.#varint(count);
    this.#need(count);
    this.#bytes.write(value, this.#length, 'utf8');
    // Half of a surrogate pair is U+FFFD by now: the walk is to see that this is no text, and refuse its record alone.
    if (!value.isWellFormed()) this.#bytes[this.#length] = NOT_UTF8;
    this.#length += count;
  }

  bytes(field: number, value: Buffer): void {
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    this.#need(value.length);
    value.copy(this.#bytes, this.#length);
    this.#length += value.length;
  }

  /** Fields as they stand in another message, tags and all. */
  raw(source: Buffer, start: number, end: number): void {
    this.#need(end - start);
    source.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  get length(): number {
    return this.#length;
  }

  /** Takes back everything after `length`. */
  rewind(length: number): void {
    this.#length = length;
  }

  /** A message of its own: `write` fills it in. */
  message(field: number, write: () => void): void {
    this.#varint((field << 3) | 2);
    this.#need(LENGTH_BYTES);
    const lengthAt = this.#length;
    this.#length += LENGTH_BYTES;
    write();
    let rest = this.#length - lengthAt - LENGTH_BYTES;
    for (let at = 0; at < LENGTH_BYTES; at++) {
      this.#bytes[lengthAt + at] = (rest & 0x7f) | (at < LENGTH_BYTES - 1 ? 0x80 : 0);
      rest >>>= 7;
    }
  }
}
