import type { Batch } from '../rows/batch.ts';
import { LATEST_MS, millisAsNanos } from '../rows/batch.ts';
import type { RowWriter } from '../rows/writer.ts';
import { Attributes, EMPTY, STRING, scalarText, writeAttributeMaps } from './attributes.ts';
import type { SpanContext } from './context.ts';
import { isBadId } from './ids.ts';
import { nanosToMs } from './int64.ts';
import { mayBeEvent, readLogEvent } from './log-events.ts';
import { type Refused, refusedContext, TOO_MANY_MONTHS, writeChecked, writeOrigin } from './record.ts';
import { BYTES, FIXED32, FIXED64, VARINT, type Wire } from './wire.ts';

/** A field's place in the request's bytes. */
type Place = { at: number; end: number };
const place = (): Place => ({ at: 0, end: 0 });

/** Reads one log record after the other and writes each as a row. */
export class LogReader {
  readonly #attributes = new Attributes();
  readonly #body = new Attributes();
  readonly #severityText = place();
  readonly #eventName = place();
  readonly #traceId = place();
  readonly #spanId = place();
  #severity = 0;
  #flags = 0;
  #timeLow = 0;
  #timeHigh = 0;
  #observedLow = 0;
  #observedHigh = 0;

  /** Reads the record that ends at `end` and writes its row, or says why not. */
  read(wire: Wire, end: number, index: number, context: SpanContext, batch: Batch): void {
    this.#reset();
    while (wire.at < end) {
      wire.tag(end);
      if (wire.type === BYTES) this.#delimited(wire, end);
      else this.#number(wire, end);
    }
    this.#settleTime(batch);
    const refused = this.#write(wire, context, batch);
    if (refused) batch.reject('logs', index, refused.reason, refused.message);
    else this.#event(wire, index, context, batch);
  }

