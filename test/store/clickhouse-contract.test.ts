import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import { createHttpPool } from '../../store/clickhouse/http.ts';
import { clickhouseMigrations, migrateClickhouse } from '../../store/clickhouse/migrate.ts';
import { DURABLE } from '../../store/clickhouse/settings.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { startClickhouseServer } from '../support/clickhouse-http-server.ts';
import { freshDirectory } from '../support/stores.ts';

type Adapter = { readonly pool: ClickhousePool; readonly stop: () => Promise<void> };

const ADAPTERS: Readonly<Record<string, () => Promise<Adapter>>> = {
  'chDB in process': async () => ({
    pool: createChdbPool({ path: join(freshDirectory('chdb'), 'clickhouse') }),
    stop: async () => undefined,
  }),
  'ClickHouse over HTTP': async () => {
    const server = await startClickhouseServer(join(freshDirectory('http'), 'clickhouse'));
    return { pool: createHttpPool(server), stop: () => server.stop() };
  },
};

/** RowBinary, by the format's page: integers little endian, a string behind its length as LEB128. */
const row = (id: number, name: string): Buffer => {
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(BigInt(id));
  const text = Buffer.from(name);
  return Buffer.concat([number, Buffer.from([text.length]), text]);
};
const STRUCTURE = 'id UInt64, name String';

