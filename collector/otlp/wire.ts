/** Protobuf wire types that OTLP uses. Groups (3, 4) were never part of proto3. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** The bytes are not the message they claim to be: the whole request is refused. */
export class MalformedProtobuf extends Error {
  constructor(what: string, at: number) {
    super(`malformed protobuf: ${what} at byte ${at}`);
    this.name = 'MalformedProtobuf';
  }
}

/** A cursor over protobuf bytes that makes no objects: what was read last is in its fields. */
export class Wire {
  readonly bytes: Buffer;
  at = 0;
  /** Halves of the last 64-bit number, as unsigned 32-bit numbers. */
  low = 0;
  high = 0;
  /** Field and type of the last tag. */
  field = 0;
  type = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  tag(end: number): void {
    const tag = this.varint(end);
    this.field = tag >>> 3;
    this.type = tag & 7;
    if (this.field === 0) throw new MalformedProtobuf('field number 0', this.at);
  }

  /** An unsigned varint that fits 32 bits (tags, lengths, enums); higher bits of longer ones are dropped. */
  varint(end: number): number {
    const bytes = this.bytes;
    let at = this.at;
    if (at < end) {
      const first = bytes[at] ?? 0;
      if (first < 0x80) {
        this.at = at + 1;
        return first;
      }
    }
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw new MalformedProtobuf('number cut short', at);
      const byte = bytes[at++] ?? 0;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.at = at;
        return value >>> 0;
      }
    }
    throw new MalformedProtobuf('number longer than 10 bytes', at);
  }

  varint64(end: number): void {
    let low = 0;
    let high = 0;
    let at = this.at;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw new MalformedProtobuf('number cut short', at);
      const byte = this.bytes[at++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else if (shift < 64) high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.at = at;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new MalformedProtobuf('number longer than 10 bytes', at);
  }

  /** Zigzag: small negative numbers stay short. */
  sint32(end: number): number {
    const value = this.varint(end);
    return (value >>> 1) ^ -(value & 1);
  }

  fixed64(end: number): void {
    if (this.at + 8 > end) throw new MalformedProtobuf('number cut short', this.at);
    this.low = this.bytes.readUInt32LE(this.at);
    this.high = this.bytes.readUInt32LE(this.at + 4);
    this.at += 8;
  }

  fixed32(end: number): number {
    if (this.at + 4 > end) throw new MalformedProtobuf('number cut short', this.at);
    const value = this.bytes.readUInt32LE(this.at);
    this.at += 4;
    return value;
  }

  double(end: number): number {
    if (this.at + 8 > end) throw new MalformedProtobuf('number cut short', this.at);
    const value = this.bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  /** End of the length-delimited field that starts here; the cursor stands at its first byte. */
  delimited(end: number): number {
    const length = this.varint(end);
    const stop = this.at + length;
    if (stop > end) throw new MalformedProtobuf('field longer than its message', this.at);
    return stop;
  }

  skip(end: number): void {
    if (this.type === VARINT) this.varint(end);
    else if (this.type === BYTES) this.at = this.delimited(end);
    else if (this.type === FIXED64) this.#advance(8, end);
    else if (this.type === FIXED32) this.#advance(4, end);
    else throw new MalformedProtobuf(`wire type ${this.type}`, this.at);
  }

  #advance(count: number, end: number): void {
    if (this.at + count > end) throw new MalformedProtobuf('field cut short', this.at);
    this.at += count;
  }
}
