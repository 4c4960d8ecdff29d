import type { Sql } from '../../store/ports/clickhouse.ts';
import type { Format, LoadedColumn } from './source.ts';

// Every statement of a comparison. Tables and columns have names of ours (reference, current, c0, c1, …); values are bound.

export const SIDES = ['reference', 'current'] as const;
export type Side = (typeof SIDES)[number];

const column = (place: number): string => `c${Math.trunc(place)}`;
const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Everything as text where a cell may be of any type: a column of 1, 2 and "n/a" is a finding, not a parse error. */
const JSON_AS_TEXT = [
  'input_format_json_read_numbers_as_strings=1',
  'input_format_json_read_bools_as_strings=1',
  'input_format_json_read_objects_as_strings=1',
  'input_format_json_read_arrays_as_strings=1',
  'input_format_json_try_infer_numbers_from_strings=0',
  'input_format_try_infer_dates=0',
  'input_format_try_infer_datetimes=0',
  // A key that first appears late is a column all the same.
  'input_format_max_rows_to_read_for_schema_inference=1000000',
].join(', ');

const csvSettings = (delimiter: string): string =>
  [
    `format_csv_delimiter=${literal(delimiter)}`,
    'input_format_csv_detect_header=0',
    'input_format_csv_allow_variable_number_of_columns=1',
    // A tab is space to the engine, unless it is told.
    `input_format_csv_allow_whitespace_or_tab_as_delimiter=${delimiter === '\t' ? 1 : 0}`,
  ].join(', ');

/** Names and types. `path` is a path of ours: see the caller, which links the person's file under a name without meaning. */
export const describe = (path: string, kind: 'parquet' | 'ndjson'): Sql => ({
  sql:
    kind === 'ndjson'
      ? `DESCRIBE TABLE file(${literal(path)}, 'JSONEachRow') SETTINGS ${JSON_AS_TEXT}`
      : `DESCRIBE TABLE file(${literal(path)}, 'Parquet')`,
});

/** The header, unpacked where the file is packed. */
export const firstLine = (path: string): Sql => ({
  sql: `SELECT line FROM file(${literal(path)}, 'LineAsString') LIMIT 1`,
});

const TYPES = { number: 'Nullable(Float64)', text: 'Nullable(String)' } as const;
const structure = (columns: readonly LoadedColumn[]): string =>
  columns.map(({ place, store }) => `${column(place)} ${TYPES[store]}`).join(', ');

/** An engine may serve several comparisons, one after the other. */
export const dropTable = (side: Side): Sql => ({ sql: `DROP TABLE IF EXISTS ${side}` });

/** The columns by their places, in an engine of ours for the length of one comparison: no fsync, no key. */
export const createTable = (side: Side, columns: readonly LoadedColumn[]): Sql => ({
  sql: `CREATE TABLE ${side} (${structure(columns)}) ENGINE = MergeTree ORDER BY tuple()`,
});

/** How a table is filled: `ordered` as the file has its rows, for what draws from them by place; else as fast as it goes. */
export type Fill = 'ordered' | 'fast';
const FAST_THREADS = 4;

export function load(
  side: Side,
  path: string,
  format: Format,
  columns: readonly LoadedColumn[],
  fill: Fill,
): Sql {
  const insert = `INSERT INTO ${side} SELECT * FROM file(${literal(path)},`;
  if (format.kind === 'csv') {
    const settings = `${csvSettings(format.delimiter)}, input_format_csv_skip_first_lines=1`;
    return { sql: `${insert} 'CSV', ${literal(structure(columns))}) SETTINGS ${settings}` };
  }
  // Else the engine looks in the file for columns of the names that the table has.
  const own = 'use_structure_from_insertion_table_in_table_functions=0';
  if (format.kind === 'ndjson') return { sql: `${insert} 'JSONEachRow') SETTINGS ${own}, ${JSON_AS_TEXT}` };
  const threads = fill === 'fast' ? `, max_insert_threads=${FAST_THREADS}` : '';
  return { sql: `${insert} 'Parquet') SETTINGS ${own}${threads}` };
}

