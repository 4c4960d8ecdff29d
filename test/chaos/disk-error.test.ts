import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCollector } from '../../collector/collector.ts';
import { nodeFiles, type SpoolFiles } from '../../collector/spool/files.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { drained, ingestDeps } from '../support/ingest.ts';
import { freshClickhouse, freshDirectory } from '../support/stores.ts';
import {
  believing,
  DISK_CALLS,
  type DiskFaults,
  type FailingDisk,
  failingDisk,
} from './disk-error/failing-disk.ts';
import { check, type Observed, type Verdict } from './frame/checker.ts';
import { Oracle } from './frame/oracle.ts';
import { observeProject } from './frame/read-store.ts';
import { FAULTLESS, report, Sometimes } from './frame/report.ts';
import { CHAOS_SEED, seeded, sized } from './frame/seed.ts';
import { pause, Workload } from './frame/workload.ts';

const FAILED_SYNCS = sized({ ci: 25, nightly: 2_000 });
const SENDERS = 4;

let pool: ClickhousePool;
const opened = (async () => {
  pool = await freshClickhouse();
})();
afterAll(() => opened);

type Run = {
  readonly oracle: Oracle;
  readonly disk: FailingDisk;
  readonly verdict: Verdict;
  readonly observed: Observed;
};

/** Load on a disk that fails, until so many fdatasyncs did and every other call once; then the disk works again, and everything is counted. */
async function run(
  project: string,
  failures: number,
  wrap: (files: SpoolFiles) => SpoolFiles,
  faults: DiskFaults,
): Promise<Run> {
  await opened;
  const directory = freshDirectory(project);
  const disk = failingDisk(nodeFiles, seeded(CHAOS_SEED, project), faults);
  const oracle = new Oracle(join(directory, 'oracle.jsonl'));
  const collector = createCollector({
    ...ingestDeps(directory, pool),
    files: wrap(disk.files),
    limits: { segmentAgeMs: 50, segmentBytes: 256 * 1024, storeRetryMs: { least: 10, most: 100 } },
  });
  const { port } = await collector.start();
  const workload = new Workload({
    ...{ seed: CHAOS_SEED, senders: SENDERS, oracle, mostRecords: 60 },
    ...{ project, authorization: `Bearer lw_${project}`, door: () => `http://127.0.0.1:${port}` },
  });
  const wanted = DISK_CALLS.filter((call) => faults[call] !== undefined);
  while (disk.failed.fdatasync < failures || wanted.some((call) => disk.failed[call] === 0)) await pause(5);
  disk.repair();
  await workload.stop();
  await drained({ collector });
  await collector.stop();
  const found = await observeProject(pool.api, project);
  oracle.close();
  return { oracle, disk, observed: found, verdict: check(oracle, found) };
}

describe('a disk that fails', () => {
  it(`takes nothing that was acknowledged, through ${FAILED_SYNCS} failed fdatasyncs and errors of every other call`, async () => {
    const sometimes = new Sometimes<string>(DISK_CALLS.filter((call) => call !== 'makeDirectory'));
    const faults = {
      ...{ fdatasync: { share: 0.2 }, append: { share: 0.05 }, create: { share: 0.05 } },
      ...{ write: { everyNth: 16 }, read: { everyNth: 8 }, remove: { everyNth: 20 } },
    };
    const result = await run('failing', FAILED_SYNCS, (files) => files, faults);
    for (const call of DISK_CALLS)
      if (result.disk.failed[call] > 0) sometimes.saw(call, result.disk.failed[call]);
    report({ title: 'disk errors', ...result, sometimes, faults: { ...result.disk.failed } });
    expect(result.verdict).toEqual(FAULTLESS);
    expect(result.disk.trustedAgain).toEqual([]);
    expect(result.oracle.counts.refused).toBeGreaterThanOrEqual(FAILED_SYNCS);
    expect(sometimes.never()).toEqual([]);
  }, 1_800_000);

  it('would take something if a failed fdatasync were tried again and believed: so the test can fail', async () => {
    const result = await run('believing', 5, believing, { fdatasync: { share: 0.2 } });
    expect(result.disk.trustedAgain.length).toBeGreaterThan(0);
    expect(result.verdict.lost.length).toBeGreaterThan(0);
  }, 120_000);
});
