// Inserts segments one after the other and says after each that it is stored; to be killed at any moment.
import { join } from 'node:path';
import { createChdbPool } from '../../../store/clickhouse/chdb.ts';
import { DURABLE } from '../../../store/clickhouse/settings.ts';

const [path = '', segments = '', first = '0', count = '0'] = process.argv.slice(2);
const pool = createChdbPool({ path });
await pool.loader.command({
  sql: `CREATE TABLE IF NOT EXISTS numbered (id UInt64) ENGINE = MergeTree ORDER BY id SETTINGS ${DURABLE.join(', ')}`,
});
for (let number = Number(first); number < Number(first) + Number(count); number += 1) {
  await pool.loader.insertRowBinary({
    ...{ table: 'numbered', columns: ['id'], structure: 'id UInt64', select: ['id'] },
    file: join(segments, String(number)),
    token: `segment-${number}`,
  });
  process.stdout.write(`${number}\n`);
}
const [rows] = await pool.api.query<{ n: string; distinct: string }>({
  sql: 'SELECT count() AS n, uniqExact(id) AS distinct FROM numbered',
});
process.stdout.write(`${JSON.stringify(rows)}\n`);
await pool.close();
