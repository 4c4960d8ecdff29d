// A collector with all of its doors and chDB, which tells how it is when it is asked. Arguments: directory, limits as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectorEvent } from '../../../collector/events.ts';
import { createLedger } from '../../../store/clickhouse/ledger.ts';
import { drained, openIngest } from '../../support/ingest.ts';
import { readLedgers } from '../frame/read-store.ts';

export type DoorsReport = {
  readonly rssMib: number;
  readonly peakRssMib: number;
  /** What is reachable, after a collection. */
  readonly heldMib: number;
  readonly events: Readonly<Record<string, number>>;
  /** Whole requests that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Records that were refused while the rest of their request was taken. */
  readonly rejectedRecords: number;
  readonly faults: readonly string[];
};
export type DoorsEnd = DoorsReport & {
  readonly ledgerRejected: Readonly<Record<string, number>>;
  readonly canaries: readonly { readonly id: string; readonly times: number; readonly n: number }[];
};

const MIB = 1024 * 1024;
const [directory = '', limits = '{}'] = process.argv.slice(2);
const events: Record<string, number> = {};
const refused: Record<string, number> = {};
const faults: string[] = [];
let rejectedRecords = 0;
const count = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};
function note(event: CollectorEvent): void {
  count(events, event.kind);
  if (event.kind === 'refused') count(refused, `${event.status} ${event.reason}`);
  if (event.kind === 'accepted') rejectedRecords += event.rejected;
  if (event.kind === 'fault')
    faults.push(event.error instanceof Error ? (event.error.stack ?? '') : String(event.error));
  if (event.kind === 'segment_quarantined') faults.push(event.sentence);
  if (event.kind === 'store_unavailable') faults.push(event.message);
}

const ingest = await openIngest(directory, (deps) => ({
  ...deps,
  grpcPort: 0,
  emit: note,
  limits: JSON.parse(limits),
}));
const { collector, pool } = ingest;
const { port, grpcPort } = await collector.start();

let peakRssBytes = 0;
setInterval(() => {
  peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
}, 10).unref();

async function report(): Promise<DoorsReport> {
  // Twice, with a turn between: what the first one finalises is free after the second.
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const told = { rssMib: rss / MIB, peakRssMib: peakRssBytes / MIB, heldMib: (heapUsed + external) / MIB };
  peakRssBytes = 0;
  return { ...told, events, refused, rejectedRecords, faults };
}

async function end(): Promise<DoorsEnd> {
  // What is reachable with everything still open; what was counted, when nothing can be refused any more.
  const { rssMib, peakRssMib, heldMib } = await report();
  await drained(ingest);
  // Before it ends it writes down whom it refused last.
  await collector.stop();
  const canaries = await pool.api.query<DoorsEnd['canaries'][number]>({
    sql: `SELECT decision_id AS id, toUInt32(count()) AS times, toUInt32(any(num['n'])) AS n FROM decisions
      WHERE system = 'canary' GROUP BY decision_id`,
  });
  const ledgerRejected: Record<string, number> = {};
  for (const { rejected } of await readLedgers(pool.api, createLedger(pool.api)))
    for (const [reason, records] of Object.entries(rejected))
      ledgerRejected[reason] = (ledgerRejected[reason] ?? 0) + records;
  await pool.close();
  return {
    ...{ rssMib, peakRssMib, heldMib, events, refused, rejectedRecords, faults },
    ...{ ledgerRejected, canaries },
  };
}

process.on('message', async (asked) => {
  process.send?.(asked === 'end' ? await end() : await report());
  if (asked === 'end') process.exit(0);
});
process.send?.({ port, grpcPort });
