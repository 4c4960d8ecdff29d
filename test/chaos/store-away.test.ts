import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../collector/collector.ts';
import type { CollectorEvent } from '../../collector/events.ts';
import type { CollectorLimits } from '../../collector/limits.ts';
import { createHttpPool } from '../../store/clickhouse/http.ts';
import { migrateClickhouse } from '../../store/clickhouse/migrate.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { startClickhouseServer, type TestClickhouse } from '../support/clickhouse-http-server.ts';
import { drained, ingestDeps } from '../support/ingest.ts';
import { freshDirectory } from '../support/stores.ts';
import { check } from './frame/checker.ts';
import { Oracle } from './frame/oracle.ts';
import { observeProject } from './frame/read-store.ts';
import { FAULTLESS, report, Sometimes } from './frame/report.ts';
import { CHAOS_SEED, seeded, sized } from './frame/seed.ts';
import { pause, Workload } from './frame/workload.ts';
import { CUTS, type FaultProxy, startFaultProxy } from './store-away/fault-proxy.ts';

const MIB = 1024 * 1024;
const CUT_ANSWERS = sized({ ci: 8, nightly: 1_000 });
/** An hour of outages in seconds: the product's own are 0.25 to 5 s. */
const SHORT_RETRY_MS = { least: 10, most: 100 };
const AWAY_MS = sized({ ci: 2_000, nightly: 600_000 });

let server: TestClickhouse;
let proxy: FaultProxy;
/** Through the proxy, as the product would; and past it, to see what is there. */
let [pool, direct]: ClickhousePool[] = [];
beforeAll(async () => {
  server = await startClickhouseServer(freshDirectory('away'));
  proxy = await startFaultProxy(server.url, seeded(CHAOS_SEED, 'proxy'));
  pool = createHttpPool({ ...server, url: proxy.url });
  direct = createHttpPool(server);
  await migrateClickhouse(direct.loader, { nowMs: Date.now() });
}, 60_000);
afterAll(async () => {
  await Promise.all([pool?.close(), direct?.close()]);
  await proxy.close();
  await server.stop();
});

type Setting = {
  readonly oracle: Oracle;
  readonly workload: Workload;
  readonly collector: Collector;
  readonly events: CollectorEvent[];
};

async function start(project: string, pauseMs: number, limits: Partial<CollectorLimits>): Promise<Setting> {
  if (pool === undefined) throw new Error('there is no store');
  const directory = freshDirectory(project);
  const oracle = new Oracle(join(directory, 'oracle.jsonl'));
  const events: CollectorEvent[] = [];
  const collector = createCollector({
    ...ingestDeps(directory, pool),
    emit: (event) => events.push(event),
    limits: { ...limits, storeRetryMs: SHORT_RETRY_MS },
  });
  const { port } = await collector.start();
  const workload = new Workload({
    ...{ seed: CHAOS_SEED, senders: 2, oracle, mostRecords: 40, pauseMs },
    ...{ project, authorization: `Bearer lw_${project}`, door: () => `http://127.0.0.1:${port}` },
  });
  return { oracle, workload, collector, events };
}

/** Faults stop; then all that was acknowledged must be there, once. */
async function settle(title: string, project: string, setting: Setting, sometimes: Sometimes<string>) {
  const { oracle, workload, collector } = setting;
  if (direct === undefined) throw new Error('there is no store');
  await workload.stop();
  await drained({ collector });
  await collector.stop();
  const observed = await observeProject(direct.api, project);
  const verdict = check(oracle, observed);
  report({ title, oracle, observed, verdict, sometimes, faults: { ...proxy.cuts } });
  oracle.close();
  return verdict;
}

describe('a store over HTTP', () => {
  it(`shows everything once, though ${CUT_ANSWERS} of its answers to inserts never arrive`, async () => {
    const sometimes = new Sometimes<string>([
      ...CUTS,
      'insert done, answer cut',
      'the store was unavailable',
    ]);
    const setting = await start('cut', 50, { segmentAgeMs: 20 });
    proxy.faults(true);
    const { cuts } = proxy;
    while (cuts['insert done, answer cut'] < CUT_ANSWERS || CUTS.some((cut) => cuts[cut] === 0))
      await pause(10);
    proxy.faults(false);
    for (const [cut, times] of Object.entries(cuts)) sometimes.saw(cut, times);
    const unavailable = setting.events.filter(({ kind }) => kind === 'store_unavailable');
    sometimes.saw('the store was unavailable', unavailable.length);
    expect(await settle('cut answers', 'cut', setting, sometimes)).toEqual(FAULTLESS);
    // What is set aside is not shown: none of this may be taken for a segment that the store does not want.
    expect(setting.events.filter(({ kind }) => kind === 'segment_quarantined')).toEqual([]);
    expect(sometimes.never()).toEqual([]);
  }, 1_800_000);

  it('may be away for as long as it likes: up to the quota all is kept, beyond it refused, and memory does not grow', async () => {
    const sometimes = new Sometimes<string>(['refused at the quota', 'back again']);
    const setting = await start('away', 5, { segmentAgeMs: 20, segmentBytes: MIB / 8, spoolBytes: MIB });
    await proxy.down();
    while (setting.oracle.counts.refused === 0) await pause(10);
    const rssBytes = process.memoryUsage.rss();
    const untilMs = performance.now() + AWAY_MS;
    while (performance.now() < untilMs) await pause(50);
    const grownBytes = process.memoryUsage.rss() - rssBytes;
    const pending = setting.collector.pending().reduce((sum, entry) => sum + entry.pending, 0);
    sometimes.saw('refused at the quota', setting.oracle.counts.refused);
    await proxy.up();
    while (!setting.events.some(({ kind }) => kind === 'store_back')) await pause(10);
    sometimes.saw('back again');
    expect(await settle('store away', 'away', setting, sometimes)).toEqual(FAULTLESS);
    expect(pending).toBeGreaterThan(0);
    expect(grownBytes).toBeLessThan(64 * MIB);
    expect(sometimes.never()).toEqual([]);
  }, 1_800_000);
});
