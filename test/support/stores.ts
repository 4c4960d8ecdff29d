import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import type { PostgresDb } from '../../store/ports/postgres.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';

/** Run newest first when the test file ends. Registered here, at import: a hook asked for inside a test comes too late. */
const closers: (() => Promise<unknown> | unknown)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A directory that goes when the test file ends. */
export function freshDirectory(name = 'dir'): string {
  const directory = mkdtempSync(join(tmpdir(), `leeway-test-${name}-`));
  closers.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A migrated database of its own, as a URL; for tests that need several connections or processes. */
export async function freshPostgresUrl(
  template: 'leeway_template' | 'template1' = 'leeway_template',
): Promise<string> {
  const serverUrl = inject('postgresUrl');
  const database = `t_${randomUUID().replaceAll('-', '')}`;
  const run = async (sql: string): Promise<void> => {
    const admin = new pg.Client({ connectionString: serverUrl });
    await admin.connect();
    try {
      await admin.query(sql);
    } finally {
      await admin.end();
    }
  };
  await run(`CREATE DATABASE ${database} TEMPLATE ${template} STRATEGY file_copy`);
  closers.push(() => run(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`));
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** A migrated, empty control store; closed and dropped when the test file ends. */
export async function freshPostgres(): Promise<PostgresDb> {
  const db = connectPostgres({ url: await freshPostgresUrl() });
  closers.push(() => db.close());
  return db;
}

/** The data directory of a migrated, empty telemetry store of its own; for those who start the engine themselves. */
export function freshClickhousePath(directory = freshDirectory('chdb')): string {
  const path = join(directory, 'clickhouse');
  cpSync(inject('clickhouseTemplate'), path, { recursive: true, verbatimSymlinks: true });
  return path;
}

/**
 * A migrated, empty telemetry store. The engine holds one data directory per process and Vitest runs one process per
 * test file: so call it once per file, and keep tests apart by their project name.
 */
export async function freshClickhouse(): Promise<ClickhousePool> {
  const pool = createChdbPool({ path: freshClickhousePath() });
  closers.push(() => pool.close());
  return pool;
}

/** What a Leeway needs to start on empty stores, beside its ports: it finds both schemas made, and makes no Postgres of its own. */
export async function freshHome(name: string): Promise<{ dataDir: string; postgres: { url: string } }> {
  const dataDir = freshDirectory(name);
  freshClickhousePath(dataDir);
  return { dataDir, postgres: { url: await freshPostgresUrl() } };
}
