import type { Sql } from '../../../store/ports/clickhouse.ts';
import { asNumber, asText } from '../cells-sql.ts';
import type { LoadedColumn } from '../source.ts';

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
