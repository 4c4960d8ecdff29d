// As many slow queries as Node has pool threads by default, and then a file to read: which ends first?
import '../../../store/thread-pool.ts';
import { readFile } from 'node:fs/promises';
import { createChdbPool } from '../../../store/clickhouse/chdb.ts';

const DEFAULT_POOL_THREADS = 4;
const pool = createChdbPool({ path: process.argv[2] ?? '', apiConnections: DEFAULT_POOL_THREADS });
const slow = Array.from({ length: DEFAULT_POOL_THREADS }, () =>
  pool.api.query({ sql: 'SELECT sleep(1)' }).then(() => process.stdout.write('query\n')),
);
await pool.loader.query({ sql: 'SELECT 1' });
await readFile(import.meta.filename);
process.stdout.write('file\n');
await Promise.all(slow);
await pool.close();
