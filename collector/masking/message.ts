import { anyValueJson, MAX_DEPTH } from '../otlp/any-json.ts';
import { ARRAY, BOOL, DOUBLE, INT, STRING } from '../otlp/attributes.ts';
import { int64Text } from '../otlp/int64.ts';
import type { ProtoWriter } from '../otlp/proto-writer.ts';
import {
  CONVENTIONS,
  DECISION_PREFIX,
  EMBEDDING_PREFIX,
  FEATURE_PREFIX,
  FLAG_EVENT,
  SEGMENT_PREFIX,
  TEXT_PREFIX,
} from '../otlp/semconv.ts';
import { BYTES, type Wire } from '../otlp/wire.ts';
import { keyed, MaskRefused, type Scalar } from './mask.ts';
import type { MaskRules } from './rules.ts';

/** What the fields of a message hold that must be looked at; fields that are not named are copied as they are. */
export type Shape = { readonly [field: number]: 'text' | 'attribute' | 'value' | Shape };

/** Fields of opentelemetry-proto's trace.proto, logs.proto, metrics.proto, common.proto and resource.proto. */
export const RESOURCE: Shape = { 1: 'attribute' };
export const SCOPE: Shape = { 1: 'text', 2: 'text', 3: 'attribute' };
export const SPAN: Shape = {
  3: 'text',
  5: 'text',
  9: 'attribute',
  11: { 2: 'text', 3: 'attribute' },
  13: { 3: 'text', 4: 'attribute' },
  15: { 2: 'text' },
};
export const LOG_RECORD: Shape = { 3: 'text', 5: 'value', 6: 'attribute', 12: 'text' };
const EXEMPLAR: Shape = { 7: 'attribute' };
const NUMBERS: Shape = { 1: { 5: EXEMPLAR, 7: 'attribute' } };
export const METRIC: Shape = {
  1: 'text',
  2: 'text',
  3: 'text',
  5: NUMBERS,
  7: NUMBERS,
  9: { 1: { 8: EXEMPLAR, 9: 'attribute' } },
  10: { 1: { 1: 'attribute', 11: EXEMPLAR } },
  11: { 1: { 7: 'attribute' } },
  12: 'attribute',
};

const LIST = 6;
const OPAQUE = 7;
const IDS = new Set(['id', 'upstream'].map((name) => DECISION_PREFIX + name));
/** Attributes of other conventions that become features: a rule for the feature holds for them. */
const FEATURE_OF = new Map<string, string>(
  [...CONVENTIONS, FLAG_EVENT].flatMap(({ features }) => Object.entries(features)),
);
const NAMED = [FEATURE_PREFIX, SEGMENT_PREFIX, TEXT_PREFIX, EMBEDDING_PREFIX].map(
  (prefix) => DECISION_PREFIX + prefix,
);

/** One field of a message: its tag stands at `from`, its content from `at` to `end`. */
type Field = { readonly field: number; readonly from: number; readonly at: number; readonly end: number };

/** Copies a message and hides in it what the rules ask for. Throws MaskRefused when that cannot be done. */
export class MessageMasker {
  readonly #wire: Wire;
  readonly #out: ProtoWriter;
  readonly #rules: MaskRules;

  constructor(wire: Wire, out: ProtoWriter, rules: MaskRules) {
    this.#wire = wire;
    this.#out = out;
    this.#rules = rules;
  }

  /** Fields from the cursor to `end`. */
  message(shape: Shape, end: number): void {
    const wire = this.#wire;
    while (wire.at < end) {
      const from = wire.at;
      wire.tag(end);
      const { field } = wire;
      const rule = wire.type === BYTES ? shape[field] : undefined;
      if (rule === undefined) {
        wire.skip(end);
        this.#out.raw(wire.bytes, from, wire.at);
        continue;
      }
      const stop = wire.delimited(end);
      if (rule === 'text') this.#text({ field, from, at: wire.at, end: stop });
      else if (rule === 'attribute') this.#attribute(field, stop, '', 0);
      else if (rule === 'value') this.#out.message(field, () => this.#anyValue('body', stop, 0));
      else this.#out.message(field, () => this.message(rule, stop));
      wire.at = stop;
    }
  }

