import type { ColumnKind } from '../facts.ts';

/** One cell: null is missing. */
export type Cell = number | string | null;

/** A column as it is: what a change is measured in. */
export type Shape = {
  readonly mean: number;
  readonly sd: number;
  /** The second commonest value, and one that never stands there. */
  readonly second: Cell;
  readonly unseen: Cell;
};

/** What is done to a window, and to which kinds of column it can be done. */
export type Injection = {
  readonly id: string;
  readonly words: string;
  readonly kinds: readonly ColumnKind[];
  readonly change: (cell: Cell, of: Shape, random: () => number) => Cell;
};

const NUMBERS: readonly ColumnKind[] = ['numeric'];
/** Codes and counts are changed as categories are: a code moved by half a standard deviation is a code that never was. */
const VALUES: readonly ColumnKind[] = ['discrete', 'categorical'];
const number =
  (change: (value: number, of: Shape) => number): Injection['change'] =>
  (cell, of) =>
    typeof cell === 'number' ? change(cell, of) : cell;
const SHIFTS_SD = [0.25, 0.5];
const SOME = 0.1;
const MANY = 0.2;

/** The changes that data meets in practice, each of a size that a person would want to hear of. */
export const INJECTIONS: readonly Injection[] = [
  ...SHIFTS_SD.map((sds) => ({
    id: `shift_${sds}`,
    words: `values + ${sds} standard deviations`,
    kinds: NUMBERS,
    change: number((value, { sd }) => value + sds * sd),
  })),
  {
    id: 'scale',
    words: 'spread × 1.5 around the mean',
    kinds: NUMBERS,
    change: number((value, { mean }) => mean + 1.5 * (value - mean)),
  },
  {
    id: 'unit',
    words: 'miles as kilometres (× 1.609)',
    kinds: NUMBERS,
    change: number((value) => value * 1.609344),
  },
  {
    id: 'mix',
    words: `${MANY * 100} % of cells the second commonest value`,
    kinds: VALUES,
    change: (cell, { second }, random) => (cell !== null && random() < MANY ? second : cell),
  },
  {
    id: 'new_value',
    words: `${SOME * 100} % of cells a value never seen`,
    kinds: VALUES,
    change: (cell, { unseen }, random) => (cell !== null && random() < SOME ? unseen : cell),
  },
  {
    id: 'missing',
    words: `${SOME * 100} % of cells missing`,
    kinds: [...NUMBERS, ...VALUES],
    change: (cell, _of, random) => (random() < SOME ? null : cell),
  },
];
