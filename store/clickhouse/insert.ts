import type { RowBinaryInsert } from '../ports/clickhouse.ts';
import { INSERT_SETTINGS } from './settings.ts';
import { literal, notFinite } from './values.ts';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Table and column names come from our own code; a name that is none is a programmer's error. */
export function identifier(name: string): string {
  if (!IDENTIFIER.test(name)) throw new RangeError(`Not an identifier: ${JSON.stringify(name)}`);
  return `\`${name}\``;
}

const settings = (token: string | undefined): string =>
  token === undefined
    ? INSERT_SETTINGS.join(', ')
    : `${INSERT_SETTINGS.join(', ')}, insert_deduplication_token=${literal(token)}`;

const head = (insert: RowBinaryInsert): string =>
  `INSERT INTO ${identifier(insert.table)} (${insert.columns.map(identifier).join(', ')})`;

const selection = (insert: RowBinaryInsert, source: string): string =>
  `SELECT ${insert.select.join(', ')} FROM ${source} ${insert.tail ?? ''}`;

/** The engine is in this process: it reads the file where it lies. */
export const fileInsert = (insert: RowBinaryInsert): string =>
  `${head(insert)} SETTINGS ${settings(insert.token)} ${selection(
    insert,
    `file(${literal(insert.file)}, 'RowBinary', ${literal(insert.structure)})`,
  )}`;

/** The engine is elsewhere: the file's bytes follow as the request's body. */
export const inputInsert = (insert: RowBinaryInsert): string =>
  `${head(insert)} SETTINGS ${settings(insert.token)} ${selection(
    insert,
    `input(${literal(insert.structure)})`,
  )} FORMAT RowBinary`;

export const rowsInsert = (
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
  token: string | undefined,
): { readonly statement: string; readonly body: string } => ({
  statement: `INSERT INTO ${identifier(table)} (${columnsOf(rows).map(identifier).join(', ')}) SETTINGS ${settings(token)} FORMAT JSONEachRow`,
  body: rows.map((row) => JSON.stringify(row, withNotFinite)).join('\n'),
});

/** JSON has no NaN and writes null, which a column that is not Nullable would take as 0. */
const withNotFinite = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? notFinite(value) : value;

const columnsOf = (rows: readonly Readonly<Record<string, unknown>>[]): string[] => [
  ...new Set(rows.flatMap((row) => Object.keys(row))),
];