/** What files write where they have nothing. */
const MISSING_WORDS = ['', 'na', 'n/a', 'null', 'none', '\\n', '-'];
const isMissing = (c: string): string =>
  `(${c} IS NULL OR lower(trimBoth(${c})) IN (${MISSING_WORDS.map(literal).join(', ')}))`;
/** ISO 8601 alone: with looser rules every number is somebody's date. */
const isTime = (c: string): string =>
  `match(trimBoth(${c}), '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$')`;
export const asNumber = ({ place, store }: LoadedColumn): string =>
  store === 'number' ? column(place) : `toFloat64OrNull(trimBoth(${column(place)}))`;
/** A text as people see it: null where it counts as missing. */
export const asText = ({ place, store }: LoadedColumn): string =>
  store === 'number'
    ? `if(isFinite(${column(place)}), toString(${column(place)}), NULL)`
    : `if(${isMissing(column(place))}, NULL, ${column(place)})`;

const FACTS = [
  'rows',
  'missing',
  'nan',
  'infinite',
  'numbers',
  'times',
  'spaced',
  'distinct',
  'whole',
  'low',
  'high',
] as const;
export type FactsRow = Readonly<Record<(typeof FACTS)[number], number | null>> & {
  readonly earliest: string | null;
  readonly latest: string | null;
};

/** Different texts among the first rows: where they are few, each is looked at once rather than once a row. */
export const fewTexts = (side: Side, { place }: LoadedColumn): Sql => ({
  sql: `SELECT toFloat64(uniqUpTo(100)(c)) AS texts FROM (SELECT ${column(place)} AS c FROM ${side} LIMIT 50000)`,
});
export const FEW_TEXTS = 100;

/** What one column holds, in one scan of it. With `once` texts are counted first, and each is looked at once. */
export function facts(side: Side, of: LoadedColumn, once = false): Sql {
  const c = column(of.place);
  const text = of.store === 'text';
  if (once && text) return factsOnce(side, of);
  const sql = `SELECT toFloat64(count()) AS rows,
  toFloat64(countIf(${text ? isMissing(c) : `${c} IS NULL`})) AS missing,
  toFloat64(countIf(isNaN(n))) AS nan, toFloat64(countIf(isInfinite(n))) AS infinite,
  toFloat64(countIf(isFinite(n))) AS numbers,
  toFloat64(countIf(${text ? `n IS NULL AND ${isTime(c)}` : '0'})) AS times,
  toFloat64(${text ? `countIf(position(trimBoth(ifNull(${c}, '')), ' ') > 0)` : '0'}) AS spaced,
  toFloat64(uniqIf(${c}, ${c} IS NOT NULL)) AS distinct,
  toFloat64(countIf(isFinite(n) AND n = round(n))) AS whole,
  minIf(n, isFinite(n)) AS low, maxIf(n, isFinite(n)) AS high,
  ${text ? `minIf(${c}, ${isTime(c)})` : 'NULL'} AS earliest, ${text ? `maxIf(${c}, ${isTime(c)})` : 'NULL'} AS latest
FROM (SELECT ${c}, ${asNumber(of)} AS n FROM ${side})`;
  return { sql };
}

function factsOnce(side: Side, of: LoadedColumn): Sql {
  const c = column(of.place);
  const rows = (condition: string): string => `toFloat64(sumIf(k, ${condition}))`;
  return {
    sql: `SELECT toFloat64(sum(k)) AS rows, ${rows(isMissing(c))} AS missing,
  ${rows('isNaN(n)')} AS nan, ${rows('isInfinite(n)')} AS infinite, ${rows('isFinite(n)')} AS numbers,
  ${rows(`n IS NULL AND ${isTime(c)}`)} AS times, ${rows(`position(trimBoth(ifNull(${c}, '')), ' ') > 0`)} AS spaced,
  toFloat64(countIf(${c} IS NOT NULL)) AS distinct, ${rows('isFinite(n) AND n = round(n)')} AS whole,
  minIf(n, isFinite(n)) AS low, maxIf(n, isFinite(n)) AS high,
  minIf(${c}, ${isTime(c)}) AS earliest, maxIf(${c}, ${isTime(c)}) AS latest
FROM (SELECT ${c}, ${asNumber(of)} AS n, k FROM (SELECT ${c}, count() AS k FROM ${side} GROUP BY ${c}))`,
  };
}

