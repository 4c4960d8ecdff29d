import type { ErrorRow } from '../../store/ports/cohorts.ts';
import { type Binned, TREES } from './trees.ts';

/** Features that a model of errors looks at, the most often seen first. */
const MOST_FEATURES = 64;
/** Bin 0: missing. */
const VALUE_BINS = TREES.bins - 1;

type Column =
  | {
      readonly kind: 'numeric';
      readonly name: string;
      readonly read: (row: ErrorRow) => number | undefined;
      readonly cuts: readonly number[];
    }
  | { readonly kind: 'categorical'; readonly name: string; readonly order: ReadonlyMap<string, number> };
export type Binning = readonly Column[];

/**
 * Numbers by quantiles, categories by the mean of the target, so that a tree can part them with one cut (Fisher 1958);
 * categories never seen in the reference fall in with the missing.
 */
export function fitBinning(rows: readonly ErrorRow[], target: Float64Array): Binning {
  const numeric = commonest(rows.map((row) => Object.keys(row.num)));
  const categorical = commonest(rows.map((row) => Object.keys(row.cat))).filter(
    (name) => !numeric.includes(name),
  );
  const prediction: Column = quantileColumn(rows, '@prediction', (row) => row.prediction);
  return [
    prediction,
    ...numeric.map((name) => quantileColumn(rows, name, (row) => row.num[name])),
    ...categorical.map((name) => orderedColumn(rows, target, name)),
  ].slice(0, MOST_FEATURES);
}

function commonest(names: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([name]) => name);
}

function quantileColumn(
  rows: readonly ErrorRow[],
  name: string,
  read: (row: ErrorRow) => number | undefined,
): Column {
  const values = rows.flatMap((row) => read(row) ?? []).toSorted((a, b) => a - b);
  const cuts = new Set<number>();
  for (let i = 1; i < VALUE_BINS; i += 1) {
    const cut = values[Math.floor((i * values.length) / VALUE_BINS)];
    if (cut !== undefined) cuts.add(cut);
  }
  return { kind: 'numeric', name, read, cuts: [...cuts].sort((a, b) => a - b) };
}

function orderedColumn(rows: readonly ErrorRow[], target: Float64Array, name: string): Column {
  const sums = new Map<string, { n: number; sum: number }>();
  for (const [i, row] of rows.entries()) {
    const value = row.cat[name];
    if (value === undefined) continue;
    const known = sums.get(value) ?? { n: 0, sum: 0 };
    known.n += 1;
    known.sum += target[i] ?? 0;
    sums.set(value, known);
  }
  const ordered = [...sums]
    .filter(([, { n }]) => n >= TREES.leastLeaf)
    .sort(([, a], [, b]) => a.sum / a.n - b.sum / b.n);
  const width = Math.max(1, Math.ceil(ordered.length / VALUE_BINS));
  return {
    kind: 'categorical',
    name,
    order: new Map(ordered.map(([value], i) => [value, 1 + Math.floor(i / width)])),
  };
}

export function applyBinning(binning: Binning, rows: readonly ErrorRow[]): Binned {
  const columns = binning.map((column) => Uint8Array.from(rows, (row) => binOf(column, row)));
  return { columns, rows: rows.length };
}

function binOf(column: Column, row: ErrorRow): number {
  if (column.kind === 'categorical') return column.order.get(row.cat[column.name] ?? '') ?? 0;
  const value = column.read(row);
  if (value === undefined || Number.isNaN(value)) return 0;
  let [low, high] = [0, column.cuts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((column.cuts[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}
