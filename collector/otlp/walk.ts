import type { MaskRefused } from '../masking/mask.ts';
import type { Batch } from '../rows/batch.ts';
import { RowWriter } from '../rows/writer.ts';
import { TooDeep } from './any-json.ts';
import { Attributes, STRING, scalarText, writeTextMap } from './attributes.ts';
import type { SpanContext } from './context.ts';
import { SpanReader } from './span.ts';
import { BYTES, Wire } from './wire.ts';

const UNKNOWN_SERVICE = Buffer.from('unknown_service');
const SERVICE_NAME = 'service.name';
const NONE: ReadonlyMap<number, MaskRefused> = new Map();

/**
 * An ExportTraceServiceRequest, bytes to rows in one walk. Nothing is built in between; what is refused is refused
 * record by record. Only bytes that are not the message at all throw (MalformedProtobuf).
 */
export class TraceWalk {
  readonly #span = new SpanReader();
  readonly #attributes = new Attributes();
  readonly #scratch = new RowWriter();
  #index = 0;
  #refused: ReadonlyMap<number, MaskRefused> = NONE;

  /** `refused`: spans by position that could not be masked. Returns how many spans the request held. */
  read(bytes: Buffer, batch: Batch, refused: ReadonlyMap<number, MaskRefused> = NONE): number {
    const wire = new Wire(bytes);
    const end = bytes.length;
    this.#index = 0;
    this.#refused = refused;
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 1 && wire.type === BYTES) this.#resourceSpans(wire, wire.delimited(end), batch);
      else wire.skip(end);
    }
    return this.#index;
  }

  /** The resource may stand behind its spans: it is looked up first. */
  #resourceSpans(wire: Wire, end: number, batch: Batch): void {
    const context = this.#resource(wire, findField(wire, end, 1));
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 2 && wire.type === BYTES)
        this.#scopeSpans(wire, wire.delimited(end), context, batch);
      else wire.skip(end);
    }
  }

  #resource(wire: Wire, where: Where): SpanContext {
    const back = wire.at;
    const from = this.#attributes;
    from.reset();
    wire.at = where.at;
    while (wire.at < where.end) {
      wire.tag(where.end);
      if (wire.field === 1 && wire.type === BYTES) from.read(wire, wire.delimited(where.end));
      else wire.skip(where.end);
    }
    from.dropShadowed(wire.bytes);
    wire.at = back;
    const serviceName = findService(wire, from);
    const scratch = this.#scratch;
    scratch.reset();
    scratch.text(serviceName, 0, serviceName.length);
    const serviceEnd = scratch.length;
    let tooDeep = false;
    try {
      writeTextMap(scratch, wire, from);
    } catch (error) {
      if (!(error instanceof TooDeep)) throw error;
      tooDeep = true;
    }
    return {
      service: Buffer.from(scratch.bytes.subarray(0, serviceEnd)),
      serviceName,
      resource: Buffer.from(scratch.bytes.subarray(serviceEnd, scratch.length)),
      scope: Buffer.alloc(2),
      invalidText: scratch.invalidText,
      tooManyAttributes: from.overflow || tooDeep,
    };
  }

  #scopeSpans(wire: Wire, end: number, context: SpanContext, batch: Batch): void {
    const invalidBefore = context.invalidText;
    context.scope = this.#scope(wire, findField(wire, end, 1));
    if (this.#scratch.invalidText) context.invalidText = true;
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 2 && wire.type === BYTES) {
        const stop = wire.delimited(end);
        const why = this.#refused.get(this.#index);
        if (why) batch.reject('spans', this.#index, why.reason, why.message);
        else this.#span.read(wire, stop, this.#index, context, batch);
        wire.at = stop;
        this.#index += 1;
      } else wire.skip(end);
    }
    context.invalidText = invalidBefore;
  }

  #scope(wire: Wire, where: Where): Buffer {
    const back = wire.at;
    let name: Where = NOWHERE;
    let version: Where = NOWHERE;
    wire.at = where.at;
    while (wire.at < where.end) {
      wire.tag(where.end);
      const { field, type } = wire;
      if ((field === 1 || field === 2) && type === BYTES) {
        const stop = wire.delimited(where.end);
        if (field === 1) name = { at: wire.at, end: stop };
        else version = { at: wire.at, end: stop };
        wire.at = stop;
      } else wire.skip(where.end);
    }
    wire.at = back;
    const scratch = this.#scratch;
    scratch.reset();
    scratch.text(wire.bytes, name.at, name.end);
    scratch.text(wire.bytes, version.at, version.end);
    return Buffer.from(scratch.bytes.subarray(0, scratch.length));
  }
}

type Where = { readonly at: number; readonly end: number };
const NOWHERE: Where = { at: 0, end: 0 };

/** Where the last field of that number stands in the message; the cursor does not move. */
function findField(wire: Wire, end: number, field: number): Where {
  const back = wire.at;
  let found = NOWHERE;
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === field && wire.type === BYTES) {
      const stop = wire.delimited(end);
      found = { at: wire.at, end: stop };
      wire.at = stop;
    } else wire.skip(end);
  }
  wire.at = back;
  return found;
}

function findService(wire: Wire, from: Attributes): Buffer {
  for (let at = 0; at < from.count; at++) {
    if ((from.kind[at] ?? -1) < STRING) continue;
    if ((from.keyEnd[at] ?? 0) - (from.keyAt[at] ?? 0) !== SERVICE_NAME.length) continue;
    if (wire.bytes.toString('latin1', from.keyAt[at] ?? 0, from.keyEnd[at] ?? 0) !== SERVICE_NAME) continue;
    const text = scalarText(wire, from, at);
    if (text !== '') return Buffer.from(text);
  }
  return UNKNOWN_SERVICE;
}
