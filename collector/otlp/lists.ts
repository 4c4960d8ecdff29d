import { readText } from './any-json.ts';
import { ARRAY, type Attributes, DOUBLE, INT, STRING, scalarText } from './attributes.ts';
import { int64Number } from './int64.ts';
import { BYTES, FIXED64, VARINT, type Wire } from './wire.ts';

/** The texts of an array attribute; one text stands for a list of one. */
export function textList(wire: Wire, from: Attributes, at: number): string[] {
  const kind: number | undefined = from.kind[at];
  if (kind === STRING) return [scalarText(wire, from, at)];
  if (kind !== ARRAY) return [];
  const back = wire.at;
  const texts: string[] = [];
  const end = from.valueEnd[at] ?? 0;
  wire.at = from.valueAt[at] ?? 0;
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === ARRAY && wire.type === BYTES) {
      arrayTexts(wire, wire.delimited(end), texts);
    } else wire.skip(end);
  }
  wire.at = back;
  return texts;
}

export type NumberList =
  | { readonly kind: 'numbers'; readonly values: Float64Array }
  | { readonly kind: 'too_long' }
  | { readonly kind: 'not_numbers' };

/** The numbers of an array attribute, at most `most`; an array that holds anything else, NaN and infinities included, is none. */
export function numberList(wire: Wire, from: Attributes, at: number, most: number): NumberList {
  if (from.kind[at] !== ARRAY) return NOT_NUMBERS;
  const back = wire.at;
  const values = new Float64Array(most);
  const end = from.valueEnd[at] ?? 0;
  let count = 0;
  wire.at = from.valueAt[at] ?? 0;
  while (wire.at < end && count >= 0) {
    wire.tag(end);
    if (wire.field === ARRAY && wire.type === BYTES)
      count = arrayNumbers(wire, wire.delimited(end), values, count);
    else wire.skip(end);
  }
  wire.at = back;
  if (count > most) return { kind: 'too_long' };
  return count < 0 ? NOT_NUMBERS : { kind: 'numbers', values: values.subarray(0, count) };
}

const NOT_NUMBERS: NumberList = { kind: 'not_numbers' };

/** The count behind the last one, also beyond what fits; -1 when an element is no finite number. */
function arrayNumbers(wire: Wire, end: number, values: Float64Array, before: number): number {
  let count = before;
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === 1 && wire.type === BYTES) {
      const value = elementNumber(wire, wire.delimited(end));
      // Kept as 32-bit floats: what does not fit one is no number here.
      if (!Number.isFinite(Math.fround(value))) return -1;
      if (count < values.length) values[count] = value;
      count += 1;
    } else wire.skip(end);
  }
  return count;
}

function elementNumber(wire: Wire, end: number): number {
  let value = Number.NaN;
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === DOUBLE && wire.type === FIXED64) value = wire.double(end);
    else if (wire.field === INT && wire.type === VARINT) {
      wire.varint64(end);
      value = int64Number(wire.low, wire.high);
    } else wire.skip(end);
  }
  return value;
}

function arrayTexts(wire: Wire, end: number, texts: string[]): void {
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === 1 && wire.type === BYTES) elementText(wire, wire.delimited(end), texts);
    else wire.skip(end);
  }
}

function elementText(wire: Wire, end: number, texts: string[]): void {
  while (wire.at < end) {
    wire.tag(end);
    if (wire.field === STRING && wire.type === BYTES) texts.push(readText(wire, end));
    else wire.skip(end);
  }
}