  #text({ field, from, at, end }: Field): void {
    const text = this.#wire.bytes.toString('utf8', at, end);
    const masked = this.#rules.text(text);
    if (masked === text) this.#out.raw(this.#wire.bytes, from, end);
    else this.#out.string(field, masked);
  }

  /** A KeyValue; left out altogether when its value is dropped. Inside a list a key without a rule obeys the list's. */
  #attribute(field: number, end: number, listName: string, depth: number): void {
    const wire = this.#wire;
    let key: Field | undefined;
    let value: Field | undefined;
    while (wire.at < end) {
      const from = wire.at;
      wire.tag(end);
      if (wire.type !== BYTES || (wire.field !== 1 && wire.field !== 2)) {
        wire.skip(end);
        continue;
      }
      const found = { field: wire.field, from, end: wire.delimited(end), at: wire.at };
      wire.at = found.end;
      if (found.field === 1) key = found;
      else value = found;
    }
    const keyText = key ? wire.bytes.toString('utf8', key.at, key.end) : '';
    const name = this.#nameOf(keyText, listName);
    const begin = this.#out.length;
    let kept = true;
    this.#out.message(field, () => {
      if (key) this.#text(key);
      if (!value) return;
      const { at, end: stop } = value;
      if (IDS.has(name) && this.#rules.of(name) === undefined) {
        this.#checkId(name, at, stop);
        this.#out.raw(wire.bytes, value.from, stop);
        return;
      }
      wire.at = at;
      this.#out.message(2, () => {
        kept = this.#anyValue(name, stop, depth);
      });
    });
    if (!kept) this.#out.rewind(begin);
  }

  /** A rule for a feature or segment holds under its attribute's full name, and for an attribute of its bare name. */
  #nameOf(key: string, listName: string): string {
    if (this.#rules.of(key)) return key;
    const feature = FEATURE_OF.get(key);
    if (feature !== undefined && this.#rules.of(feature)) return feature;
    const prefix = NAMED.find((one) => key.startsWith(one));
    const bare = prefix === undefined ? key : key.slice(prefix.length);
    return listName !== '' && !this.#rules.of(bare) ? listName : bare;
  }

  #checkId(name: string, at: number, end: number): void {
    const wire = this.#wire;
    wire.at = at;
    this.#rules.id(name, anyValueJson(wire, end));
  }

  /** False when the value is dropped. */
  #anyValue(name: string, end: number, depth: number): boolean {
    if (depth > MAX_DEPTH)
      throw new MaskRefused('masking_failed', `${name} is nested too deeply to be masked`);
    const wire = this.#wire;
    const whole = wire.at;
    let last: (Field & { readonly scalar: Scalar | undefined }) | undefined;
    // A oneof: of several the last one counts.
    while (wire.at < end) {
      const from = wire.at;
      wire.tag(end);
      const { field } = wire;
      const scalar = this.#scalar(end);
      last = { field, from, at: wire.at, end: wire.at, scalar };
    }
    if (last === undefined) return true;
    if (last.scalar === undefined) return this.#complex(name, whole, end, last, depth);
    const masked = this.#rules.scalar(name, last.scalar);
    if (masked === undefined) return false;
    if (masked === last.scalar) this.#out.raw(wire.bytes, last.from, last.end);
    else this.#out.string(STRING, String(masked));
    return true;
  }

  /** The field under the cursor, whose tag was just read; undefined when it is a list, bytes, or nothing known. */
  #scalar(end: number): Scalar | undefined {
    const wire = this.#wire;
    const { field, type } = wire;
    if (field === STRING && type === BYTES) {
      const stop = wire.delimited(end);
      const text = wire.bytes.toString('utf8', wire.at, stop);
      wire.at = stop;
      return text;
    }
    if (field === INT && type === 0) {
      wire.varint64(end);
      return BigInt(int64Text(wire.low, wire.high));
    }
    if (field === DOUBLE && type === 1) return wire.double(end);
    if (field === BOOL && type === 0) return wire.varint(end) !== 0;
    wire.skip(end);
    return undefined;
  }

  #complex(name: string, whole: number, end: number, last: Field, depth: number): boolean {
    const mask = this.#rules.of(name);
    const wire = this.#wire;
    if (mask?.kind === 'drop') return false;
    if (mask?.kind === 'truncate' || mask?.kind === 'generalise')
      throw new MaskRefused('masking_failed', `${name} is a list or bytes, which cannot be ${mask.kind}d`);
    if (mask?.kind === 'hmac') {
      wire.at = whole;
      this.#out.string(STRING, keyed(mask.key, anyValueJson(wire, end), name));
      return true;
    }
    wire.at = last.from;
    wire.tag(end);
    const stop = wire.type === BYTES ? wire.delimited(end) : end;
    if (last.field === ARRAY) this.#out.message(ARRAY, () => this.#elements(name, stop, depth));
    else if (last.field === LIST) this.#out.message(LIST, () => this.#entries(name, stop, depth));
    else if (last.field === OPAQUE) this.#opaque(name, { ...last, at: wire.at, end: stop });
    wire.at = end;
    return true;
  }

  #elements(name: string, end: number, depth: number): void {
    const wire = this.#wire;
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 1 && wire.type === BYTES) {
        const stop = wire.delimited(end);
        this.#out.message(1, () => this.#anyValue(name, stop, depth + 1));
        wire.at = stop;
      } else wire.skip(end);
    }
  }

  #entries(name: string, end: number, depth: number): void {
    const wire = this.#wire;
    while (wire.at < end) {
      wire.tag(end);
      if (wire.field === 1 && wire.type === BYTES) {
        const stop = wire.delimited(end);
        this.#attribute(1, stop, name, depth + 1);
        wire.at = stop;
      } else wire.skip(end);
    }
  }

  /** Nothing can be cut out of bytes whose form is not known. */
  #opaque(name: string, { from, at, end }: Field): void {
    const text = this.#wire.bytes.toString('utf8', at, end);
    if (this.#rules.scalar(name, text) !== text)
      throw new MaskRefused('masking_failed', `${name} holds bytes in which something must be hidden`);
    this.#out.raw(this.#wire.bytes, from, end);
  }
}
