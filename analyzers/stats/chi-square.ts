import { at, type Measured, type UndefinedReason, undefinedBecause } from './measured.ts';
import type { Counts } from './shares.ts';
import { chiSquareSf } from './special/chi-square.ts';

export type ContingencyResult = Measured<{
  statistic: number;
  pValue: number;
  degreesOfFreedom: number;
  /** Smallest expected cell; below about 1 the limit distribution is a poor guide (Cochran 1954: most above 5). */
  smallestExpected: number;
}>;

export type ContingencyOptions = {
  /** Yates' continuity correction, applied to 2 × 2 tables only, as scipy and R do. Default `none`. */
  readonly correction?: 'none' | 'yates';
};

/** One row of a table: what was seen in each cell, what independence expects there. */
type Cell = { readonly observed: number; readonly expected: number };
export type ContingencyTable = Measured<{
  cells: readonly Cell[];
  degreesOfFreedom: number;
  total: number;
}>;

const badTable = (table: readonly Counts[]): UndefinedReason | null => {
  const columns = table[0]?.length ?? 0;
  if (table.length < 2 || columns === 0) return 'empty';
  for (const row of table) {
    if (row.length !== columns) return 'length_mismatch';
    let total = 0;
    for (let j = 0; j < columns; j += 1) {
      const count = at(row, j);
      if (!(count >= 0 && count < Infinity)) return 'invalid_count';
      total += count;
    }
    if (total === 0) return 'empty';
  }
  return null;
};

/** Cells with their expectation under independence; columns that are empty in every row are left out. O(cells). */
export function contingencyTable(table: readonly Counts[]): ContingencyTable {
  const reason = badTable(table);
  if (reason) return undefinedBecause(reason);
  const width = table[0]?.length ?? 0;
  const rowTotals = table.map((row) => Array.from(row).reduce((sum, count) => sum + count, 0));
  const columnTotals = Array.from({ length: width }, (_, j) =>
    table.reduce((sum, row) => sum + at(row, j), 0),
  );
  const total = rowTotals.reduce((sum, count) => sum + count, 0);
  const cells: Cell[] = [];
  for (const [i, row] of table.entries()) {
    for (let j = 0; j < width; j += 1) {
      if (at(columnTotals, j) === 0) continue;
      cells.push({ observed: at(row, j), expected: (at(rowTotals, i) * at(columnTotals, j)) / total });
    }
  }
  const columns = columnTotals.filter((count) => count > 0).length;
  return { kind: 'value', cells, degreesOfFreedom: (table.length - 1) * (columns - 1), total };
}

/**
 * Pearson's chi-square test of a contingency table (rows: samples; columns: categories): Σ (O − E)² / E with
 * E = row total · column total / total and (rows − 1)(columns − 1) degrees of freedom.
 *
 * Both samples are treated as samples; a category new on one side is an ordinary column, not a division by zero.
 * One category only: statistic 0, p 1, df 0. Empty row → `empty`. Cost O(cells).
 * Source: Pearson (1900); Fisher (1922) for the degrees of freedom; Yates (1934).
 */
export function chiSquareTable(
  table: readonly Counts[],
  options: ContingencyOptions = {},
): ContingencyResult {
  const expected = contingencyTable(table);
  if (expected.kind === 'undefined') return expected;
  const { cells, degreesOfFreedom } = expected;
  const shrink = options.correction === 'yates' && degreesOfFreedom === 1 && cells.length === 4 ? 0.5 : 0;
  let statistic = 0;
  let smallestExpected = Infinity;
  for (const { observed, expected: e } of cells) {
    const gap = Math.max(0, Math.abs(observed - e) - shrink);
    statistic += (gap * gap) / e;
    smallestExpected = Math.min(smallestExpected, e);
  }
  const pValue = degreesOfFreedom === 0 ? 1 : chiSquareSf(statistic, degreesOfFreedom);
  return { kind: 'value', statistic, pValue, degreesOfFreedom, smallestExpected };
}

/** `chiSquareTable` of two rows: are reference and current drawn from the same shares? */
export const chiSquareContingency = (
  reference: Counts,
  current: Counts,
  options: ContingencyOptions = {},
): ContingencyResult => chiSquareTable([reference, current], options);
