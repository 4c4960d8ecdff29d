import type { ColumnKind, Facts } from '../facts.ts';
import type { Gathered } from '../gathered.ts';
import type { Cell } from './inject.ts';

/** One side of a column, counted once: each value with how often it stands there, ascending where values are numbers. */
export type Counted = { readonly facts: Facts; readonly values: readonly (readonly [Cell, number])[] };

export function countSide(kind: ColumnKind, cells: readonly Cell[]): Counted {
  const counts = new Map<Cell, number>();
  for (const cell of cells) {
    if (cell === null || (kind !== 'categorical' && typeof cell !== 'number')) continue;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const values = [...counts];
  if (kind !== 'categorical') values.sort((a, b) => Number(a[0]) - Number(b[0]));
  return { facts: factsOf(cells), values };
}

/** Two sides → what the engine would have counted of them, each value by itself. O(values). */
export function pairUp(name: string, kind: ColumnKind, reference: Counted, current: Counted): Gathered {
  const facts = { reference: reference.facts, current: current.facts };
  const bare = {
    ...{ name, kind, because: '', ...facts },
    ...{ numbers: null, fine: [], categories: [], more: [], coverage: null },
  };
  if (kind !== 'categorical') return { ...bare, fine: merge(reference.values, current.values) };
  const now = new Map(current.values);
  const categories = reference.values.map(([value, r]) => {
    const c = now.get(value) ?? 0;
    now.delete(value);
    return { value: String(value), reference: r, current: c };
  });
  for (const [value, c] of now) categories.push({ value: String(value), reference: 0, current: c });
  return { ...bare, categories };
}

/** Two ascending lists of counted numbers as one. */
function merge(reference: Counted['values'], current: Counted['values']): Gathered['fine'] {
  const fine: Gathered['fine'][number][] = [];
  let [i, k] = [0, 0];
  while (i < reference.length || k < current.length) {
    const a = Number(reference[i]?.[0] ?? Number.POSITIVE_INFINITY);
    const b = Number(current[k]?.[0] ?? Number.POSITIVE_INFINITY);
    const value = Math.min(a, b);
    fine.push({
      from: value,
      to: value,
      reference: a === value ? (reference[i++]?.[1] ?? 0) : 0,
      current: b === value ? (current[k++]?.[1] ?? 0) : 0,
    });
  }
  return fine;
}

function factsOf(cells: readonly Cell[]): Facts {
  let [missing, numbers] = [0, 0];
  for (const cell of cells) {
    if (cell === null) missing += 1;
    else if (typeof cell === 'number') numbers += 1;
  }
  const rows = cells.length;
  const unknown = { nan: 0, infinite: 0, times: 0, clocked: 0, spaced: 0, whole: 0, distinct: 0 };
  const ends = { low: Number.NaN, high: Number.NaN, earliestMs: Number.NaN, latestMs: Number.NaN };
  return { rows, missing, numbers, texts: rows - missing - numbers, ...unknown, ...ends };
}
