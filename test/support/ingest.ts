import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Collector, type CollectorDeps, createCollector } from '../../collector/collector.ts';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import { createLoadStore } from '../../store/clickhouse/loads.ts';
import { migrateClickhouse } from '../../store/clickhouse/migrate.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';

export type Ingest = { readonly pool: ClickhousePool; readonly collector: Collector };

/**
 * Spool, loader and engine in this process, in the layout of a data directory: `spool` beside `clickhouse`. `wrap`
 * puts faults before the real parts. Not started: the caller says when.
 */
export async function openIngest(
  directory: string,
  wrap: (deps: CollectorDeps) => CollectorDeps = (deps) => deps,
): Promise<Ingest> {
  const pool = createChdbPool({ path: join(directory, 'clickhouse') });
  await migrateClickhouse(pool.loader, { nowMs: Date.now() });
  const collector = createCollector(
    wrap({
      spoolDirectory: join(directory, 'spool'),
      host: '127.0.0.1',
      port: 0,
      requireToken: false,
      tokens: { verify: async () => undefined },
      loads: createLoadStore(pool.loader),
      ledger: createLedger(pool.loader),
      loaderId: randomUUID(),
      nowMs: Date.now,
      random: Math.random,
      newId: randomUUID,
      emit: () => undefined,
      onLoaded: () => undefined,
    }),
  );
  return { pool, collector };
}

/** Resolves when everything acknowledged is in the store. */
export async function drained({ collector }: Pick<Ingest, 'collector'>): Promise<void> {
  while (collector.pending().length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
}
