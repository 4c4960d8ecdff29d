import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migratePostgres } from '../../store/postgres/migrate.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { startPrivatePostgres } from '../../store/postgres/private-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database to connect to for CREATE DATABASE … TEMPLATE leeway_template. */
    postgresUrl: string;
    /** The data directory of a telemetry store with its schema and no row, which nobody holds. */
    clickhouseTemplate: string;
  }
}

const TEMPLATE = 'leeway_template';

/** Both schemas are made once for the whole run, and each test copies them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-test-run-'));
  const clickhouse = join(directory, 'clickhouse');
  const [server] = await Promise.all([
    startPostgres(join(directory, 'postgres')),
    migrateTelemetry(clickhouse),
  ]);
  project.provide('postgresUrl', server.url);
  project.provide('clickhouseTemplate', clickhouse);
  return async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}

/** In a process of its own: an engine in this one would stay in it for the whole run. */
const migrateTelemetry = (path: string) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, 'children/migrate-telemetry.ts'), path]);

/** One Postgres for the whole run. */
async function startPostgres(dataDir: string) {
  // Nothing here outlives the run: without fsync a copy of the template takes a tenth of the time.
  const server = await startPrivatePostgres({
    dataDir,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  const url = new URL(server.url);
  url.pathname = `/${TEMPLATE}`;
  const template = connectPostgres({ url: url.href });
  await migratePostgres(template, { nowMs: Date.now() });
  await template.close();
  await admin.end();
  return server;
}
