import type { ClickhouseDb } from '../ports/clickhouse.ts';

/** A part that the engine could not read and set aside when it opened: its rows are missing from every answer. */
export type BrokenPart = {
  readonly table: string;
  readonly name: string;
  readonly bytes: number;
  /** When it was last written to, as the file system has it. */
  readonly atMs: number;
};

const BROKEN = `SELECT table, name, toFloat64(bytes_on_disk) AS bytes,
    toFloat64(toUnixTimestamp(modification_time)) * 1000 AS atMs
  FROM system.detached_parts WHERE database = currentDatabase() AND startsWith(reason, 'broken')
  ORDER BY atMs DESC, table, name`;

export const brokenParts = (db: ClickhouseDb): Promise<BrokenPart[]> => db.query<BrokenPart>({ sql: BROKEN });

/** As a file among those that wait for a person. */
export const asSetAside = ({ table, name, bytes, atMs }: BrokenPart) => ({
  ...{ name: `clickhouse: part ${name} of ${table}`, bytes, atMs },
});
