import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migratePostgres } from '../../store/postgres/migrate.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { startPrivatePostgres } from '../../store/postgres/private-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database to connect to for CREATE DATABASE … TEMPLATE leeway_template. */
    postgresUrl: string;
  }
}

const TEMPLATE = 'leeway_template';

/** One Postgres for the whole run; its schema is made once, and each test copies it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-test-pg-'));
  // Nothing here outlives the run: without fsync a copy of the template takes a tenth of the time.
  const server = await startPrivatePostgres({
    dataDir: join(directory, 'postgres'),
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
  project.provide('postgresUrl', server.url);
  return async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}
