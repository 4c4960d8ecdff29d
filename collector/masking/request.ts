import type { ProjectContracts } from '../contracts/contracts.ts';
import { TooDeep } from '../otlp/any-json.ts';
import { Attributes, DOUBLE, STRING, scalarText } from '../otlp/attributes.ts';
import { ProtoWriter } from '../otlp/proto-writer.ts';
import type { OtlpSignal } from '../otlp/reply.ts';
import { DECISION_PREFIX } from '../otlp/semconv.ts';
import { BYTES, Wire } from '../otlp/wire.ts';
import { MaskRefused } from './mask.ts';
import { LOG_RECORD, METRIC, MessageMasker, RESOURCE, SCOPE, type Shape, SPAN } from './message.ts';
import type { MaskRules } from './rules.ts';

const SERVICE_NAME = 'service.name';
const DECISION_SYSTEM = `${DECISION_PREFIX}system`;
const NAMES_IN = {
  resource: { field: 1, key: SERVICE_NAME },
  spans: { field: 9, key: DECISION_SYSTEM },
  logs: { field: 6, key: DECISION_SYSTEM },
  // A data point is no decision: it names no system.
  metrics: undefined,
} as const;

const isScalar = (kind: number): boolean => kind >= STRING && kind <= DOUBLE;

const RECORD: Readonly<Record<OtlpSignal, Shape>> = { spans: SPAN, logs: LOG_RECORD, metrics: METRIC };
/** Gauge, sum, histogram, exponential histogram, summary: each holds its points in field 1. */
const POINTS = [5, 7, 9, 10, 11];

/** A span, log record or metric that cannot be masked, and how many records (points of a metric) go with it. */
export type RefusedMessage = { readonly why: MaskRefused; readonly records: number };

/** A request without what its contracts hide. */
export type MaskedRequest = {
  readonly bytes: Buffer;
  /** By the message's position in the request; what stands there now is empty. */
  readonly refused: ReadonlyMap<number, RefusedMessage>;
};

/**
 * An Export…ServiceRequest, rewritten before anything else reads it: masked bytes are all that the walk, the spool
 * and the store ever see. Parts that no contract speaks of are copied as they are.
 */
export function maskRequest(signal: OtlpSignal, bytes: Buffer, contracts: ProjectContracts): MaskedRequest {
  if (contracts.isEmpty) return { bytes, refused: new Map() };
  return new RequestMasker(signal, new Wire(bytes), contracts).mask();
}

class RequestMasker {
  readonly #signal: OtlpSignal;
  readonly #wire: Wire;
  readonly #contracts: ProjectContracts;
  readonly #out = new ProtoWriter();
  readonly #attributes = new Attributes();
  readonly #refused = new Map<number, RefusedMessage>();
  readonly #records: number[] = [];
  #index = 0;
  /** Of the resource or scope at hand: none of its spans can be kept. */
  #shared: MaskRefused | undefined;

  constructor(signal: OtlpSignal, wire: Wire, contracts: ProjectContracts) {
    this.#signal = signal;
    this.#wire = wire;
    this.#contracts = contracts;
  }

