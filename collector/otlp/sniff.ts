import type { OtlpSignal } from './reply.ts';
import { BYTES, FIXED32, FIXED64, MalformedProtobuf, VARINT, Wire } from './wire.ts';

/** Fields by `field << 3 | wire type` that only one of the messages has. */
const ONLY_SPAN = new Set([tagOf(6, VARINT), tagOf(7, FIXED64), tagOf(8, FIXED64), tagOf(16, FIXED32)]);
const ONLY_LOG = new Set([
  tagOf(1, FIXED64),
  tagOf(2, VARINT),
  tagOf(7, VARINT),
  tagOf(8, FIXED32),
  tagOf(11, FIXED64),
]);
/** gauge, sum, histogram, exponential_histogram, summary: each holds points in field 1, and a point its time in field 3. */
const METRIC_DATA = new Set([5, 7, 9, 10, 11]);

/**
 * Which signal the first record of a request is. The envelopes of all signals look alike on the wire, and a reader
 * skips what it does not know: only the record's own fields tell. Undefined when they do not.
 */
export function signalOfProtobuf(bytes: Buffer): OtlpSignal | undefined {
  try {
    const wire = new Wire(bytes);
    let end = bytes.length;
    for (const field of [1, 2, 2]) {
      const stop = enter(wire, end, field);
      if (stop === undefined) return undefined;
      end = stop;
    }
    return signalOfRecord(wire, end);
  } catch (error) {
    // The walk finds the same, and says where.
    if (error instanceof MalformedProtobuf) return undefined;
    throw error;
  }
}

/** Moves into the first message under that field. */
function enter(wire: Wire, end: number, field: number): number | undefined {
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === field && wire.type === BYTES) return wire.delimited(end);
    wire.skip(end);
  }
  return undefined;
}

function signalOfRecord(wire: Wire, end: number): OtlpSignal | undefined {
  const found = new Set<OtlpSignal>();
  while (wire.at < end) {
    wire.tag(end);
    const { field, type } = wire;
    const tag = tagOf(field, type);
    const at = wire.at;
    wire.skip(end);
    if (ONLY_SPAN.has(tag)) found.add('spans');
    else if (ONLY_LOG.has(tag)) found.add('logs');
    else if (METRIC_DATA.has(field) && type === BYTES && holdsPoints(wire.bytes, at, end))
      found.add('metrics');
  }
  const [only, ...others] = found;
  return others.length === 0 ? only : undefined;
}

function holdsPoints(bytes: Buffer, at: number, end: number): boolean {
  const wire = new Wire(bytes);
  wire.at = at;
  try {
    const point = enter(wire, wire.delimited(end), 1);
    if (point === undefined) return false;
    let isTimed = false;
    while (wire.at < point) {
      wire.tag(point);
      if (wire.field === 3 && wire.type === FIXED64) isTimed = true;
      wire.skip(point);
    }
    return isTimed;
  } catch (error) {
    if (error instanceof MalformedProtobuf) return false;
    throw error;
  }
}

function tagOf(field: number, type: number): number {
  return (field << 3) | type;
}
