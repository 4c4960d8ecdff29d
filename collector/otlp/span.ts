import type { Reason } from '../reasons.ts';
import type { Batch } from '../rows/batch.ts';
import { LATEST_MS } from '../rows/batch.ts';
import type { RowWriter } from '../rows/writer.ts';
import { TooDeep } from './any-json.ts';
import { Attributes, writeAttributeMaps } from './attributes.ts';
import type { SpanContext } from './context.ts';
import { DecisionReader } from './decision.ts';
import { isBadId } from './ids.ts';
import { nanosToMs } from './int64.ts';
import { eventsJson, linksJson } from './nested.ts';
import { BYTES, FIXED64, VARINT, type Wire } from './wire.ts';

type Refused = { readonly reason: Reason; readonly message: string };

const TOO_MANY_MONTHS: Refused = {
  reason: 'too_many_months',
  message: 'the request touches more than 120 months',
};

const TEXTS = { traceState: 0, name: 1, statusMessage: 2 } as const;
const TEXT_COUNT = 3;

/** Reads one span after the other and writes each as a row, without an object in between. */
export class SpanReader {
  readonly attributes = new Attributes();
  readonly #decision = new DecisionReader();
  readonly #textAt = new Int32Array(TEXT_COUNT);
  readonly #textEnd = new Int32Array(TEXT_COUNT);
  readonly events: number[] = [];
  readonly #links: number[] = [];
  traceAt = 0;
  traceBytes = 0;
  spanAt = 0;
  spanBytes = 0;
  startLow = 0;
  startHigh = 0;
  durationLow = 0;
  durationHigh = 0;
  #parentAt = 0;
  #parentBytes = 0;
  #endLow = 0;
  #endHigh = 0;
  #kind = 0;
  #statusCode = 0;

  get stateAt(): number {
    return this.#textAt[TEXTS.traceState] ?? 0;
  }
  get stateEnd(): number {
    return this.#textEnd[TEXTS.traceState] ?? 0;
  }

  /** Reads the span that ends at `end` and writes its row, and a decision's when it is one; or says why not. */
  read(wire: Wire, end: number, index: number, context: SpanContext, batch: Batch): void {
    this.#reset();
    while (wire.at < end) {
      wire.tag(end);
      if (wire.type === BYTES) this.#delimited(wire, end);
      else this.#number(wire, end);
    }
    this.#write(wire, index, context, batch);
  }

  #reset(): void {
    this.attributes.reset();
    for (let which = 0; which < TEXT_COUNT; which++) {
      this.#textAt[which] = 0;
      this.#textEnd[which] = 0;
    }
    if (this.events.length > 0) this.events.length = 0;
    if (this.#links.length > 0) this.#links.length = 0;
    this.traceBytes = 0;
    this.spanBytes = 0;
    this.#parentBytes = 0;
    this.startLow = 0;
    this.startHigh = 0;
    this.#endLow = 0;
    this.#endHigh = 0;
    this.#kind = 0;
    this.#statusCode = 0;
  }

