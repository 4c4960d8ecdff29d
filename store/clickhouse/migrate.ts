import { join } from 'node:path';
import { type Applied, type Migration, pendingMigrations, readMigrations } from '../migrations.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';
import { brokenParts } from './damage.ts';
import { DURABLE, TYPED_MAPS } from './settings.ts';
import { splitStatements } from './statements.ts';

export type ClickhouseMigrateOptions = {
  /** Plain MergeTree, or Replicated* on a cluster whose macros name shard and replica. */
  readonly replicated?: boolean;
  readonly nowMs: number;
  readonly migrations?: readonly Migration[];
};

const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS schema_migration (
  number UInt32, name String, checksum FixedString(64), applied_at DateTime64(3, 'UTC')
) ENGINE = MergeTree ORDER BY number SETTINGS {durable}`;

export type ClickhouseState = {
  readonly applied: readonly number[];
  /**
   * Parts the engine could not read and set aside when it opened (few enough that it opened at all): their rows are
   * missing from every answer, which someone has to be told.
   */
  readonly broken: readonly { readonly table: string; readonly parts: number }[];
};

export const clickhouseMigrations = (): Migration[] =>
  readMigrations(join(import.meta.dirname, 'migrations'));

/**
 * Brings the schema up to this program. There are no transactions: every statement is written to be repeated
 * (IF NOT EXISTS), and a migration is noted after its last one, so an interrupted run starts over.
 */
export async function migrateClickhouse(
  db: ClickhouseDb,
  options: ClickhouseMigrateOptions,
): Promise<ClickhouseState> {
  const replicated = options.replicated ?? false;
  await db.command({ sql: tableStatement(MIGRATIONS_TABLE, replicated) });
  const applied = await db.query<Applied>({
    sql: 'SELECT number, name, checksum FROM schema_migration ORDER BY number',
  });
  const pending = pendingMigrations('ClickHouse', options.migrations ?? clickhouseMigrations(), applied);
  for (const migration of pending) {
    for (const statement of splitStatements(migration.sql))
      await db.command({ sql: tableStatement(statement, replicated) });
    const { number, name, checksum } = migration;
    await db.insertRows(
      'schema_migration',
      [
        {
          number,
          name,
          checksum,
          applied_at: new Date(options.nowMs).toISOString().replace(/[TZ]/g, ' ').trim(),
        },
      ],
      `migration ${number} ${checksum}`,
    );
  }
  return {
    applied: pending.map(({ number }) => number),
    broken: [...Map.groupBy(await brokenParts(db), ({ table }) => table)].map(([table, parts]) => ({
      ...{ table, parts: parts.length },
    })),
  };
}

/** Fills in what differs by deployment: the durable settings, and the engine's replicated twin. */
export function tableStatement(sql: string, replicated: boolean): string {
  const settings = [...DURABLE, ...(/\bMap\(/.test(sql) ? TYPED_MAPS : [])];
  const filled = sql.replace('{durable}', settings.join(', '));
  return replicated ? filled.replace(/ENGINE = (\w*MergeTree)\b/, 'ENGINE = Replicated$1') : filled;
}
