import { isReservedName } from '../otlp/reserved.ts';

type Fields = Readonly<Record<string, unknown>>;
/** Where a record may carry names of the sender's choice. */
const PLACES = ['features', 'segments'] as const;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The record without what a payload has no say in, and how much of that there was. */
export function withoutReserved(value: unknown): { readonly value: unknown; readonly removed: number } {
  if (!isFields(value)) return { value, removed: 0 };
  const own = cleaned(value);
  let { removed } = own;
  let record = own.fields;
  for (const place of PLACES) {
    const inside = record[place];
    if (!isFields(inside)) continue;
    const clean = cleaned(inside);
    if (clean.removed > 0) record = { ...record, [place]: clean.fields };
    removed += clean.removed;
  }
  return { value: record, removed };
}

function cleaned(fields: Fields): { readonly fields: Fields; readonly removed: number } {
  const removed = Object.keys(fields).filter(isReservedName).length;
  if (removed === 0) return { fields, removed };
  return {
    fields: Object.fromEntries(Object.entries(fields).filter(([name]) => !isReservedName(name))),
    removed,
  };
}