  mask(): MaskedRequest {
    this.#fields(this.#wire.bytes.length, {
      1: (end) => this.#out.message(1, () => this.#resourceGroup(end)),
    });
    return { bytes: this.#out.take(), refused: this.#refused };
  }

  /** From the cursor to `end`: each field by its visitor, those without one as they are. */
  #fields(end: number, visitors: Readonly<Record<number, (stop: number) => void>>): void {
    const wire = this.#wire;
    while (wire.at < end) {
      const from = wire.at;
      wire.tag(end);
      const visit = wire.type === BYTES ? visitors[wire.field] : undefined;
      if (visit) {
        const stop = wire.delimited(end);
        visit(stop);
        wire.at = stop;
      } else {
        wire.skip(end);
        this.#out.raw(wire.bytes, from, wire.at);
      }
    }
  }

  /** Resource and scope belong to all their spans: they are masked for every system that a span names. */
  #resourceGroup(end: number): void {
    const begin = this.#wire.at;
    const firstIndex = this.#index;
    const { services, systems } = this.#names(end);
    const masks = this.#contracts.of(...services, ...systems)?.masks;
    this.#shared = undefined;
    this.#wire.at = begin;
    this.#fields(end, {
      1: (stop) => this.#part(1, RESOURCE, stop, masks),
      2: (stop) =>
        this.#out.message(2, () =>
          this.#fields(stop, {
            1: (scopeEnd) => this.#part(1, SCOPE, scopeEnd, masks),
            2: (spanEnd) => this.#record(spanEnd, services),
          }),
        ),
    });
    const why = this.#shared;
    if (why)
      for (let at = firstIndex; at < this.#index; at++)
        this.#refused.set(at, { why, records: this.#records[at] ?? 1 });
  }

  #part(field: number, shape: Shape, end: number, masks: MaskRules | undefined): void {
    this.#shared = this.#write(field, shape, end, masks) ?? this.#shared;
  }

  #record(end: number, services: readonly string[]): void {
    const begin = this.#wire.at;
    const systems: string[] = [];
    const named = NAMES_IN[this.#signal];
    if (named) this.#collect(end, named, systems);
    const records = this.#recordsOf(begin, end);
    this.#records.push(records);
    this.#wire.at = begin;
    const why = this.#write(2, RECORD[this.#signal], end, this.#contracts.of(...services, ...systems)?.masks);
    if (why) this.#refused.set(this.#index, { why, records });
    this.#index += 1;
  }

  #recordsOf(begin: number, end: number): number {
    if (this.#signal !== 'metrics') return 1;
    let points = 0;
    this.#wire.at = begin;
    this.#each(end, (field, stop) => {
      if (!POINTS.includes(field)) return;
      this.#each(stop, (inner) => {
        if (inner === 1) points += 1;
      });
    });
    return Math.max(1, points);
  }

  /** The message masked; or an empty one, and why. */
  #write(field: number, shape: Shape, end: number, masks: MaskRules | undefined): MaskRefused | undefined {
    const { at } = this.#wire;
    const begin = this.#out.length;
    try {
      this.#out.message(field, () => {
        if (masks) new MessageMasker(this.#wire, this.#out, masks).message(shape, end);
        else this.#out.raw(this.#wire.bytes, at, end);
      });
      return undefined;
    } catch (error) {
      this.#out.rewind(begin);
      this.#out.message(field, () => undefined);
      if (error instanceof MaskRefused) return error;
      if (error instanceof TooDeep)
        return new MaskRefused('masking_failed', 'an attribute is nested too deeply');
      throw error;
    }
  }

  /** The service, and every system that a span of it names. Of repeated keys all count: to hide too much is the safe side. */
  #names(end: number): { services: string[]; systems: string[] } {
    const services: string[] = [];
    const systems: string[] = [];
    const named = NAMES_IN[this.#signal];
    this.#each(end, (field, stop) => {
      if (field === 1) this.#collect(stop, NAMES_IN.resource, services);
      else if (field === 2 && named)
        this.#each(stop, (inner, recordEnd) => {
          if (inner === 2) this.#collect(recordEnd, named, systems);
        });
    });
    return { services, systems };
  }

  #each(end: number, visit: (field: number, stop: number) => void): void {
    const wire = this.#wire;
    while (wire.at < end) {
      wire.tag(end);
      if (wire.type === BYTES) {
        const stop = wire.delimited(end);
        visit(wire.field, stop);
        wire.at = stop;
      } else wire.skip(end);
    }
  }

  #collect(end: number, wanted: { readonly field: number; readonly key: string }, names: string[]): void {
    const { bytes } = this.#wire;
    const from = this.#attributes;
    from.reset();
    this.#each(end, (field, stop) => {
      if (field === wanted.field) from.read(this.#wire, stop);
    });
    for (let at = 0; at < from.count; at++) {
      const keyAt = from.keyAt[at] ?? 0;
      const keyEnd = from.keyEnd[at] ?? 0;
      if (keyEnd - keyAt !== wanted.key.length || !isScalar(from.kind[at] ?? 0)) continue;
      if (bytes.toString('latin1', keyAt, keyEnd) === wanted.key)
        names.push(scalarText(this.#wire, from, at).trim());
    }
  }
}
