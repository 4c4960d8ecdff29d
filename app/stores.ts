import { join } from 'node:path';
import { createChdbPool } from '../store/clickhouse/chdb.ts';
import { createHttpPool } from '../store/clickhouse/http.ts';
import { migrateClickhouse } from '../store/clickhouse/migrate.ts';
import { lockDataDirectory } from '../store/data-lock.ts';
import type { ClickhousePool } from '../store/ports/clickhouse.ts';
import type { PostgresDb } from '../store/ports/postgres.ts';
import { keepPrivatePostgres } from '../store/postgres/kept-server.ts';
import { migratePostgres } from '../store/postgres/migrate.ts';
import { connectPostgres } from '../store/postgres/pool.ts';
import type { Config } from './config/schema.ts';
import type { AppEvent } from './events.ts';
import type { Lifecycle } from './lifecycle.ts';

export type Stores = {
  readonly clickhouse: ClickhousePool;
  readonly postgres: PostgresDb;
  /** For what brings its own driver's connection (pg-boss). */
  readonly postgresUrl: string;
};

/** Takes the data directory, opens both stores, and brings their schemas up to this program. */
export async function openStores(
  config: Config,
  lifecycle: Lifecycle,
  emit: (event: AppEvent) => void,
  nowMs: () => number,
): Promise<Stores> {
  const lock = lockDataDirectory(config.dataDir);
  lifecycle.add('data directory', () => lock.release());

  const postgresUrl = await openPostgresServer(config, lifecycle, emit);
  const postgres = connectPostgres({ url: postgresUrl });
  lifecycle.add('Postgres connections', () => postgres.close());
  await migratePostgres(postgres, { nowMs: nowMs() });

  const clickhouse = openClickhouse(config);
  lifecycle.add('ClickHouse connections', () => clickhouse.close());
  const state = await migrateClickhouse(clickhouse.loader, {
    nowMs: nowMs(),
    replicated: config.clickhouse?.replicated ?? false,
  });
  for (const { table, parts } of state.broken) emit({ kind: 'broken_parts', table, parts });
  return { clickhouse, postgres, postgresUrl };
}

async function openPostgresServer(
  config: Config,
  lifecycle: Lifecycle,
  emit: (event: AppEvent) => void,
): Promise<string> {
  if (config.postgres) return config.postgres.url;
  const server = await keepPrivatePostgres({ dataDir: join(config.dataDir, 'postgres'), emit });
  lifecycle.add('private Postgres', () => server.stop());
  return server.url;
}

function openClickhouse(config: Config): ClickhousePool {
  if (!config.clickhouse) return createChdbPool({ path: join(config.dataDir, 'clickhouse') });
  const { url, user, password, database } = config.clickhouse;
  return createHttpPool({ url, user, password, database });
}
