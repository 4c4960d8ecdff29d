import type { Sql } from '../../store/ports/clickhouse.ts';
import { asNumber, asText, lengthOf } from './cells-sql.ts';
import type { Side } from './load-sql.ts';
import type { LoadedColumn } from './source.ts';

// How often values stand on both sides.

export type Pair = { readonly reference: LoadedColumn; readonly current: LoadedColumn };

const pooled = (pair: Pair, of: (column: LoadedColumn) => string): string =>
  `(SELECT 0 AS side, ${of(pair.reference)} AS v FROM reference UNION ALL SELECT 1 AS side, ${of(pair.current)} AS v FROM current)`;
const COUNTS = 'toFloat64(countIf(side = 0)) AS r, toFloat64(countIf(side = 1)) AS c';
/** `number`: the values. `length`: how many characters the texts have. */
export type Measure = 'number' | 'length';
const measured = (measure: Measure) => (measure === 'number' ? asNumber : lengthOf);

/** Each value with how often each side has it. */
export const valueCounts = (pair: Pair, measure: Measure, most: number): Sql => ({
  sql: `SELECT v, ${COUNTS} FROM ${pooled(pair, measured(measure))} WHERE isFinite(v) GROUP BY v ORDER BY v LIMIT {most:UInt32}`,
  params: { most },
});

/** Edges at even steps of the pooled values. Both sides shape them alike, so that they favour no answer. */
export const edges = (pair: Pair, steps: number): Sql => ({
  sql: `SELECT quantiles(${Array.from({ length: steps - 1 }, (_, i) => (i + 1) / steps).join(', ')})(v) AS edges,
  min(v) AS low, max(v) AS high FROM ${pooled(pair, asNumber)} WHERE isFinite(v)`,
});

/** Counts between edges: a value belongs to the last edge that it reaches. */
export const binCounts = (pair: Pair, at: readonly number[]): Sql => ({
  // An alias `v` would take the column's place in WHERE, and missing values would pass as the lowest.
  sql: `SELECT roundDown(assumeNotNull(v), {at:Array(Float64)}) AS edge, ${COUNTS}
FROM ${pooled(pair, asNumber)} WHERE isFinite(v) GROUP BY edge ORDER BY edge`,
  params: { at },
});

/** The categories that most rows have, on both sides together. */
export const categoryCounts = (pair: Pair, most: number): Sql => ({
  sql: `SELECT v, ${COUNTS} FROM ${pooled(pair, asText)} WHERE v IS NOT NULL GROUP BY v ORDER BY r + c DESC, v LIMIT {most:UInt32}`,
  params: { most },
});

/** Cells of an even grid with how often the values of one side lie in each; what is beyond its ends counts at its ends. */
export const gridCounts = (side: Side, of: LoadedColumn, grid: Grid): Sql => ({
  sql: `SELECT groupArray(cell) AS cells, groupArray(n) AS counts FROM (
  SELECT toUInt16(greatest(0., least({last:Float64}, (assumeNotNull(v) - {low:Float64}) * {perUnit:Float64}))) AS cell, toFloat64(count()) AS n
  FROM (SELECT ${asNumber(of)} AS v FROM ${side}) WHERE isFinite(v) GROUP BY cell)`,
  params: { last: grid.cells - 1, low: grid.low, perUnit: grid.perUnit },
});
/** `perUnit` cells to each 1 from `low` on; at most 65,536. */
export type Grid = { readonly low: number; readonly perUnit: number; readonly cells: number };
