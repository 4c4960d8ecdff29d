// Makes an empty, migrated telemetry store at argv[2] and lets go of it: to be copied.
import { createChdbPool } from '../../../store/clickhouse/chdb.ts';
import { migrateClickhouse } from '../../../store/clickhouse/migrate.ts';

const pool = createChdbPool({ path: process.argv[2] ?? '' });
await migrateClickhouse(pool.loader, { nowMs: Date.now() });
await pool.close();
