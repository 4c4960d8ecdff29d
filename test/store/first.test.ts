import { expect, it } from 'vitest';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';

it('clickhouse', async () => {
  const pool = await freshClickhouse();
  expect(await pool.api.query({ sql: 'SELECT toUInt64(1) x' })).toEqual([{ x: '1' }]);
  expect(await pool.console.query({ sql: 'SELECT count() FROM decisions;' })).toEqual([{ 'count()': '0' }]);
});
it('postgres', async () => {
  const db = await freshPostgres();
  expect(await db.query('SELECT count(*)::int n FROM document')).toEqual([{ n: 0 }]);
});
