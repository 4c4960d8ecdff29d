// Starts a private Postgres, writes a row, says so, and waits to be killed.
import { connectPostgres } from '../../../store/postgres/pool.ts';
import { startPrivatePostgres } from '../../../store/postgres/private-server.ts';

const server = await startPrivatePostgres({ dataDir: process.argv[2] ?? '' });
const db = connectPostgres(server);
await db.query('CREATE TABLE IF NOT EXISTS kept (at integer)');
await db.query('INSERT INTO kept VALUES (1)');
process.stdout.write(`${server.pid}\n`);
setInterval(() => undefined, 60_000);
