// Migrates and says what is broken, then what a question to each of the tables gives.
import { Failure } from '../../../model/failure.ts';
import { createChdbPool } from '../../../store/clickhouse/chdb.ts';
import { migrateClickhouse } from '../../../store/clickhouse/migrate.ts';
import { DURABLE } from '../../../store/clickhouse/settings.ts';

const [path = '', ...steps] = process.argv.slice(2);
try {
  const pool = createChdbPool({ path });
  const state = await migrateClickhouse(pool.loader, { nowMs: 0 });
  process.stdout.write(`${JSON.stringify(state.broken)}\n`);
  for (const table of ['lenient', 'strict']) {
    if (steps.includes('make')) {
      const strict = table === 'strict' ? ', max_suspicious_broken_parts = 0' : '';
      const settings = DURABLE.join(', ') + strict;
      await pool.loader.command({
        sql: `CREATE TABLE ${table} (id UInt64) ENGINE = MergeTree ORDER BY id SETTINGS ${settings}`,
      });
      await pool.loader.insertRows(table, [{ id: 1 }]);
      const paths = await pool.loader.query<{ path: string }>({
        sql: `SELECT path FROM system.parts WHERE table = {table:String}`,
        params: { table },
      });
      process.stdout.write(`${paths[0]?.path}\n`);
    } else {
      const told = await pool.api.query({ sql: `SELECT count() AS n FROM ${table}` }).catch((error) => error);
      process.stdout.write(`${told instanceof Failure ? told.reason : JSON.stringify(told)}\n`);
    }
  }
  await pool.close();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stdout.write(`${error.reason}: ${error.message}\n`);
}