describe.each(Object.entries(ADAPTERS))('%s', (_, start) => {
  let adapter: Adapter;
  let pool: ClickhousePool;
  const directory = freshDirectory('segments');
  const segment = (name: string, rows: readonly Buffer[]): string => {
    const file = join(directory, name);
    writeFileSync(file, Buffer.concat(rows));
    return file;
  };
  const count = async (table: string): Promise<unknown> =>
    (await pool.api.query<{ n: string }>({ sql: `SELECT count() AS n FROM ${table}` }))[0]?.n;
  const table = async (name: string): Promise<string> => {
    await pool.loader.command({
      sql: `CREATE TABLE ${name} (id UInt64, name String, at DateTime64(3, 'UTC') DEFAULT 0)
            ENGINE = MergeTree ORDER BY id SETTINGS ${DURABLE.join(', ')}`,
    });
    return name;
  };

  beforeAll(async () => {
    adapter = await start();
    ({ pool } = adapter);
    await migrateClickhouse(pool.loader, { nowMs: Date.UTC(2026, 0, 1) });
  });
  afterAll(async () => {
    await pool.close();
    await adapter.stop();
  });

  describe('values', () => {
    const TEXTS = [
      "it's",
      'a\\b',
      'tab\there',
      'line\nbreak',
      'quote "q"',
      'ünïcode 🙂',
      '',
      '{x:String}',
      'a;b',
      '%s $1 ?',
    ];
    it.each(TEXTS)('binds the text %j unchanged', async (text) => {
      const sql = 'SELECT {text:String} AS text, {list:Array(String)} AS list';
      expect(await pool.api.query({ sql, params: { text, list: [text, text] } })).toEqual([
        { text, list: [text, text] },
      ]);
    });

    it('binds numbers, times, nothing, booleans and maps', async () => {
      const sql = `SELECT {float:Float64} AS float, {big:Int64} AS big, {none:Nullable(String)} AS none,
        {yes:Bool} AS yes, {at:DateTime64(3, 'UTC')} AS at, {map:Map(String, Float64)} AS map,
        isNaN({nan:Float64}) AS nan, isInfinite({infinite:Float64}) AS infinite`;
      const params = {
        ...{ float: 0.1, big: 9_007_199_254_740_993n, none: null, yes: true, nan: Number.NaN },
        ...{ infinite: Number.NEGATIVE_INFINITY, at: new Date('2026-01-02T03:04:05.678Z'), map: { a: 1.5 } },
      };
      expect(await pool.api.query({ sql, params })).toEqual([
        {
          ...{ float: 0.1, big: '9007199254740993', none: null, yes: true, nan: 1, infinite: 1 },
          ...{ at: '2026-01-02 03:04:05.678', map: { a: 1.5 } },
        },
      ]);
    });

    it('gives 64-bit integers as text, since a number would round them', async () => {
      expect(await pool.api.query({ sql: 'SELECT 18446744073709551615 AS n' })).toEqual([
        { n: '18446744073709551615' },
      ]);
    });

    it('refuses a time the type cannot hold instead of wrapping it', async () => {
      const sql = `SELECT toDateTime(toDate32('2290-01-01'))`;
      await expect(pool.api.query({ sql })).rejects.toMatchObject({ reason: 'query_refused' });
    });
  });

  describe('failures', () => {
    it.each([
      ['SELECT nothing FROM nowhere', 'query_refused', false],
      ['SELEKT 1', 'query_refused', false],
      [
        'SELECT sum(sleepEachRow(0.1)) FROM numbers(100) SETTINGS max_execution_time = 1, max_block_size = 1',
        'query_timeout',
        false,
      ],
      [
        'SELECT groupArray(number) FROM numbers(10000000) SETTINGS max_memory_usage = 1000000',
        'store_unavailable',
        true,
      ],
    ])('%s is a %s', async (sql, reason, retryable) => {
      await expect(pool.api.query({ sql })).rejects.toMatchObject({ name: 'Failure', reason, retryable });
    });

    it('goes on after one', async () => {
      await expect(pool.api.query({ sql: 'SELEKT 1' })).rejects.toThrow();
      expect(await pool.api.query({ sql: 'SELECT 1 AS one' })).toEqual([{ one: 1 }]);
    });
  });

  describe('inserting a file', () => {
    it('selects, filters and binds on the way', async () => {
      const into = await table('filed');
      await pool.loader.insertRowBinary({
        ...{ table: into, columns: ['id', 'name'], structure: STRUCTURE, token: 't1' },
        select: ['id + {plus:UInt64}', 'upper(name)'],
        tail: 'WHERE id > 1',
        params: { plus: 100 },
        file: segment('filed', [row(1, 'one'), row(2, 'two'), row(3, "thr'ee")]),
      });
      expect(await pool.api.query({ sql: `SELECT id, name FROM ${into} ORDER BY id` })).toEqual([
        { id: '102', name: 'TWO' },
        { id: '103', name: "THR'EE" },
      ]);
    });

    it('takes a repeated token once and another one again', async () => {
      const into = await table('tokens');
      const rows = Array.from({ length: 1000 }, (_unused, id) => row(id, `n${id}`));
      const insert = {
        ...{ table: into, columns: ['id', 'name'], structure: STRUCTURE, select: ['id', 'name'] },
        file: segment('tokens', rows),
      };
      await pool.loader.insertRowBinary({ ...insert, token: 'a' });
      await pool.loader.insertRowBinary({ ...insert, token: 'a' });
      expect(await count(into)).toBe('1000');
      await pool.loader.insertRowBinary({ ...insert, token: 'b' });
      expect(await count(into)).toBe('2000');
    });

    it('stores nothing of a file that breaks off', async () => {
      const into = await table('broken');
      const file = segment('broken', [row(1, 'one'), row(2, 'two').subarray(0, 5)]);
      const insert = {
        table: into,
        columns: ['id', 'name'],
        structure: STRUCTURE,
        select: ['id', 'name'],
        file,
      };
      await expect(pool.loader.insertRowBinary({ ...insert, token: 'c' })).rejects.toMatchObject({
        reason: 'query_refused',
      });
      expect(await count(into)).toBe('0');
    });
  });

  describe('inserting rows', () => {
    it('keeps hostile text as it is', async () => {
      const into = await table('rowed');
      const names = ["'; DROP TABLE rowed; --", '{x:String}', 'a\nb', '\\N', 'é🙂'];
      await pool.loader.insertRows(
        into,
        names.map((name, id) => ({ id, name })),
        'r1',
      );
      const rows = await pool.api.query<{ name: string }>({ sql: `SELECT name FROM ${into} ORDER BY id` });
      expect(rows.map(({ name }) => name)).toEqual(names);
    });

    it('takes a repeated token once', async () => {
      const into = await table('rows_twice');
      for (const token of ['x', 'x', 'y']) await pool.loader.insertRows(into, [{ id: 1, name: 'a' }], token);
      expect(await count(into)).toBe('2');
    });

    it('keeps what is no number no number', async () => {
      await pool.loader.command({
        sql: `CREATE TABLE floats (id UInt8, f Float64) ENGINE = MergeTree ORDER BY id SETTINGS ${DURABLE.join(', ')}`,
      });
      const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.1];
      await pool.loader.insertRows(
        'floats',
        values.map((f, id) => ({ id, f })),
      );
      const sql = 'SELECT toString(f) AS f FROM floats ORDER BY id';
      expect(await pool.api.query({ sql })).toEqual([
        { f: 'nan' },
        { f: 'inf' },
        { f: '-inf' },
        { f: '0.1' },
      ]);
    });

    it('makes no insert of no rows', async () => {
      await expect(pool.loader.insertRows('no_such_table', [])).resolves.toBeUndefined();
    });

    it('takes more bytes than a query may have', async () => {
      const into = await table('large');
      const name = 'x'.repeat(1000);
      await pool.loader.insertRows(
        into,
        Array.from({ length: 2000 }, (_unused, id) => ({ id, name })),
      );
      expect(await count(into)).toBe('2000');
    });
  });

  it('does not carry a setting from one query to the next', async () => {
    const setting = { sql: `SELECT getSetting('max_block_size') AS size` };
    const before = await pool.loader.query(setting);
    expect(await pool.loader.query({ sql: `${setting.sql} SETTINGS max_block_size = 1234` })).toEqual([
      { size: 1234 },
    ]);
    expect(await pool.loader.query(setting)).toEqual(before);
    const into = await table('leaks');
    await pool.loader.insertRows(into, [{ id: 1, name: 'a' }], 'leaked');
    // Were the token still there, both of these would be dropped as repeats of it.
    await pool.loader.insertRows(into, [{ id: 2, name: 'b' }]);
    await pool.loader.command({ sql: `INSERT INTO ${into} (id, name) SELECT 3, 'c'` });
    expect(await count(into)).toBe('3');
  });

  it('answers on one connection while another is busy', async () => {
    const finished: string[] = [];
    const slow = pool.analyzers
      .query({ sql: 'SELECT sum(sleepEachRow(0.5)) FROM numbers(4) SETTINGS max_block_size = 1' })
      .then(() => finished.push('slow'));
    const quick = (['loader', 'api', 'console'] as const).map(async (name) => {
      await pool[name].query({ sql: 'SELECT 1' });
      finished.push('quick');
    });
    await Promise.all([slow, ...quick]);
    expect(finished).toEqual(['quick', 'quick', 'quick', 'slow']);
  });

  describe('migrations', () => {
    it('run again and change nothing', async () => {
      const read = () =>
        pool.api.query({ sql: 'SELECT number, name, checksum FROM schema_migration ORDER BY number' });
      const before = await read();
      await migrateClickhouse(pool.loader, { nowMs: Date.UTC(2026, 0, 2) });
      expect(await read()).toEqual(before);
      expect(before).toHaveLength(clickhouseMigrations().length);
    });

    it('put the fsync settings and the deduplication window on every table', async () => {
      const tables = await pool.api.query<{ name: string; engine_full: string }>({
        sql: `SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'`,
      });
      const names = tables.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['spans', 'decisions', 'outcomes', 'schema_migration']));
      for (const { name, engine_full } of tables)
        for (const setting of DURABLE)
          expect(`${name}: ${engine_full}`).toContain(setting.replace('=', ' = '));
    });

    it('refuse a store that a newer program made', async () => {
      const migrations = clickhouseMigrations().slice(0, -1);
      await expect(migrateClickhouse(pool.loader, { nowMs: 0, migrations })).rejects.toMatchObject({
        reason: 'store_newer_than_program',
        message: expect.stringContaining('start the newer Leeway'),
      });
    });

    it('refuse a migration that was edited after it was applied', async () => {
      const migrations = clickhouseMigrations().map((one) => ({ ...one, checksum: 'f'.repeat(64) }));
      await expect(migrateClickhouse(pool.loader, { nowMs: 0, migrations })).rejects.toMatchObject({
        reason: 'migration_changed',
      });
    });
  });
});
