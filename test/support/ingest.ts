import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Collector, type CollectorDeps, createCollector } from '../../collector/collector.ts';
import { projectId } from '../../model/ids.ts';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import { createLoadStore } from '../../store/clickhouse/loads.ts';
import { migrateClickhouse } from '../../store/clickhouse/migrate.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import type { TokenStore } from '../../store/ports/tokens.ts';

export type Ingest = { readonly pool: ClickhousePool; readonly collector: Collector };

/** `Bearer lw_<project>`: as many projects as a test wants, and none is refused. */
const PROJECT_TOKENS: Pick<TokenStore, 'verify'> = {
  verify: async (token) => {
    const project = projectId.parse(token.replace(/^lw_/, ''));
    return { tokenId: token, name: token, project, scopes: ['ingest'] };
  },
};

/** A collector as the product wires it, on loopback and on the engine given. */
export const ingestDeps = (directory: string, pool: ClickhousePool): CollectorDeps => ({
  spoolDirectory: join(directory, 'spool'),
  host: '127.0.0.1',
  port: 0,
  requireToken: false,
  tokens: PROJECT_TOKENS,
  loads: createLoadStore(pool.loader),
  ledger: createLedger(pool.loader),
  loaderId: randomUUID(),
  nowMs: Date.now,
  random: Math.random,
  newId: randomUUID,
  emit: () => undefined,
  onLoaded: () => undefined,
});

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
  return { pool, collector: createCollector(wrap(ingestDeps(directory, pool))) };
}

/** Resolves when everything acknowledged is in the store. */
export async function drained({ collector }: Pick<Ingest, 'collector'>): Promise<void> {
  while (collector.pending().length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
}