  #reset(): void {
    this.#attributes.reset();
    this.#body.reset();
    for (const one of [this.#severityText, this.#eventName, this.#traceId, this.#spanId])
      one.at = one.end = 0;
    this.#severity = 0;
    this.#flags = 0;
    this.#timeLow = 0;
    this.#timeHigh = 0;
    this.#observedLow = 0;
    this.#observedHigh = 0;
  }

  #delimited(wire: Wire, end: number): void {
    const { field } = wire;
    const stop = wire.delimited(end);
    if (field === 6) this.#attributes.read(wire, stop);
    else if (field === 5) this.#body.readValue(wire, stop);
    else if (field === 3) set(this.#severityText, wire.at, stop);
    else if (field === 9) set(this.#traceId, wire.at, stop);
    else if (field === 10) set(this.#spanId, wire.at, stop);
    else if (field === 12) set(this.#eventName, wire.at, stop);
    wire.at = stop;
  }

  #number(wire: Wire, end: number): void {
    const { field, type } = wire;
    if (field === 1 && type === FIXED64) {
      wire.fixed64(end);
      this.#timeLow = wire.low;
      this.#timeHigh = wire.high;
    } else if (field === 11 && type === FIXED64) {
      wire.fixed64(end);
      this.#observedLow = wire.low;
      this.#observedHigh = wire.high;
    } else if (field === 2 && type === VARINT) this.#severity = wire.varint(end);
    else if (field === 8 && type === FIXED32) this.#flags = wire.fixed32(end);
    else wire.skip(end);
  }

  /** OTLP: a record without a time has that of its observation; one without either has that of its receipt. */
  #settleTime(batch: Batch): void {
    if (this.#observedLow === 0 && this.#observedHigh === 0) {
      const isTimed = this.#timeLow !== 0 || this.#timeHigh !== 0;
      const received = millisAsNanos(batch.receivedAtMs);
      this.#observedLow = isTimed ? this.#timeLow : received.low;
      this.#observedHigh = isTimed ? this.#timeHigh : received.high;
    }
    if (this.#timeLow !== 0 || this.#timeHigh !== 0) return;
    this.#timeLow = this.#observedLow;
    this.#timeHigh = this.#observedHigh;
  }

  #write(wire: Wire, context: SpanContext, batch: Batch): Refused | undefined {
    const timeMs = nanosToMs(this.#timeLow, this.#timeHigh);
    if (timeMs > LATEST_MS) return { reason: 'time_out_of_range', message: 'time_unix_nano lies after 2200' };
    if (nanosToMs(this.#observedLow, this.#observedHigh) > LATEST_MS)
      return { reason: 'time_out_of_range', message: 'observed_time_unix_nano lies after 2200' };
    const refused = refusedContext(context, this.#attributes);
    if (refused) return refused;
    if (!batch.logs.ranges.admits(timeMs)) return TOO_MANY_MONTHS;
    this.#attributes.dropShadowed(wire.bytes);
    const { writer } = batch.logs;
    const unwritten = writeChecked(writer, () => this.#row(wire, context, batch, writer));
    if (unwritten) return unwritten;
    batch.logs.overwritten += this.#attributes.reserved;
    batch.logs.ranges.add(timeMs);
    return undefined;
  }

  /** Some events are decisions, or outcomes of decisions, beside being log records. */
  #event(wire: Wire, index: number, context: SpanContext, batch: Batch): void {
    const { bytes } = wire;
    const name = bytes.toString('utf8', this.#eventName.at, this.#eventName.end);
    if (!mayBeEvent(bytes, name, this.#attributes)) return;
    const { writer } = batch.logs;
    const event = {
      attributes: this.#attributes,
      name,
      traceId: hexId(bytes, this.#traceId, 16),
      spanId: hexId(bytes, this.#spanId, 8),
      timeMs: nanosToMs(this.#timeLow, this.#timeHigh),
      // The row's last columns: record_hash, received_at.
      recordHash: writer.bytes.toString('hex', writer.length - 16, writer.length - 8),
      service: context.serviceName.toString('utf8'),
    };
    readLogEvent(wire, event, index, batch);
  }

  /** Columns in the order of ROW_LAYOUT.logs. */
  #row(wire: Wire, context: SpanContext, batch: Batch, writer: RowWriter): void {
    const { bytes } = wire;
    const begin = writer.length;
    batch.writeProject(writer);
    writer.i64(this.#timeLow, this.#timeHigh);
    writer.i64(this.#observedLow, this.#observedHigh);
    writeId(writer, bytes, this.#traceId, 16);
    writeId(writer, bytes, this.#spanId, 8);
    writer.u32(this.#flags);
    writer.u8(Math.min(this.#severity, 255));
    writer.text(bytes, this.#severityText.at, this.#severityText.end);
    writer.raw(context.service, 0, context.service.length);
    writer.text(bytes, this.#eventName.at, this.#eventName.end);
    this.#writeBody(wire, writer);
    writeAttributeMaps(writer, wire, this.#attributes);
    writeOrigin(writer, context, batch, begin);
  }

  /** A text as it is, numbers in decimal, lists and bytes as OTLP JSON; `body_kind` tells them apart. */
  #writeBody(wire: Wire, writer: RowWriter): void {
    const body = this.#body;
    const kind = body.count === 0 ? EMPTY : (body.kind[0] ?? EMPTY);
    writer.u8(kind);
    if (kind === EMPTY) writer.u8(0);
    else if (kind === STRING) writer.text(wire.bytes, body.valueAt[0] ?? 0, body.valueEnd[0] ?? 0);
    else writer.string(scalarText(wire, body, 0));
  }
}

function set(target: Place, at: number, end: number): void {
  target.at = at;
  target.end = end;
}

/** OTLP: with an invalid id the record belongs to no trace; it is not wrong for that. */
function writeId(writer: RowWriter, bytes: Buffer, { at, end }: Place, wanted: number): void {
  if (isBadId(bytes, at, end - at, wanted)) writer.zeros(wanted);
  else writer.raw(bytes, at, end);
}

const hexId = (bytes: Buffer, { at, end }: Place, wanted: number): string =>
  isBadId(bytes, at, end - at, wanted) ? '' : bytes.toString('hex', at, end);
