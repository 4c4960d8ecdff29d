import { readText } from './any-json.ts';
import { ARRAY, type Attributes, STRING, scalarText } from './attributes.ts';
import { BYTES, type Wire } from './wire.ts';

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
