import type { Sql } from '../../store/ports/clickhouse.ts';
import type { Format, LoadedColumn } from './source.ts';

// From files to tables. Tables and columns have names of ours (reference, current, c0, c1, …), here as in every statement of a
// comparison: no name of a file enters one.

export const SIDES = ['reference', 'current'] as const;
export type Side = (typeof SIDES)[number];

export const column = (place: number): string => `c${Math.trunc(place)}`;
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

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

/** Where a table is kept while it is compared: in memory it is there in a third of the time, on disk it may be of any size. */
export type Keep = 'memory' | 'disk';
const ENGINES: Readonly<Record<Keep, string>> = { memory: 'Memory', disk: 'MergeTree ORDER BY tuple()' };

/** The columns by their places, in an engine of ours for the length of one comparison: no fsync, no key. */
export const createTable = (side: Side, columns: readonly LoadedColumn[], keep: Keep): Sql => ({
  sql: `CREATE TABLE ${side} (${structure(columns)}) ENGINE = ${ENGINES[keep]}`,
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
