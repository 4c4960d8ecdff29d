// Opens the engine in a directory and keeps it open, or says why it could not.
import { Failure } from '../../../model/failure.ts';
import { createChdbPool } from '../../../store/clickhouse/chdb.ts';

try {
  const pool = createChdbPool({ path: process.argv[2] ?? '' });
  await pool.api.query({ sql: 'SELECT 1' });
  process.stdout.write('held\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stdout.write(`${error.reason}: ${error.message}\n`);
}
