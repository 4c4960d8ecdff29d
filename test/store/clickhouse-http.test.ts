import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpPool, pingHttp } from '../../store/clickhouse/http.ts';
import { startClickhouseServer, type TestClickhouse } from '../support/clickhouse-http-server.ts';
import { freshDirectory } from '../support/stores.ts';

describe('ClickHouse over HTTP', () => {
  let server: TestClickhouse;
  beforeAll(async () => {
    server = await startClickhouseServer(join(freshDirectory('http'), 'clickhouse'));
  });
  afterAll(() => server.stop());

  it('is refused with the wrong password, and not tried again', async () => {
    const pool = createHttpPool({ ...server, password: 'guess' });
    await expect(pool.api.query({ sql: 'SELECT 1' })).rejects.toMatchObject({
      reason: 'query_refused',
      retryable: false,
      message: expect.stringContaining('Authentication failed'),
    });
    await pool.close();
    expect(await pingHttp({ ...server, password: 'guess' })).toMatchObject({ reason: 'query_refused' });
    expect(await pingHttp(server)).toBeUndefined();
  });

  it('works in the database it is told', async () => {
    const pool = createHttpPool(server);
    await pool.loader.command({ sql: 'CREATE DATABASE IF NOT EXISTS other' });
    const other = createHttpPool({ ...server, database: 'other' });
    expect(await other.api.query({ sql: 'SELECT currentDatabase() AS name' })).toEqual([{ name: 'other' }]);
    await Promise.all([pool.close(), other.close()]);
  });

  it('keeps a console from writing, by the engine and not by our reading of its words alone', async () => {
    const pool = createHttpPool(server);
    await expect(pool.console.query({ sql: 'SELECT 1 SETTINGS readonly = 0' })).rejects.toMatchObject({
      reason: 'query_refused',
      message: expect.stringContaining('readonly'),
    });
    await pool.close();
  });

  it('that went away is a failure to try again, and works once it is back', async () => {
    const path = join(freshDirectory('away'), 'clickhouse');
    const first = await startClickhouseServer(path);
    const pool = createHttpPool(first);
    expect(await pool.api.query({ sql: 'SELECT 1 AS one' })).toEqual([{ one: 1 }]);
    const underway = pool.api.query({ sql: 'SELECT sleep(3)' });
    await Promise.all([
      expect(underway).rejects.toMatchObject({ reason: 'store_unavailable', retryable: true }),
      first.stop('SIGKILL'),
    ]);
    await expect(pool.api.query({ sql: 'SELECT 1' })).rejects.toMatchObject({ reason: 'store_unavailable' });
    await pool.close();
    const second = await startClickhouseServer(path);
    const again = createHttpPool(second);
    expect(await again.api.query({ sql: 'SELECT 1 AS one' })).toEqual([{ one: 1 }]);
    await again.close();
    await second.stop();
  });
});
