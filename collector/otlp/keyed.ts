import type { RowWriter } from '../rows/writer.ts';
import { type Attributes, INT, STRING, scalarText } from './attributes.ts';
import { int64Number } from './int64.ts';
import { DECISION_LISTS, DECISION_NUMBERS, DECISION_PREFIX, DECISION_TEXTS } from './semconv.ts';
import type { Wire } from './wire.ts';

/** Whether a key begins with the prefix, of which so many bytes are known to stand there. */
export function startsWith(
  bytes: Buffer,
  attributes: Attributes,
  at: number,
  prefix: Buffer,
  knownBytes = 0,
): boolean {
  const start = attributes.keyAt[at] ?? 0;
  if ((attributes.keyEnd[at] ?? 0) - start < prefix.length) return false;
  for (let offset = knownBytes; offset < prefix.length; offset++)
    if (bytes[start + offset] !== prefix[offset]) return false;
  return true;
}

/** Attributes of a decision that have one name each, by their keys' bytes: a name is found without being decoded. */
const NAMES = [...DECISION_TEXTS, ...DECISION_NUMBERS, ...DECISION_LISTS].map((name) => ({
  name,
  key: Buffer.from(DECISION_PREFIX + name),
}));
type KnownName = (typeof NAMES)[number]['name'];

/** Of a key that begins with the prefix of decisions. */
export function knownName(bytes: Buffer, from: Attributes, at: number): KnownName | undefined {
  const length = (from.keyEnd[at] ?? 0) - (from.keyAt[at] ?? 0);
  for (const { name, key } of NAMES)
    if (key.length === length && startsWith(bytes, from, at, key, DECISION_PREFIX.length)) return name;
  return undefined;
}

/** What the key says behind its prefix. */
export const nameBehind = (wire: Wire, from: Attributes, at: number, prefix: Buffer): string =>
  wire.bytes.toString('utf8', (from.keyAt[at] ?? 0) + prefix.length, from.keyEnd[at]);

export const numberAt = (from: Attributes, at: number): number =>
  from.kind[at] === INT ? int64Number(from.low[at] ?? 0, from.high[at] ?? 0) : (from.double[at] ?? 0);

/** One entry of a map of texts: the key behind its prefix, the value as text. */
export function writeEntry(
  wire: Wire,
  from: Attributes,
  at: number,
  prefixBytes: number,
  writer: RowWriter,
): void {
  writer.text(wire.bytes, (from.keyAt[at] ?? 0) + prefixBytes, from.keyEnd[at] ?? 0);
  if (from.kind[at] === STRING) writer.text(wire.bytes, from.valueAt[at] ?? 0, from.valueEnd[at] ?? 0);
  else writer.string(scalarText(wire, from, at));
}

export function writeEmbedding(writer: RowWriter, name: string, values: Float64Array): void {
  writer.string(name);
  writer.varint(values.length);
  for (const value of values) writer.f32(value);
}
