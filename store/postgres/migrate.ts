import { join } from 'node:path';
import { type Applied, type Migration, pendingMigrations, readMigrations } from '../migrations.ts';
import type { PostgresDb } from '../ports/postgres.ts';

/** Any constant will do, as long as every Leeway uses the same. */
const MIGRATION_LOCK = 4_920_113;

export const postgresMigrations = (): Migration[] => readMigrations(join(import.meta.dirname, 'migrations'));

/** One transaction for all that is pending, under a lock: of two Leeways that start together one migrates, the other finds it done. */
export async function migratePostgres(
  db: PostgresDb,
  options: { readonly nowMs: number; readonly migrations?: readonly Migration[] },
): Promise<void> {
  const known = options.migrations ?? postgresMigrations();
  await db.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await tx.query(`CREATE TABLE IF NOT EXISTS schema_migration (
      number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL)`);
    const applied = await tx.query<Applied>(
      'SELECT number, name, checksum FROM schema_migration ORDER BY number',
    );
    for (const migration of pendingMigrations('Postgres', known, applied)) {
      await tx.query(migration.sql);
      await tx.query(
        'INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)',
        [migration.number, migration.name, migration.checksum, new Date(options.nowMs)],
      );
    }
  });
}
