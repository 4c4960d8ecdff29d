import type { ProjectId } from '../../model/ids.ts';
import { NO_CONTRACTS, type ProjectContracts } from '../contracts/contracts.ts';
import type { Reason, Rejection, Signal } from '../reasons.ts';
import { type Carried, NOTHING_CARRIED } from '../records/carried.ts';
import { DayRanges } from './ranges.ts';
import { RecordHash } from './record-hash.ts';
import { RowWriter } from './writer.ts';

/** A refused record is described in full up to this many per request; all are counted. */
const MAX_DESCRIBED = 100;
/** Latest event time taken: 2200-01-01. DateTime64(9) ends in 2262. */
export const LATEST_MS = 7_258_118_400_000;

/** Rows and refusals of one signal in one request. */
export class SignalRows {
  readonly writer = new RowWriter();
  readonly ranges = new DayRanges();
  rejected = new Map<Reason, number>();
  /** Attributes of its records that say where they belong: replaced by what the credential says. */
  overwritten = 0;

  reset(): void {
    this.writer.reset();
    this.ranges.reset();
    this.overwritten = 0;
    if (this.rejected.size > 0) this.rejected = new Map();
  }

  get rejectedCount(): number {
    let sum = 0;
    for (const count of this.rejected.values()) sum += count;
    return sum;
  }
}

/** What one request became. One batch is reused for all requests: decoding is synchronous, and its result is copied into a frame. */
export class Batch {
  readonly spans = new SignalRows();
  readonly decisions = new SignalRows();
  readonly outcomes = new SignalRows();
  readonly logs = new SignalRows();
  readonly metrics = new SignalRows();
  readonly recordHash = new RecordHash();
  rejections: Rejection[] = [];
  /** The project's name and the time of receipt, encoded once for all rows. */
  project: Buffer = Buffer.alloc(0);
  receivedAtMs = 0;
  contracts: ProjectContracts = NO_CONTRACTS;
  carried: Carried = NOTHING_CARRIED;

  begin(
    project: ProjectId,
    receivedAtMs: number,
    contracts: ProjectContracts = NO_CONTRACTS,
    carried: Carried = NOTHING_CARRIED,
  ): void {
    this.spans.reset();
    this.decisions.reset();
    this.outcomes.reset();
    this.logs.reset();
    this.metrics.reset();
    this.recordHash.reset();
    this.rejections = [];
    this.project = Buffer.from(project);
    this.receivedAtMs = receivedAtMs;
    this.contracts = contracts;
    this.carried = carried;
    this.decisions.overwritten += carried.reserved;
  }

  reject(signal: Signal, index: number, reason: Reason, message: string): void {
    const { rejected } = this[signal];
    rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
    if (this.rejections.length < MAX_DESCRIBED) this.rejections.push({ signal, index, reason, message });
  }

  writeProject(writer: RowWriter): void {
    writer.text(this.project, 0, this.project.length);
  }

  /** Milliseconds since 1970 as DateTime64(3). */
  writeReceivedAt(writer: RowWriter): void {
    writeMillis(writer, this.receivedAtMs);
  }
}

export function writeMillis(writer: RowWriter, ms: number): void {
  writer.i64(ms % 4_294_967_296, Math.floor(ms / 4_294_967_296));
}

/** Milliseconds as the halves of nanoseconds. */
export function millisAsNanos(ms: number): { readonly low: number; readonly high: number } {
  const nanos = BigInt(Math.round(ms * 1_000)) * 1_000n;
  return { low: Number(nanos & 0xffff_ffffn), high: Number(nanos >> 32n) };
}

/** Milliseconds as DateTime64(9). */
export function writeMillisAsNanos(writer: RowWriter, ms: number): void {
  const { low, high } = millisAsNanos(ms);
  writer.i64(low, high);
}
