// Makes an empty, migrated telemetry store at argv[2] and lets go of it: to be copied by tests.
import { createChdbPool } from '../../../store/clickhouse/chdb.ts';
import { migrateClickhouse } from '../../../store/clickhouse/migrate.ts';

const pool = createChdbPool({ path: process.argv[2] ?? '' });
await migrateClickhouse(pool.loader, { nowMs: Date.now() });
// No copy outlives its test, and an insert that waits for the disk takes twice as long. Tests of power cuts make their own.
const NOT_SYNCED = [
  'fsync_after_insert=0',
  'fsync_part_directory=0',
  'min_rows_to_fsync_after_merge=0',
  'min_compressed_bytes_to_fsync_after_merge=0',
];
const tables = await pool.loader.query<{ name: string }>({
  sql: "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'",
});
for (const { name } of tables)
  await pool.loader.command({ sql: `ALTER TABLE ${name} MODIFY SETTING ${NOT_SYNCED.join(', ')}` });
await pool.close();
