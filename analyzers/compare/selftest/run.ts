import { checksOf, judgeAll, judgeAlone } from '../checks.ts';
import type { ColumnKind } from '../facts.ts';
import type { Limits } from '../report.ts';
import { type Counted, countSide, pairUp } from './count.ts';
import { type Cell, INJECTIONS, type Injection, type Shape } from './inject.ts';

/** A column of the person's own data, row by row; the same rows for every column, so that what moves together does here. */
export type OwnColumn = {
  readonly name: string;
  readonly kind: Extract<ColumnKind, 'numeric' | 'discrete' | 'categorical'>;
  readonly cells: readonly Cell[];
};

export type Found = {
  readonly injection: string;
  readonly words: string;
  readonly columns: number;
  /** Per window size: the share of windows, over all columns it fits, in which it was found. */
  readonly power: readonly number[];
  /** Rows until it is found in four of five windows: the delay. null: in none of the sizes. */
  readonly rowsNeeded: number | null;
  /** Columns in which the largest window does not show it in four of five. */
  readonly blind: readonly string[];
};

export type Selftest = {
  readonly schemaVersion: 1;
  readonly rows: number;
  readonly repeats: number;
  readonly sizes: readonly number[];
  readonly limits: Limits;
  /** Per size: unchanged windows with any false drift, of `repeats`. */
  readonly falseAlarms: readonly number[];
  readonly found: readonly Found[];
};

export type SelftestOptions = {
  readonly limits: Limits;
  readonly repeats: number;
  readonly random: () => number;
  readonly progress: (done: number, of: number) => void;
};

const SIZES: readonly number[] = [100, 300, 1_000, 3_000];
export const POWER_WANTED = 0.8;
/** Fewer rows cannot be split into a reference and a window. */
export const LEAST_ROWS = 200;

/**
 * Again and again: splits the rows at random, takes one half as the reference, and windows of several sizes from the other.
 * Unchanged windows show false alarms; windows with one column changed in a known way show power. Pure but for `random`.
 */
export function selftest(columns: readonly OwnColumn[], options: SelftestOptions): Selftest {
  const rows = columns[0]?.cells.length ?? 0;
  const half = Math.floor(rows / 2);
  const sizes = SIZES.filter((size) => size <= half);
  if (half < (SIZES.at(-1) ?? 0) && !sizes.includes(half)) sizes.push(half);
  const falseAlarms = sizes.map(() => 0);
  const hits = INJECTIONS.map(() => columns.map(() => sizes.map(() => 0)));
  for (let repeat = 0; repeat < options.repeats; repeat += 1) {
    options.progress(repeat, options.repeats);
    const order = shuffled(rows, options.random);
    const sides = columns.map((column) => split(column, order, half));
    for (const [s, size] of sizes.entries()) {
      const tried = tryWindow(sides, size, options);
      falseAlarms[s] = (falseAlarms[s] ?? 0) + (tried.falseAlarm ? 1 : 0);
      for (const { injection, column } of tried.found) {
        const hit = hits[injection]?.[column];
        if (hit !== undefined) hit[s] = (hit[s] ?? 0) + 1;
      }
    }
  }
  const found = INJECTIONS.map((injection, i) =>
    summed(injection, columns, hits[i] ?? [], sizes, options.repeats),
  ).filter((one) => one.columns > 0);
  const { limits, repeats } = options;
  return { schemaVersion: 1, rows, repeats, sizes, limits, falseAlarms, found };
}

type Tried = {
  readonly falseAlarm: boolean;
  readonly found: readonly { readonly injection: number; readonly column: number }[];
};

/** One window: as it is, and with each column changed in each way that fits it, one at a time. */
function tryWindow(sides: readonly Side[], size: number, options: SelftestOptions): Tried {
  const family = sides.map((side) => checksFor(side, side.rest.slice(0, size)));
  const judged = judgeAll(family, options.limits);
  const checks = Math.max(1, family.flat().length);
  const found = sides.flatMap((side, column) =>
    INJECTIONS.flatMap((injection, i) =>
      fits(side, injection) && isFound(side, size, injection, checks, options)
        ? [{ injection: i, column }]
        : [],
    ),
  );
  return { falseAlarm: judged.flat().some(({ verdict }) => verdict === 'drift'), found };
}

type Side = Omit<OwnColumn, 'cells'> & {
  readonly shape: Shape;
  readonly reference: Counted;
  readonly rest: readonly Cell[];
};

function split(column: OwnColumn, order: readonly number[], half: number): Side {
  const cells = order.map((row) => column.cells[row] ?? null);
  const [before, rest] = [cells.slice(0, half), cells.slice(half)];
  const reference = countSide(column.kind, before);
  return { name: column.name, kind: column.kind, shape: shapeOf(before, reference), reference, rest };
}

const checksFor = ({ name, kind, reference }: Side, cells: readonly Cell[]) =>
  checksOf(pairUp(name, kind, reference, countSide(kind, cells)));

function isFound(
  side: Side,
  size: number,
  injection: Injection,
  checks: number,
  options: SelftestOptions,
): boolean {
  const cells = side.rest.slice(0, size).map((cell) => injection.change(cell, side.shape, options.random));
  return judgeAlone(checksFor(side, cells), options.limits, checks).some(
    ({ verdict }) => verdict === 'drift',
  );
}

const fits = ({ kind }: Pick<OwnColumn, 'kind'>, { kinds }: Pick<Injection, 'kinds'>): boolean =>
  kinds.includes(kind);

function summed(
  { id, words, kinds }: Injection,
  columns: readonly OwnColumn[],
  hits: readonly (readonly number[])[],
  sizes: readonly number[],
  repeats: number,
): Found {
  const fitting = columns.flatMap((column, k) =>
    fits(column, { kinds }) ? [{ name: column.name, hits: hits[k] ?? [] }] : [],
  );
  const power = sizes.map(
    (_, s) =>
      fitting.reduce((sum, one) => sum + (one.hits[s] ?? 0), 0) / (repeats * Math.max(1, fitting.length)),
  );
  const blind = fitting.filter((one) => (one.hits.at(-1) ?? 0) < POWER_WANTED * repeats);
  return {
    injection: id,
    words,
    columns: fitting.length,
    power,
    rowsNeeded: sizes[power.findIndex((share) => share >= POWER_WANTED)] ?? null,
    blind: blind.map(({ name }) => name),
  };
}

function shapeOf(cells: readonly Cell[], { values }: Counted): Shape {
  const numbers = cells.filter((cell) => typeof cell === 'number');
  const mean = numbers.reduce((sum, value) => sum + value, 0) / Math.max(1, numbers.length);
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const byCount = values.toSorted((a, b) => b[1] - a[1]);
  const highest = values.at(-1)?.[0] ?? null;
  return {
    mean,
    sd: Math.sqrt(squares / Math.max(1, numbers.length)),
    second: byCount[1]?.[0] ?? null,
    unseen: typeof highest === 'number' ? highest + 1 : '(never seen before)',
  };
}

/** Fisher and Yates. */
function shuffled(length: number, random: () => number): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i -= 1) {
    const k = Math.floor(random() * (i + 1));
    const [a, b] = [order[i] ?? 0, order[k] ?? 0];
    order[i] = b;
    order[k] = a;
  }
  return order;
}
