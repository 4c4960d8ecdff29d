import type { ClickhouseDb } from '../../store/ports/clickhouse.ts';
import {
  type CountedRow,
  type FactsRow,
  FEW,
  facts,
  factsOfFew,
  fewValues,
  LEVELS,
  type MomentsRow,
} from './cells-sql.ts';
import { type Facts, factsFrom } from './facts.ts';
import type { Side } from './load-sql.ts';
import type { SideNumbers } from './report.ts';
import type { LoadedColumn } from './source.ts';

/** Up to here every value is counted by itself, and the statistics are those of the raw values. */
export const MOST_VALUES = 2_000;

/** A value with its rows: its text as people see it (null where it counts as missing), and the number that it is. */
export type Counted = {
  readonly label: string | null;
  readonly number: number | null;
  readonly rows: number;
};

/** One side of a column: its facts, and either all its values or the moments of its numbers. */
export type Look = {
  readonly facts: Facts;
  readonly values: readonly Counted[] | null;
  readonly numbers: SideNumbers | null;
  /** Nearly all numbers lie between; NaN where there is none. */
  readonly ends: readonly [low: number, high: number];
};

/** Columns of one scan that counts first values: the statement names each of them. */
const AT_ONCE = 100;

/** Places of the columns that seem to have few values. A guess from the first rows: it costs time where it is wrong, no more. */
export async function placesWithFew(
  db: ClickhouseDb,
  side: Side,
  columns: readonly LoadedColumn[],
): Promise<Set<number>> {
  const places = new Set<number>();
  for (let at = 0; at < columns.length; at += AT_ONCE) {
    const some = columns.slice(at, at + AT_ONCE);
    const [row] = await db.query<{ few: number[] }>(fewValues(side, some));
    for (const [i, { place }] of some.entries())
      if ((row?.few[i] ?? Number.POSITIVE_INFINITY) <= FEW) places.add(place);
  }
  return places;
}

export async function lookAt(db: ClickhouseDb, side: Side, of: LoadedColumn, few: boolean): Promise<Look> {
  if (few) {
    const [row] = await db.query<FactsRow & { counted: CountedRow[] }>(factsOfFew(side, of, MOST_VALUES + 1));
    if (row !== undefined && row.counted.length <= MOST_VALUES) return lookFrom(row, row.counted);
  }
  const [row] = await db.query<FactsRow & MomentsRow>(facts(side, of));
  const [low, high] = [row?.low ?? Number.NaN, row?.high ?? Number.NaN];
  const levels = (row?.levels ?? []).map((one) => one ?? Number.NaN);
  // No finite value: its mean is NaN, which travels as null.
  const known = row !== undefined && row.mean !== null && row.sd !== null && !Number.isNaN(low);
  return {
    facts: factsFrom(row),
    values: null,
    // Rounding leaves a constant column with a spread of 1e-8, which no distance may be divided by.
    numbers: known
      ? { mean: row.mean ?? 0, sd: low === high ? 0 : (row.sd ?? 0), low, high, levels: levels.slice(0, -2) }
      : null,
    ends: [levels.at(-2) ?? Number.NaN, levels.at(-1) ?? Number.NaN],
  };
}

function lookFrom(row: FactsRow, counted: readonly CountedRow[]): Look {
  const values = counted.map(([label, number, rows]) => ({ label, number, rows }));
  const numbers = momentsOf(
    values.flatMap(({ number, rows }) => (number === null ? [] : [{ value: number, rows }])),
  );
  return {
    facts: factsFrom(row),
    values,
    numbers,
    ends: [numbers?.low ?? Number.NaN, numbers?.high ?? Number.NaN],
  };
}

/** Mean, spread and quantiles of values that were counted one by one; null where there is none. O(values · log values). */
export function momentsOf(
  counted: readonly { readonly value: number; readonly rows: number }[],
): SideNumbers | null {
  const sorted = counted.filter(({ rows }) => rows > 0).sort((a, b) => a.value - b.value);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return null;
  const n = sorted.reduce((sum, { rows }) => sum + rows, 0);
  const mean = sorted.reduce((sum, { value, rows }) => sum + (value / n) * rows, 0);
  const variance = sorted.reduce((sum, { value, rows }) => sum + ((value - mean) ** 2 * rows) / n, 0);
  const level = (share: number): number => {
    let before = 0;
    for (const { value, rows } of sorted) {
      before += rows;
      if (before >= share * n) return value;
    }
    return last.value;
  };
  const [low, high] = [first.value, last.value];
  return { mean, sd: low === high ? 0 : Math.sqrt(variance), low, high, levels: LEVELS.map(level) };
}
