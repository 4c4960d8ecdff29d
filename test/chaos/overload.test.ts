import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshDirectory } from '../support/stores.ts';
import { check } from './frame/checker.ts';
import { Oracle } from './frame/oracle.ts';
import { observe, startCollectorProcess } from './frame/product.ts';
import { FAULTLESS, report, Sometimes } from './frame/report.ts';
import { Requests } from './frame/requests.ts';
import { CHAOS_SEED, seeded, sized } from './frame/seed.ts';
import { pause, Workload } from './frame/workload.ts';
import { flood, rssBytes } from './overload/flood.ts';

const MIB = 1024 * 1024;
const OVERLOAD = 10;
const FLOOD_MS = sized({ ci: 4_000, nightly: 300_000 });
const CAPACITY_MS = sized({ ci: 1_500, nightly: 20_000 });
const PREPARED = 300;
const MOST_OPEN = 400;
/** Small, so that a flood of seconds meets the bounds that one of hours meets on a large machine. */
const BOUNDS = { inFlightBytes: MIB / 2, spoolBytes: 2 * MIB, segmentBytes: MIB / 4, segmentAgeMs: 50 };
/** Over what it held under an ordinary load: bodies in flight, what waits for the disk, the engine at work. */
const MOST_GROWTH_BYTES = 256 * MIB;
const RECOVERED_WITHIN_MS = 10_000;

it(`under ${OVERLOAD} times what it can take, refuses with 503 and Retry-After, in bounded memory, and shows all it took`, async () => {
  const directory = freshDirectory('overload');
  const dataDir = join(directory, 'data');
  const oracle = new Oracle(join(directory, 'oracle.jsonl'));
  const sometimes = new Sometimes<string>(['acknowledged under overload', 'refused under overload']);
  const product = await startCollectorProcess({
    directory: dataDir,
    phaseFile: join(directory, 'phase'),
    limits: BOUNDS,
  });
  const pid = product.process.pid ?? 0;
  const startMs = Date.now();
  const options = {
    random: seeded(CHAOS_SEED, 'flood'),
    sender: 'flood',
    project: 'default',
    mostRecords: 150,
  };
  const maker = new Requests({ ...options, startMs });
  const requests = Array.from({ length: PREPARED }, () => maker.next());

  // What it can take: four senders, each as fast as it is answered.
  const ordinary = new Workload({ seed: CHAOS_SEED, senders: 4, oracle, door: () => product.ingestUrl });
  await pause(CAPACITY_MS);
  await ordinary.stop();
  const perSecond = (oracle.counts.acknowledged / CAPACITY_MS) * 1_000;
  const ordinaryRssBytes = rssBytes(pid);

  let peakRssBytes = ordinaryRssBytes;
  const watch = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, rssBytes(pid));
  }, 20);
  const figures = await flood({
    ...{ oracle, url: product.ingestUrl, requests, lengthMs: FLOOD_MS, mostOpen: MOST_OPEN },
    perSecond: OVERLOAD * perSecond,
  });
  clearInterval(watch);
  sometimes.saw('acknowledged under overload', figures.acknowledged);
  sometimes.saw('refused under overload', figures.refused);

  const before = oracle.counts.acknowledged;
  const endedMs = performance.now();
  const after = new Workload({
    ...{ seed: CHAOS_SEED + 1, senders: 1, oracle, project: 'after', authorization: 'Bearer lw_after' },
    door: () => product.ingestUrl,
  });
  while (oracle.counts.acknowledged === before) await pause(2);
  const recoveredMs = Math.round(performance.now() - endedMs);
  await after.stop();
  await product.kill();

  const observed = await observe(dataDir, join(directory, 'observed.jsonl'));
  const verdict = check(oracle, observed);
  const faults = {
    'requests/s it can take': Math.round(perSecond),
    ...Object.fromEntries(Object.entries(figures).map(([name, n]) => [`flood: ${name}`, n])),
    'RSS before, MiB': Math.round(ordinaryRssBytes / MIB),
    'RSS at most, MiB': Math.round(peakRssBytes / MIB),
    'recovered after, ms': recoveredMs,
  };
  report({ title: 'overload', oracle, observed, verdict, sometimes, faults });
  oracle.close();
  expect(verdict).toEqual(FAULTLESS);
  expect(peakRssBytes - ordinaryRssBytes).toBeLessThan(MOST_GROWTH_BYTES);
  expect(recoveredMs).toBeLessThan(RECOVERED_WITHIN_MS);
  expect(sometimes.never()).toEqual([]);
}, 1_800_000);
