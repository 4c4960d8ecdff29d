import type { RefusedMessage } from '../masking/request.ts';
import type { Batch } from '../rows/batch.ts';
import { RowWriter } from '../rows/writer.ts';
import { TooDeep } from './any-json.ts';
import { Attributes, STRING, scalarText, writeTextMap } from './attributes.ts';
import type { SpanContext } from './context.ts';
import { LogReader } from './log.ts';
import { MetricReader } from './metric.ts';
import type { OtlpSignal } from './reply.ts';
import { SpanReader } from './span.ts';
import { BYTES, Wire } from './wire.ts';

const UNKNOWN_SERVICE = Buffer.from('unknown_service');
const SERVICE_NAME = 'service.name';
const NONE: ReadonlyMap<number, RefusedMessage> = new Map();

/** Reads one message of a scope (span, log record, metric) into rows, and returns how many records it held. */
export type ReadMessage = (
  wire: Wire,
  end: number,
  index: number,
  context: SpanContext,
  batch: Batch,
) => number;

/**
 * An Export…ServiceRequest, bytes to rows in one walk; the envelope is the same for all signals. Nothing is built in
 * between; what is refused is refused record by record. Only bytes that are not the message at all throw
 * (MalformedProtobuf).
 */
export class OtlpWalk {
  readonly #signal: OtlpSignal;
  readonly #read: ReadMessage;
  readonly #detail: 'names' | 'all';
  readonly #attributes = new Attributes();
  readonly #scratch = new RowWriter();
  #index = 0;
  #message = 0;
  #refused: ReadonlyMap<number, RefusedMessage> = NONE;

  /** With 'all', the scope's attributes and the schema URLs are kept too. */
  constructor(signal: OtlpSignal, read: ReadMessage, detail: 'names' | 'all') {
    this.#signal = signal;
    this.#read = read;
    this.#detail = detail;
  }

  /** `refused`: messages by position that could not be masked. Returns how many records the request held. */
  read(bytes: Buffer, batch: Batch, refused: ReadonlyMap<number, RefusedMessage> = NONE): number {
    const wire = new Wire(bytes);
    const end = bytes.length;
    this.#index = 0;
    this.#refused = refused;
    this.#message = 0;
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 1 && wire.type === BYTES) this.#resourceGroup(wire, wire.delimited(end), batch);
      else wire.skip(end);
    }
    return this.#index;
  }

  /** The resource may stand behind its records: it is looked up first. */
  #resourceGroup(wire: Wire, end: number, batch: Batch): void {
    const context = this.#resource(wire, findField(wire, end, 1), batch);
    if (this.#detail === 'all') this.#schemaOfResource(wire, end, context);
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 2 && wire.type === BYTES)
        this.#scopeGroup(wire, wire.delimited(end), context, batch);
      else wire.skip(end);
    }
  }

  #resource(wire: Wire, where: Where, batch: Batch): SpanContext {
    const from = this.#attributes;
    readAttributes(wire, where, 1, from);
    batch[this.#signal].overwritten += from.reserved;
    const serviceName = findService(wire, from);
    const scratch = this.#scratch;
    scratch.reset();
    scratch.text(serviceName, 0, serviceName.length);
    const serviceEnd = scratch.length;
    const tooDeep = tryTextMap(scratch, wire, from) === 'too_deep';
    return {
      service: Buffer.from(scratch.bytes.subarray(0, serviceEnd)),
      serviceName,
      resource: Buffer.from(scratch.bytes.subarray(serviceEnd, scratch.length)),
      scope: Buffer.alloc(2),
      resourceSchemaUrl: NOTHING,
      scopeDetail: NOTHING,
      invalidText: scratch.invalidText,
      tooManyAttributes: from.overflow || tooDeep,
    };
  }

  #schemaOfResource(wire: Wire, end: number, context: SpanContext): void {
    const scratch = this.#scratch;
    scratch.reset();
    writeField(scratch, wire, findField(wire, end, 3));
    context.resourceSchemaUrl = Buffer.from(scratch.bytes.subarray(0, scratch.length));
    if (scratch.invalidText) context.invalidText = true;
  }

  #scopeGroup(wire: Wire, end: number, context: SpanContext, batch: Batch): void {
    const { invalidText, tooManyAttributes } = context;
    const where = findField(wire, end, 1);
    context.scope = this.#scope(wire, where);
    if (this.#scratch.invalidText) context.invalidText = true;
    if (this.#detail === 'all') this.#scopeDetail(wire, where, end, context, batch);
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 2 && wire.type === BYTES) {
        const stop = wire.delimited(end);
        const refused = this.#refused.get(this.#message);
        this.#message += 1;
        if (refused) {
          const { why, records } = refused;
          for (let at = 0; at < records; at++)
            batch.reject(this.#signal, this.#index + at, why.reason, why.message);
          this.#index += records;
        } else this.#index += this.#read(wire, stop, this.#index, context, batch);
        wire.at = stop;
      } else wire.skip(end);
    }
    context.invalidText = invalidText;
    context.tooManyAttributes = tooManyAttributes;
  }

  /** Attributes of the scope, and the schema URL that stands beside it. */
  #scopeDetail(wire: Wire, where: Where, end: number, context: SpanContext, batch: Batch): void {
    const from = this.#attributes;
    readAttributes(wire, where, 3, from);
    batch[this.#signal].overwritten += from.reserved;
    const scratch = this.#scratch;
    scratch.reset();
    const tooDeep = tryTextMap(scratch, wire, from) === 'too_deep';
    writeField(scratch, wire, findField(wire, end, 3));
    context.scopeDetail = Buffer.from(scratch.bytes.subarray(0, scratch.length));
    if (scratch.invalidText) context.invalidText = true;
    if (from.overflow || tooDeep) context.tooManyAttributes = true;
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
    writeField(scratch, wire, name);
    writeField(scratch, wire, version);
    return Buffer.from(scratch.bytes.subarray(0, scratch.length));
  }
}

/** Each of them says what its records are, and how one is read. */
export function createWalks(): Readonly<Record<OtlpSignal, OtlpWalk>> {
  const span = new SpanReader();
  const log = new LogReader();
  const metric = new MetricReader();
  return {
    spans: new OtlpWalk(
      'spans',
      (wire, end, index, context, batch) => {
        span.read(wire, end, index, context, batch);
        return 1;
      },
      'names',
    ),
    logs: new OtlpWalk(
      'logs',
      (wire, end, index, context, batch) => {
        log.read(wire, end, index, context, batch);
        return 1;
      },
      'all',
    ),
    metrics: new OtlpWalk('metrics', (...message) => metric.read(...message), 'all'),
  };
}

type Where = { readonly at: number; readonly end: number };
const NOWHERE: Where = { at: 0, end: 0 };
const NOTHING = Buffer.alloc(0);

const writeField = (writer: RowWriter, wire: Wire, { at, end }: Where): void =>
  writer.text(wire.bytes, at, end);

/** All KeyValue messages under that field; the cursor does not move. */
function readAttributes(wire: Wire, where: Where, field: number, into: Attributes): void {
  const back = wire.at;
  into.reset();
  wire.at = where.at;
  while (wire.at < where.end) {
    wire.tag(where.end);
    if (wire.field === field && wire.type === BYTES) into.read(wire, wire.delimited(where.end));
    else wire.skip(where.end);
  }
  into.dropShadowed(wire.bytes);
  wire.at = back;
}

function tryTextMap(writer: RowWriter, wire: Wire, from: Attributes): 'written' | 'too_deep' {
  try {
    writeTextMap(writer, wire, from);
    return 'written';
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    return 'too_deep';
  }
}

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
