import '../../store/thread-pool.ts';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createCollector } from '../../collector/collector.ts';
import { STAGES, type StageMs } from '../../collector/events.ts';
import { Failure } from '../../model/failure.ts';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import { createLoadStore } from '../../store/clickhouse/loads.ts';
import { migrateClickhouse } from '../../store/clickhouse/migrate.ts';
import type { LoadStore } from '../../store/ports/loads.ts';

/**
 * The collector under test: `leeway-process.ts <directory> stored|away <threads>`. With `away` the store takes nothing, so that
 * all there is to see is receive, decode, spool and answer. It answers questions over the IPC channel.
 */
export type Question = 'meter' | 'slowest' | 'drained' | 'disk' | 'stop';
/** Where the time of the slowest requests went, as it was seen from inside; milliseconds on average. */
export type Slowest = StageMs & { readonly ack: number };
export type Answers = {
  readonly meter: { readonly cpuSeconds: number; readonly rssBytes: number; readonly peakRssBytes: number };
  /** Of those since the last time it was asked, the slowest hundredth; null when there were none. */
  readonly slowest: Slowest | null;
  readonly drained: true;
  /** By table, after everything that can be merged was merged. */
  readonly disk: Readonly<Record<string, { readonly rows: number; readonly bytes: number }>>;
  readonly stop: true;
};

const RSS_EVERY_MS = 20;
const AWAY: LoadStore = {
  load: () => Promise.reject(new Failure('store_unavailable', 'the store is away', { retryable: true })),
  stored: async () => [],
};

const [directory = '', mode = '', threads = '0'] = process.argv.slice(2);
const pool = createChdbPool({ path: join(directory, 'clickhouse') });
await migrateClickhouse(pool.loader, { nowMs: Date.now() });
let accepted: Slowest[] = [];
const collector = createCollector({
  spoolDirectory: join(directory, 'spool'),
  host: '127.0.0.1',
  port: 0,
  requireToken: false,
  tokens: { verify: async () => undefined },
  loads: mode === 'away' ? AWAY : createLoadStore(pool.loader),
  ledger: createLedger(pool.loader),
  loaderId: randomUUID(),
  nowMs: Date.now,
  random: Math.random,
  newId: randomUUID,
  emit: (event) => {
    if (event.kind === 'accepted') accepted.push({ ack: event.ackMs, ...event.stageMs });
  },
  onLoaded: () => undefined,
  limits: { drainMs: 0 },
  threads: Number(threads),
});

let peakRssBytes = 0;
setInterval(() => {
  peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
}, RSS_EVERY_MS).unref();

/** Resource usage since the last time it was asked. */
function meter(): Answers['meter'] {
  const { user, system } = process.cpuUsage();
  const rssBytes = process.memoryUsage.rss();
  const answer = {
    cpuSeconds: (user + system) / 1e6,
    rssBytes,
    peakRssBytes: Math.max(peakRssBytes, rssBytes),
  };
  peakRssBytes = 0;
  return answer;
}

const SLOWEST_SHARE = 0.01;
const STAGE_NAMES = ['ack', ...STAGES] as const;

function slowest(): Slowest | null {
  const ordered = accepted.sort((a, b) => b.ack - a.ack);
  accepted = [];
  if (ordered.length === 0) return null;
  const those = ordered.slice(0, Math.ceil(ordered.length * SLOWEST_SHARE));
  const mean = (stage: keyof Slowest): number =>
    Math.round((10 * those.reduce((sum, one) => sum + one[stage], 0)) / those.length) / 10;
  return Object.fromEntries(STAGE_NAMES.map((stage) => [stage, mean(stage)])) as Slowest;
}

async function disk(): Promise<Answers['disk']> {
  const sizes: Record<string, { rows: number; bytes: number }> = {};
  for (const table of ['spans', 'decisions']) {
    await pool.api.command({ sql: `OPTIMIZE TABLE ${table} FINAL` });
    const [row] = await pool.api.query<{ rows: string; bytes: string }>({
      sql: `SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
        WHERE active AND database = currentDatabase() AND table = {table:String}`,
      params: { table },
    });
    sizes[table] = { rows: Number(row?.rows ?? 0), bytes: Number(row?.bytes ?? 0) };
  }
  return sizes;
}

const ask: { readonly [Q in Question]: () => Promise<Answers[Q]> } = {
  meter: async () => meter(),
  slowest: async () => slowest(),
  drained: async () => {
    // A store that is away takes nothing: what was acknowledged is where it stays.
    while (mode !== 'away' && collector.pending().length > 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    return true;
  },
  disk,
  stop: async () => {
    await collector.stop();
    await pool.close();
    return true;
  },
};

process.on('message', (question: Question) => {
  void ask[question]().then((answer) => {
    process.send?.(answer, () => {
      if (question === 'stop') process.disconnect();
    });
  });
});
const { port } = await collector.start();
process.send?.({ port });
