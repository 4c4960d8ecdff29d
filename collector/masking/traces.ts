import type { ProjectContracts } from '../contracts/contracts.ts';
import { TooDeep } from '../otlp/any-json.ts';
import { Attributes, DOUBLE, STRING, scalarText } from '../otlp/attributes.ts';
import { ProtoWriter } from '../otlp/proto-writer.ts';
import { DECISION_PREFIX } from '../otlp/semconv.ts';
import { BYTES, Wire } from '../otlp/wire.ts';
import { MaskRefused } from './mask.ts';
import { MessageMasker, RESOURCE, SCOPE, type Shape, SPAN } from './message.ts';
import type { MaskRules } from './rules.ts';

const SERVICE_NAME = 'service.name';
const DECISION_SYSTEM = `${DECISION_PREFIX}system`;
const NAMES_IN = {
  resource: { field: 1, key: SERVICE_NAME },
  span: { field: 9, key: DECISION_SYSTEM },
} as const;

const isScalar = (kind: number): boolean => kind >= STRING && kind <= DOUBLE;

/** A request without what its contracts hide, and which of its spans cannot be masked. */
export type MaskedRequest = {
  readonly bytes: Buffer;
  /** By the span's position in the request; what stands there now is empty. */
  readonly refused: ReadonlyMap<number, MaskRefused>;
};

/**
 * An ExportTraceServiceRequest, rewritten before anything else reads it: masked bytes are all that the walk, the spool
 * and the store ever see. Parts that no contract speaks of are copied as they are.
 */
export function maskTraces(bytes: Buffer, contracts: ProjectContracts): MaskedRequest {
  if (contracts.isEmpty) return { bytes, refused: new Map() };
  return new TraceMasker(new Wire(bytes), contracts).mask();
}

class TraceMasker {
  readonly #wire: Wire;
  readonly #contracts: ProjectContracts;
  readonly #out = new ProtoWriter();
  readonly #attributes = new Attributes();
  readonly #refused = new Map<number, MaskRefused>();
  #index = 0;
  /** Of the resource or scope at hand: none of its spans can be kept. */
  #shared: MaskRefused | undefined;

  constructor(wire: Wire, contracts: ProjectContracts) {
    this.#wire = wire;
    this.#contracts = contracts;
  }

  mask(): MaskedRequest {
    this.#fields(this.#wire.bytes.length, {
      1: (end) => this.#out.message(1, () => this.#resourceSpans(end)),
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

  /** Resource and scope belong to all their spans: they are masked for every system that one of these names. */
  #resourceSpans(end: number): void {
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
            2: (spanEnd) => this.#span(spanEnd, services),
          }),
        ),
    });
    if (this.#shared) for (let at = firstIndex; at < this.#index; at++) this.#refused.set(at, this.#shared);
  }

  #part(field: number, shape: Shape, end: number, masks: MaskRules | undefined): void {
    this.#shared = this.#write(field, shape, end, masks) ?? this.#shared;
  }

  #span(end: number, services: readonly string[]): void {
    const begin = this.#wire.at;
    const systems: string[] = [];
    this.#collect(end, NAMES_IN.span, systems);
    this.#wire.at = begin;
    const refused = this.#write(2, SPAN, end, this.#contracts.of(...services, ...systems)?.masks);
    if (refused) this.#refused.set(this.#index, refused);
    this.#index += 1;
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
    this.#each(end, (field, stop) => {
      if (field === 1) this.#collect(stop, NAMES_IN.resource, services);
      else if (field === 2)
        this.#each(stop, (inner, spanEnd) => {
          if (inner === 2) this.#collect(spanEnd, NAMES_IN.span, systems);
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
