import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Collector, createCollector } from '../../collector/collector.ts';
import { createChdbPool } from '../../store/clickhouse/chdb.ts';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import { createLoadStore } from '../../store/clickhouse/loads.ts';
import { migrateClickhouse } from '../../store/clickhouse/migrate.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import type { GeneratorOptions, GeneratorResult, Workload } from './generator.ts';

const MIB = 1024 * 1024;
const run = promisify(execFile);

export type IngestFigures = {
  readonly workload: Workload;
  readonly records: number;
  readonly perRequest: number;
  readonly concurrency: number;
  readonly ackedPerSecond: number;
  /** Until the last row could be queried. */
  readonly storedPerSecond: number;
  /** CPU time of the collector's process, engine included, until everything was stored. */
  readonly recordsPerCpuSecond: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly wireBytesPerRecord: number;
  readonly diskBytesPerRecord: number;
  readonly rssMib: number;
};

export type Plan = {
  readonly workload: Workload;
  readonly perRequest: number;
  readonly requests: number;
  readonly concurrency: number;
};

/** One workload on a collector and an engine of its own; the load comes from another process. */
export async function measure(plans: readonly Plan[], tell: (figures: IngestFigures) => void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
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
    emit: () => undefined,
    onLoaded: () => undefined,
  });
  try {
    const { port } = await collector.start();
    for (const [at, plan] of plans.entries()) {
      await generate({ ...plan, requests: 4, port, startMs: Date.now() - 86_400_000, seed: 99 + at });
      await drained(collector);
      tell(await measureOne(plan, port, collector, pool, at));
    }
  } finally {
    await collector.stop();
    await pool.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureOne(
  plan: Plan,
  port: number,
  collector: Collector,
  pool: ClickhousePool,
  seed: number,
): Promise<IngestFigures> {
  const table = plan.workload.startsWith('spans') ? 'spans' : 'decisions';
  const diskBefore = await diskBytes(pool, table);
  const cpuBefore = process.cpuUsage();
  const result = await generate({ ...plan, port, startMs: Date.now(), seed: seed + 1 });
  const ackedAtMs = performance.now();
  await drained(collector);
  const cpu = process.cpuUsage(cpuBefore);
  const loadTailMs = performance.now() - ackedAtMs;
  if (result.refused > 0) throw new Error(`${result.refused} records were refused`);
  const diskAfter = await diskBytes(pool, table);
  const ordered = [...result.ackMs].sort((a, b) => a - b);
  const at = (share: number): number => ordered[Math.floor(share * (ordered.length - 1))] ?? Number.NaN;
  const rows = Math.max(1, diskAfter.rows - diskBefore.rows);
  if (rows !== result.acked) throw new Error(`${result.acked} acknowledged, ${rows} stored`);
  return {
    workload: plan.workload,
    records: result.acked,
    perRequest: plan.perRequest,
    concurrency: plan.concurrency,
    ackedPerSecond: Math.round(result.acked / (result.elapsedMs / 1_000)),
    storedPerSecond: Math.round(result.acked / ((result.elapsedMs + loadTailMs) / 1_000)),
    recordsPerCpuSecond: Math.round(result.acked / ((cpu.user + cpu.system) / 1e6)),
    ackP50Ms: round(at(0.5)),
    ackP99Ms: round(at(0.99)),
    wireBytesPerRecord: Math.round(result.wireBytes / result.acked),
    diskBytesPerRecord: Math.round((diskAfter.bytes - diskBefore.bytes) / rows),
    rssMib: Math.round(process.memoryUsage.rss() / MIB),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

async function generate(options: GeneratorOptions): Promise<GeneratorResult> {
  const script = join(import.meta.dirname, 'generator.ts');
  const { stdout } = await run(process.execPath, [script, JSON.stringify(options)], {
    maxBuffer: 64 * MIB,
  });
  return JSON.parse(stdout);
}

async function drained(collector: Collector): Promise<void> {
  while (collector.pending().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function diskBytes(pool: ClickhousePool, table: string): Promise<{ rows: number; bytes: number }> {
  const [row] = await pool.api.query<{ rows: string; bytes: string }>({
    sql: `SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
      WHERE active AND database = currentDatabase() AND table = {table:String}`,
    params: { table },
  });
  return { rows: Number(row?.rows ?? 0), bytes: Number(row?.bytes ?? 0) };
}