export type Pair = { readonly reference: LoadedColumn; readonly current: LoadedColumn };

const pooled = (pair: Pair, of: (column: LoadedColumn) => string): string =>
  `(SELECT 0 AS side, ${of(pair.reference)} AS v FROM reference UNION ALL SELECT 1 AS side, ${of(pair.current)} AS v FROM current)`;
const COUNTS = 'toFloat64(countIf(side = 0)) AS r, toFloat64(countIf(side = 1)) AS c';
const lengthOf = (of: LoadedColumn): string => `toFloat64(lengthUTF8(${asText(of)}))`;
/** `number`: the values. `length`: how many characters the texts have. */
export type Measure = 'number' | 'length';
const measured = (measure: Measure) => (measure === 'number' ? asNumber : lengthOf);

/** Moments and quantiles of one side. */
export const LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
export const summary = (side: Side, of: LoadedColumn, measure: Measure): Sql => ({
  sql: `SELECT avg(v) AS mean, stddevPop(v) AS sd, min(v) AS low, max(v) AS high, quantiles(${LEVELS.join(', ')})(v) AS levels
FROM (SELECT assumeNotNull(${measured(measure)(of)}) AS v FROM ${side} WHERE isFinite(${measured(measure)(of)}))`,
});

/** Each value with how often each side has it. */
export const valueCounts = (pair: Pair, measure: Measure, most: number): Sql => ({
  sql: `SELECT v, ${COUNTS} FROM ${pooled(pair, measured(measure))} WHERE isFinite(v) GROUP BY v ORDER BY v LIMIT {most:UInt32}`,
  params: { most },
});

/** Edges at even steps of the pooled values. Both sides shape them alike, so that they favour no answer. */
export const edges = (pair: Pair, measure: Measure, steps: number): Sql => ({
  sql: `SELECT quantiles(${Array.from({ length: steps - 1 }, (_, i) => (i + 1) / steps).join(', ')})(v) AS edges,
  min(v) AS low, max(v) AS high FROM ${pooled(pair, measured(measure))} WHERE isFinite(v)`,
});

/** Counts between edges: a value belongs to the last edge that it reaches. */
export const binCounts = (pair: Pair, measure: Measure, at: readonly number[]): Sql => ({
  // An alias `v` would take the column's place in WHERE, and missing values would pass as the lowest.
  sql: `SELECT roundDown(assumeNotNull(v), {at:Array(Float64)}) AS edge, ${COUNTS}
FROM ${pooled(pair, measured(measure))} WHERE isFinite(v) GROUP BY edge ORDER BY edge`,
  params: { at },
});

/** The categories that most rows have, on both sides together. */
export const categoryCounts = (pair: Pair, most: number): Sql => ({
  sql: `SELECT v, ${COUNTS} FROM ${pooled(pair, asText)} WHERE v IS NOT NULL GROUP BY v ORDER BY r + c DESC, v LIMIT {most:UInt32}`,
  params: { most },
});

/** Rows of the reference at random, kept in one order, so that the same row stands at the same place of every column. */
export const sampleTable = (most: number, seed: number): readonly Sql[] => [
  { sql: 'DROP TABLE IF EXISTS sample' },
  {
    sql: `CREATE TABLE sample ENGINE = MergeTree ORDER BY place AS SELECT *, rowNumberInAllBlocks() AS place FROM
(SELECT * FROM reference ORDER BY cityHash64(rowNumberInAllBlocks(), ${Math.trunc(seed)}) LIMIT ${Math.trunc(most)} SETTINGS max_threads=1)`,
  },
];

/** The cells of a sampled column: numbers that are finite or nothing; texts or nothing. */
export const sampledCells = (of: LoadedColumn, as: 'number' | 'text'): Sql => ({
  sql: `SELECT ${as === 'number' ? `if(isFinite(n), n, NULL)` : 't'} AS cell FROM
(SELECT ${as === 'number' ? asNumber(of) : 'NULL'} AS n, ${as === 'text' ? asText(of) : 'NULL'} AS t, place FROM sample) ORDER BY place`,
});
