import type { Series } from '../api/contract.ts';

export type Layer = {
  readonly name: string;
  readonly low: readonly number[];
  readonly high: readonly number[];
};
export type Stack = { readonly layers: readonly Layer[]; readonly highest: number; readonly dropped: number };

/**
 * Columns piled up. Beyond `most` the smallest are put together as "other", since more hues than that cannot be told
 * apart. An unknown value adds nothing to the pile.
 */
export function stack(columns: Series['columns'], buckets: number, most: number): Stack {
  const total = (values: readonly (number | null)[]): number =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const ranked = [...columns].sort((a, b) => total(b.values) - total(a.values));
  const kept = ranked.length <= most ? ranked : ranked.slice(0, most - 1);
  const rest = ranked.slice(kept.length);
  const all = rest.length === 0 ? kept : [...kept, { name: 'other', values: sum(rest, buckets) }];
  let floor: number[] = Array.from({ length: buckets }, () => 0);
  const layers = all.map(({ name, values }) => {
    const low = floor;
    const high = low.map((base, i) => base + Math.max(0, values[i] ?? 0));
    floor = high;
    return { name, low, high };
  });
  return { layers, highest: Math.max(0, ...floor), dropped: rest.length };
}

const sum = (columns: Series['columns'], buckets: number): number[] =>
  Array.from({ length: buckets }, (_, i) =>
    columns.reduce((all, column) => all + (column.values[i] ?? 0), 0),
  );
