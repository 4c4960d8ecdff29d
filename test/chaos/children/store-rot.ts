// Makes a table of decisions in chDB, or reads it and says what it finds. Arguments: directory, make | read.
import { Failure } from '../../../model/failure.ts';
import { createChdbPool } from '../../../store/clickhouse/chdb.ts';
import { asSetAside, brokenParts } from '../../../store/clickhouse/damage.ts';
import { migrateClickhouse } from '../../../store/clickhouse/migrate.ts';

const [path = '', mode = ''] = process.argv.slice(2);
const say = (told: object): boolean => process.stdout.write(`${JSON.stringify(told)}\n`);
const pool = createChdbPool({ path });
const { broken } = await migrateClickhouse(pool.loader, { nowMs: 0 });
if (mode === 'make') {
  await pool.loader.command({
    sql: `CREATE TABLE rot (id UInt64, value String, n Float64) ENGINE = MergeTree ORDER BY id
      SETTINGS min_bytes_for_wide_part = 0, fsync_after_insert = 1`,
  });
  await pool.loader.command({
    sql: `INSERT INTO rot SELECT number, concat('value ', toString(number)), number / 3 FROM numbers(2000)`,
  });
  const [part] = await pool.api.query<{ path: string }>({
    sql: "SELECT path FROM system.parts WHERE table = 'rot' AND active",
  });
  say({ part: part?.path });
} else {
  try {
    const [sum] = await pool.api.query<object>({
      sql: 'SELECT toUInt32(count()) AS total, toString(sum(cityHash64(id, value, n))) AS hash FROM rot WHERE id >= 0 AND NOT ignore(value)',
    });
    say({ broken, aside: (await brokenParts(pool.api)).map(asSetAside), ...sum });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say({ broken, reason: error.reason, retryable: error.retryable, message: error.message });
  }
}
await pool.close();
process.exit(0);
