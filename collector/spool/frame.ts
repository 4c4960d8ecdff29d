import { crc32 } from 'node:zlib';
import type { ProjectId } from '../../model/ids.ts';
import type { TimeRange } from '../../store/ports/loads.ts';
import type { Signal } from '../reasons.ts';
import { SIGNALS } from '../reasons.ts';
import type { Batch } from '../rows/batch.ts';
import { currentLayout } from './layouts.ts';

/**
 * One request in a segment: magic, length of header and payload, checksum of both, checksum of these numbers;
 * then the header as JSON, then the rows. The second checksum makes a damaged length visible before it is believed.
 */
const FRAME_MAGIC = 0x3146574c;
const FRAME_HEAD_BYTES = 20;

/** What one request brought of one signal. */
export type FrameSignal = {
  readonly signal: Signal;
  readonly rows: number;
  /** The columns of its rows, by name; left out by versions before there were names. */
  readonly layout?: string;
  /** Of its rows in the payload; signals follow one another in the order of the header. */
  readonly bytes: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly ranges: readonly TimeRange[];
  /** Reserved attributes that were replaced; left out when there were none. */
  readonly overwritten?: number;
};

export type FrameHeader = {
  readonly project: ProjectId;
  /** Start of the minute of receipt: the ledger's line. */
  readonly minuteMs: number;
  readonly signals: readonly FrameSignal[];
};

export type Frame = { readonly header: FrameHeader; readonly bytes: Buffer };

const MINUTE_MS = 60_000;

export function frameOfBatch(project: ProjectId, receivedAtMs: number, batch: Batch): Frame {
  const signals: FrameSignal[] = [];
  for (const signal of SIGNALS) {
    const { writer, rejected, ranges, overwritten } = batch[signal];
    if (writer.rows === 0 && rejected.size === 0) continue;
    signals.push({
      signal,
      rows: writer.rows,
      layout: currentLayout(signal),
      bytes: writer.length,
      rejected: Object.fromEntries(rejected),
      ranges: ranges.take(),
      ...(overwritten === 0 ? {} : { overwritten }),
    });
  }
  const minuteMs = receivedAtMs - (receivedAtMs % MINUTE_MS);
  return encodeFrame(
    { project, minuteMs, signals },
    signals.map(({ signal }) => batch[signal].writer),
  );
}

type Part = { readonly bytes: Buffer; readonly length: number };

export function encodeFrame(header: FrameHeader, parts: readonly Part[]): Frame {
  const text = Buffer.from(JSON.stringify(header));
  const payloadBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = Buffer.allocUnsafeSlow(FRAME_HEAD_BYTES + text.length + payloadBytes);
  text.copy(bytes, FRAME_HEAD_BYTES);
  let at = FRAME_HEAD_BYTES + text.length;
  for (const part of parts) {
    part.bytes.copy(bytes, at, 0, part.length);
    at += part.length;
  }
  bytes.writeUInt32LE(FRAME_MAGIC, 0);
  bytes.writeUInt32LE(text.length, 4);
  bytes.writeUInt32LE(payloadBytes, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(FRAME_HEAD_BYTES)), 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 16)), 16);
  return { header, bytes };
}

/** Less than a frame: what a write leaves that did not come to its end. Bits that flip make nothing shorter. */
export const CUT_SHORT = 'cut short';

type ReadFrame =
  | { readonly kind: 'frame'; readonly header: FrameHeader; readonly payload: Buffer; readonly end: number }
  /** Not a frame, or not a whole one, at this place. */
  | { readonly kind: 'damaged'; readonly why: string };

function readFrame(segment: Buffer, at: number): ReadFrame {
  if (segment.length - at < FRAME_HEAD_BYTES) return { kind: 'damaged', why: CUT_SHORT };
  if (segment.readUInt32LE(at) !== FRAME_MAGIC) return { kind: 'damaged', why: 'no frame starts here' };
  if (segment.readUInt32LE(at + 16) !== crc32(segment.subarray(at, at + 16)))
    return { kind: 'damaged', why: 'the frame head fails its checksum' };
  const headerEnd = at + FRAME_HEAD_BYTES + segment.readUInt32LE(at + 4);
  const end = headerEnd + segment.readUInt32LE(at + 8);
  if (end > segment.length) return { kind: 'damaged', why: CUT_SHORT };
  if (segment.readUInt32LE(at + 12) !== crc32(segment.subarray(at + FRAME_HEAD_BYTES, end)))
    return { kind: 'damaged', why: 'the frame fails its checksum' };
  const header: FrameHeader = JSON.parse(segment.toString('utf8', at + FRAME_HEAD_BYTES, headerEnd));
  return { kind: 'frame', header, payload: segment.subarray(headerEnd, end), end };
}

/** Where the next whole frame starts at or behind `from`; the segment's end when there is none. */
function nextFrameAt(segment: Buffer, from: number): number {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(FRAME_MAGIC);
  for (let at = segment.indexOf(magic, from); at !== -1; at = segment.indexOf(magic, at + 1))
    if (readFrame(segment, at).kind === 'frame') return at;
  return segment.length;
}

export type ScannedFrame = {
  readonly at: number;
  readonly header: FrameHeader;
  readonly payload: Buffer;
  readonly bytes: Buffer;
};
export type Damage = { readonly at: number; readonly bytes: Buffer; readonly why: string };

export type ScannedPiece =
  | ({ readonly kind: 'frame' } & ScannedFrame)
  | ({ readonly kind: 'damage' } & Damage);

/** A segment piece by piece: whole frames, and what lies between them. */
export function* piecesOf(segment: Buffer): Generator<ScannedPiece> {
  for (let at = 0; at < segment.length; ) {
    const read = readFrame(segment, at);
    if (read.kind === 'frame') {
      const { header, payload, end } = read;
      yield { kind: 'frame', at, header, payload, bytes: segment.subarray(at, end) };
      at = end;
    } else {
      const next = nextFrameAt(segment, at + 1);
      yield { kind: 'damage', at, bytes: segment.subarray(at, next), why: read.why };
      at = next;
    }
  }
}

/** All of them at once. */
export function scanSegment(segment: Buffer): { readonly frames: ScannedFrame[]; readonly damage: Damage[] } {
  const frames: ScannedFrame[] = [];
  const damage: Damage[] = [];
  for (const piece of piecesOf(segment)) {
    if (piece.kind === 'frame') frames.push(piece);
    else damage.push(piece);
  }
  return { frames, damage };
}
