import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import { checkConsoleSql } from '../../store/clickhouse/console.ts';
import { migrateClickhouse } from '../../store/clickhouse/migrate.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshDirectory } from '../support/stores.ts';

const directory = freshDirectory('console');
const SECRET = 'leeway-secret-in-a-file';
const file = join(directory, 'secret.csv');
const out = join(directory, 'out');
writeFileSync(file, `${SECRET}\n`);

/** What a hostile or careless person may type; each was tried on the bare engine, where several succeed even under readonly. */
const HOSTILE = [
  `SELECT 1 INTO OUTFILE '${out}'`,
  `SELECT 1 INTO/**/OUTFILE '${out}' FORMAT CSV`,
  `SELECT ‘'’ AS a INTO OUTFILE ‘${out}’ -- '`,
  `SELECT file('${file}')`,
  `SELECT file ('${file}')`,
  `SELECT file/**/('${file}')`,
  `SELECT file\u00a0('${file}')`,
  `SELECT "file"('${file}')`,
  `SELECT \`file\`('${file}')`,
  `SELECT \`fi\\x6ce\`('${file}')`,
  `SELECT "fi\\x6ce"('${file}')`,
  `SELECT * APPLY(file) FROM (SELECT '${file}' AS a)`,
  `SELECT * APPLY file FROM (SELECT '${file}' AS a)`,
  `SELECT arrayMap(x -> file(x), ['${file}'])`,
  `EXPLAIN SELECT file('${file}')`,
  `WITH file('${file}') AS x SELECT x`,
  `SELECT ‘'’, file('${file}') -- '`,
  `SELECT $$'$$, file('${file}') -- '`,
  `SELECT '\\'' || file('${file}') || '\\''`,
  `SELECT x'\\', file('${file}') -- '`,
  `SELECT * FROM eval('SELECT file(''${file}'')')`,
  `SELECT * FROM file('${file}', 'CSV', 'a String')`,
  `SELECT * FROM \`${file}\``,
  `SELECT * FROM '${file}'`,
  `DESCRIBE TABLE file('${file}')`,
  `EXISTS TABLE \`${file}\``,
  `SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')`,
  `SELECT * FROM s3('http://127.0.0.1:1/b/k', 'CSV', 'a String')`,
  `SELECT * FROM remote('127.0.0.1:1', 'system.one')`,
  `SELECT * FROM sqlite('${file}', 'x')`,
  `SELECT * FROM executable('sh -c id', 'CSV', 'a String')`,
  `SELECT aiGenerate('say something')`,
  `INSERT INTO ledger (project) VALUES ('x')`,
  `INSERT INTO FUNCTION file('${out}', 'CSV', 'a Int8') SELECT 1`,
  'SELECT 1; SELECT 2',
  'SELECT 1; SET readonly = 0; DROP TABLE ledger',
  'SELECT 1 SETTINGS readonly = 0',
  'SELECT 1 SETTINGS max_execution_time = 0',
  'SET readonly = 0',
  'DROP TABLE ledger',
  'TRUNCATE TABLE ledger',
  'ALTER TABLE ledger DELETE WHERE 1',
  'CREATE TABLE mine (a Int8) ENGINE = Memory',
  'CREATE TEMPORARY TABLE mine (a Int8)',
  'KILL QUERY WHERE 1',
  'SYSTEM SHUTDOWN',
  `BACKUP TABLE ledger TO File('${out}')`,
  "SELECT 'unclosed",
  'SELECT 1 /* unclosed',
  'SELECT 1\u0000; DROP TABLE ledger',
  ' -- nothing but a comment',
  '',
];

describe('the console', () => {
  let pool: ClickhousePool;
  beforeAll(async () => {
    pool = createChdbPool({ path: join(directory, 'clickhouse') });
    await migrateClickhouse(pool.loader, { nowMs: 0 });
  });
  afterAll(() => pool.close());

  it.each(HOSTILE)('refuses %j', async (sql) => {
    const answer = pool.console.query({ sql }).then((rows) => JSON.stringify(rows));
    await expect(answer).rejects.toMatchObject({ name: 'Failure', reason: 'query_refused' });
    await expect(answer).rejects.not.toThrow(SECRET);
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(directory).sort()).toEqual(['clickhouse', 'secret.csv']);
    expect(await pool.api.query({ sql: 'SELECT count() AS n FROM ledger' })).toEqual([{ n: '0' }]);
  });

  it.each([
    [`SELECT 'a;b' AS a`, [{ a: 'a;b' }]],
    ['SELECT 1 AS one;\n', [{ one: 1 }]],
    ["SELECT 'it''s' AS a -- a comment; with a semicolon", [{ a: "it's" }]],
    [`SELECT 'file(x)' AS "a b"`, [{ 'a b': 'file(x)' }]],
    ['WITH 2 AS two SELECT two', [{ two: 2 }]],
    ['(SELECT 3 AS three)', [{ three: 3 }]],
    ['FROM numbers(2) SELECT count() AS n', [{ n: '2' }]],
    ['SELECT count() AS n FROM decisions', [{ n: '0' }]],
    [`SELECT cat['file'] AS f FROM decisions`, []],
  ])('answers %j', async (sql, rows) => {
    expect(await pool.console.query({ sql })).toEqual(rows);
  });

  it('binds values', async () => {
    expect(await pool.console.query({ sql: 'SELECT {a:String} AS a', params: { a: "'; DROP" } })).toEqual([
      { a: "'; DROP" },
    ]);
  });

  it('ends a result that is too large instead of sending it', async () => {
    await expect(pool.console.query({ sql: 'SELECT number FROM numbers(1000000)' })).rejects.toMatchObject({
      reason: 'query_refused',
    });
  });

  it('inserts nothing', async () => {
    await expect(pool.console.insertRows('ledger', [{ project: 'x' }])).rejects.toMatchObject({
      reason: 'query_refused',
    });
  });
});

describe('a refusal', () => {
  it.each([
    ['', 'empty'],
    ['DROP TABLE x', 'not_a_question'],
    ['SELECT 1; SELECT 2', 'stacked'],
    [`SELECT 1 INTO OUTFILE 'x'`, 'writes_a_file'],
    [`SELECT file('x')`, 'reaches_out'],
    ["SELECT 'x", 'unreadable'],
  ])('of %j is %s', (sql, reason) => {
    expect(checkConsoleSql(sql)).toMatchObject({ kind: 'refused', reason });
  });
});