  #delimited(wire: Wire, end: number): void {
    const { field } = wire;
    const stop = wire.delimited(end);
    const { at } = wire;
    if (field === 9) this.attributes.read(wire, stop);
    else if (field === 1) {
      this.traceAt = at;
      this.traceBytes = stop - at;
    } else if (field === 2) {
      this.spanAt = at;
      this.spanBytes = stop - at;
    } else if (field === 4) {
      this.#parentAt = at;
      this.#parentBytes = stop - at;
    } else if (field === 3) this.#text(TEXTS.traceState, at, stop);
    else if (field === 5) this.#text(TEXTS.name, at, stop);
    else if (field === 11) this.events.push(at, stop);
    else if (field === 13) this.#links.push(at, stop);
    else if (field === 15) this.#status(wire, stop);
    wire.at = stop;
  }

  #text(which: number, at: number, end: number): void {
    this.#textAt[which] = at;
    this.#textEnd[which] = end;
  }

  #number(wire: Wire, end: number): void {
    const { field, type } = wire;
    if (field === 7 && type === FIXED64) {
      wire.fixed64(end);
      this.startLow = wire.low;
      this.startHigh = wire.high;
    } else if (field === 8 && type === FIXED64) {
      wire.fixed64(end);
      this.#endLow = wire.low;
      this.#endHigh = wire.high;
    } else if (field === 6 && type === VARINT) this.#kind = wire.varint(end);
    else wire.skip(end);
  }

  #status(wire: Wire, end: number): void {
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 2 && wire.type === BYTES) {
        const stop = wire.delimited(end);
        this.#text(TEXTS.statusMessage, wire.at, stop);
        wire.at = stop;
      } else if (wire.field === 3 && wire.type === VARINT) this.#statusCode = wire.varint(end);
      else wire.skip(end);
    }
  }

  #write(wire: Wire, index: number, context: SpanContext, batch: Batch): void {
    const { writer, ranges } = batch.spans;
    const begin = writer.length;
    const startMs = nanosToMs(this.startLow, this.startHigh);
    const refused =
      this.#invalid(wire.bytes, context, startMs) ??
      (ranges.admits(startMs) ? this.#tryRow(wire, context, batch) : TOO_MANY_MONTHS);
    if (refused) {
      writer.rewind(begin);
      batch.reject('spans', index, refused.reason, refused.message);
      return;
    }
    writer.rows += 1;
    batch.spans.overwritten += this.attributes.reserved;
    ranges.add(startMs);
    this.#decision.read(wire, this, index, startMs, context.serviceName, batch);
  }

  #invalid(bytes: Buffer, context: SpanContext, startMs: number): Refused | undefined {
    if (isBadId(bytes, this.traceAt, this.traceBytes, 16))
      return { reason: 'invalid_trace_id', message: idMessage('trace_id', this.traceBytes, 16) };
    if (isBadId(bytes, this.spanAt, this.spanBytes, 8))
      return { reason: 'invalid_span_id', message: idMessage('span_id', this.spanBytes, 8) };
    if (this.attributes.overflow || context.tooManyAttributes)
      return {
        reason: 'too_many_attributes',
        message: 'more than 1024 attributes on the span or its resource',
      };
    if (startMs > LATEST_MS)
      return { reason: 'time_out_of_range', message: 'start_time_unix_nano lies after 2200' };
    return undefined;
  }

  #tryRow(wire: Wire, context: SpanContext, batch: Batch): Refused | undefined {
    this.attributes.dropShadowed(wire.bytes);
    this.#setDuration();
    try {
      this.#row(wire, context, batch, batch.spans.writer);
    } catch (error) {
      if (!(error instanceof TooDeep)) throw error;
      return { reason: 'too_deep', message: 'an attribute is nested deeper than 32 levels' };
    }
    if (!batch.spans.writer.invalidText && !context.invalidText) return undefined;
    return { reason: 'invalid_utf8', message: 'a text of the span or its resource is not UTF-8' };
  }

  /** end − start in two halves; 0 when the end is missing or lies before the start. */
  #setDuration(): void {
    const ends =
      this.#endHigh > this.startHigh || (this.#endHigh === this.startHigh && this.#endLow > this.startLow);
    this.durationLow = ends ? (this.#endLow - this.startLow) | 0 : 0;
    const borrow = this.#endLow < this.startLow ? 1 : 0;
    this.durationHigh = ends ? (this.#endHigh - this.startHigh - borrow) | 0 : 0;
  }

  /** Columns in the order of ROW_LAYOUT.spans. */
  #row(wire: Wire, context: SpanContext, batch: Batch, writer: RowWriter): void {
    const { bytes } = wire;
    batch.writeProject(writer);
    writer.raw(bytes, this.traceAt, this.traceAt + 16);
    writer.raw(bytes, this.spanAt, this.spanAt + 8);
    if (this.#parentBytes === 8) writer.raw(bytes, this.#parentAt, this.#parentAt + 8);
    else writer.zeros(8);
    this.#writeText(bytes, writer, TEXTS.traceState);
    writer.raw(context.service, 0, context.service.length);
    this.#writeText(bytes, writer, TEXTS.name);
    writer.u8(Math.min(this.#kind, 255));
    writer.i64(this.startLow, this.startHigh);
    writer.i64(this.durationLow, this.durationHigh);
    writer.u8(Math.min(this.#statusCode, 255));
    this.#writeText(bytes, writer, TEXTS.statusMessage);
    writeAttributeMaps(writer, wire, this.attributes);
    writer.raw(context.resource, 0, context.resource.length);
    writer.raw(context.scope, 0, context.scope.length);
    if (this.events.length === 0) writer.u8(0);
    else writer.string(eventsJson(wire, this.events));
    if (this.#links.length === 0) writer.u8(0);
    else writer.string(linksJson(wire, this.#links));
    batch.writeReceivedAt(writer);
  }

  #writeText(bytes: Buffer, writer: RowWriter, which: number): void {
    writer.text(bytes, this.#textAt[which] ?? 0, this.#textEnd[which] ?? 0);
  }
}

const idMessage = (name: string, length: number, wanted: number): string =>
  length === wanted ? `${name} is all zero` : `${name} has ${length} bytes; it must have ${wanted}`;
