import type { FeatureValue } from '../../model/decision.ts';
import { readText } from './any-json.ts';
import { ARRAY, type Attributes, BOOL, DOUBLE, INT, STRING, scalarText } from './attributes.ts';
import { int64Number, nanosToMs } from './int64.ts';
import { textList } from './lists.ts';
import { BYTES, FIXED64, type Wire } from './wire.ts';

/** Attributes by name, as values; of a list of texts its first. For the few spans that are looked at one by one. */
export type Fields = ReadonlyMap<string, FeatureValue>;

export type SpanEvent = { readonly name: string; readonly timeMs: number; readonly fields: Fields };

export function scalarsOf(wire: Wire, from: Attributes): Fields {
  const fields = new Map<string, FeatureValue>();
  for (let at = 0; at < from.count; at++) {
    const value = valueAt(wire, from, at);
    if (value === undefined) continue;
    fields.set(wire.bytes.toString('utf8', from.keyAt[at] ?? 0, from.keyEnd[at] ?? 0), value);
  }
  return fields;
}

function valueAt(wire: Wire, from: Attributes, at: number): FeatureValue | undefined {
  switch (from.kind[at]) {
    case STRING:
      return scalarText(wire, from, at);
    case BOOL:
      return from.low[at] !== 0;
    case INT:
      return int64Number(from.low[at] ?? 0, from.high[at] ?? 0);
    case DOUBLE:
      // NaN and the infinities are how numeric code says "I do not know".
      return Number.isFinite(from.double[at]) ? from.double[at] : null;
    case ARRAY:
      return textList(wire, from, at)[0];
    default:
      return undefined;
  }
}

export function firstOf(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields.get(name);
    if (value !== undefined && value !== null && value !== '') return String(value);
  }
  return undefined;
}

/** Span.Event messages; `positions` holds start and end of each, in turn. */
export function spanEvents(wire: Wire, positions: readonly number[], attributes: Attributes): SpanEvent[] {
  const back = wire.at;
  const events: SpanEvent[] = [];
  for (let at = 0; at < positions.length; at += 2) {
    wire.at = positions[at] ?? 0;
    events.push(spanEvent(wire, positions[at + 1] ?? 0, attributes));
  }
  wire.at = back;
  return events;
}

function spanEvent(wire: Wire, end: number, attributes: Attributes): SpanEvent {
  attributes.reset();
  let name = '';
  let timeMs = 0;
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === 1 && wire.type === FIXED64) {
      wire.fixed64(end);
      timeMs = nanosToMs(wire.low, wire.high);
    } else if (wire.field === 2 && wire.type === BYTES) name = readText(wire, end);
    else if (wire.field === 3 && wire.type === BYTES) attributes.read(wire, wire.delimited(end));
    else wire.skip(end);
  }
  attributes.dropShadowed(wire.bytes);
  return { name, timeMs, fields: scalarsOf(wire, attributes) };
}
