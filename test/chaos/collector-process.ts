import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createCollector } from '../../collector/collector.ts';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import { createLoadStore } from '../../store/clickhouse/loads.ts';
import { migrateClickhouse } from '../../store/clickhouse/migrate.ts';

/**
 * A collector and its engine as a process that can be killed: `node collector-process.ts <directory>`.
 * Prints its port; with `--drain` it takes no requests, waits until the spool is in the store, prints the ledger's
 * totals and what is stored, and ends.
 */
const [directory = '', mode = ''] = process.argv.slice(2);
const pool = createChdbPool({ path: join(directory, 'clickhouse') });
await migrateClickhouse(pool.loader, { nowMs: Date.now() });
const collector = createCollector({
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
  emit: (event) => {
    if (event.kind === 'segment_quarantined' || event.kind === 'fault')
      process.stderr.write(`${event.kind}\n`);
  },
  onLoaded: () => undefined,
  // Small and young segments: so that kills fall into loads and seals, not only into commits.
  limits: { segmentAgeMs: 30, segmentBytes: 128 * 1024 },
});
const { port } = await collector.start();
if (mode !== '--drain') process.stdout.write(`${JSON.stringify({ port })}\n`);
else {
  while (collector.pending().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const decisions = await pool.api.query({
    sql: 'SELECT decision_id AS id, toUInt32(count()) AS times FROM decisions GROUP BY decision_id',
  });
  const [ledger] = await pool.api.query({
    sql: `SELECT toUInt32(sum(received)) AS received, toUInt32(sum(stored)) AS stored, toUInt32(sum(deduplicated)) AS deduplicated,
      toUInt32(sum(arraySum(mapValues(rejected)))) AS rejected, toUInt32(count() - uniqExact(batch, minute, signal, project)) AS doubled FROM ledger`,
  });
  await collector.stop();
  await pool.close();
  process.stdout.write(`${JSON.stringify({ decisions, ledger })}\n`);
}
