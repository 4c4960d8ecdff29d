import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCollector } from '../../collector/collector.ts';
import { nodeFiles } from '../../collector/spool/files.ts';
import { drained, ingestDeps } from '../support/ingest.ts';
import { freshClickhouse, freshDirectory } from '../support/stores.ts';
import { fullDisk } from './disk-full/full-disk.ts';
import { mountSmallDisk, type SmallDisk } from './disk-full/small-disk.ts';
import { check } from './frame/checker.ts';
import { ControlWorkload, observeControl } from './frame/control.ts';
import { Oracle } from './frame/oracle.ts';
import { observe, startCollectorProcess, startWholeProduct } from './frame/product.ts';
import { observeProject } from './frame/read-store.ts';
import { FAULTLESS, report, Sometimes } from './frame/report.ts';
import { CHAOS_SEED, CHAOS_SIZE, sized } from './frame/seed.ts';
import { pause, Workload } from './frame/workload.ts';

const CYCLES = sized({ ci: 2, nightly: 50 });
const SMALL_DISK_MIB = 96;
const WHOLE_DISK_MIB = 256;
/** Nothing, so that the spool meets the end of it; or too little for an insert of ClickHouse, which asks for a megabyte. */
const LEFT_BYTES = [0, 700 * 1024] as const;
const REFUSED_BEFORE_FREE = 20;
/** A sender comes again after 1 to 3 s; by then there is work again, without anybody's help. */
const RECOVERY_LIMIT_MS = 10_000;

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await pause(5);
};

/** Three fillings meet what happens to be under way; fifty must meet each of it. */
function expectSeen(sometimes: Sometimes<string>): void {
  expect(Object.values(sometimes.entries()).some((times) => times > 0)).toBe(true);
  if (CHAOS_SIZE === 'nightly') expect(sometimes.never()).toEqual([]);
}

/** Fills and frees a disk under load; senders see 503 while it is full, and 200 soon after. Returns the longest recovery. */
async function cycles(oracle: Oracle, fill: (cycle: number) => void, free: () => void): Promise<number> {
  const { counts } = oracle;
  let longestMs = 0;
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    const before = counts.acknowledged;
    await until(() => counts.acknowledged > before + 20);
    fill(cycle);
    const refused = counts.refused;
    await until(() => counts.refused > refused + REFUSED_BEFORE_FREE);
    free();
    const [startedMs, acknowledged] = [performance.now(), counts.acknowledged];
    await until(() => counts.acknowledged > acknowledged);
    longestMs = Math.max(longestMs, performance.now() - startedMs);
  }
  return longestMs;
}

describe('a full disk', () => {
  it('is answered 503, takes nothing that was acknowledged, and is forgotten when there is space', async () => {
    const pool = await freshClickhouse();
    const directory = freshDirectory('full');
    const oracle = new Oracle(join(directory, 'oracle.jsonl'));
    const disk = fullDisk(nodeFiles);
    const collector = createCollector({
      ...ingestDeps(directory, pool),
      files: disk.files,
      random: () => 0,
      limits: { segmentAgeMs: 30, segmentBytes: 128 * 1024 },
    });
    const { port } = await collector.start();
    const workload = new Workload({
      ...{ seed: CHAOS_SEED, senders: 4, oracle, mostRecords: 60, project: 'full' },
      ...{ authorization: 'Bearer lw_full', door: () => `http://127.0.0.1:${port}` },
    });
    const recoveryMs = await cycles(
      oracle,
      () => {
        disk.full = true;
      },
      () => {
        disk.full = false;
      },
    );
    await workload.stop();
    await drained({ collector });
    await collector.stop();
    const observed = await observeProject(pool.api, 'full');
    const verdict = check(oracle, observed);
    const sometimes = new Sometimes(['create', 'append', 'write'] as const);
    for (const call of ['create', 'append', 'write'] as const) sometimes.saw(call, disk.refused[call]);
    report({
      title: 'disk full, in the spool',
      oracle,
      observed,
      verdict,
      sometimes,
      faults: { cycles: CYCLES, recoveryMs },
    });
    oracle.close();
    expect(verdict).toEqual(FAULTLESS);
    expectSeen(sometimes);
    expect(recoveryMs).toBeLessThan(RECOVERY_LIMIT_MS);
  }, 1_200_000);

  const small: SmallDisk = mountSmallDisk(freshDirectory('small'), SMALL_DISK_MIB);
  if (small.kind === 'unavailable')
    console.log(`\nNOT RUN: a real full disk under spool, ClickHouse and Postgres, for ${small.why}.`);
  const large: SmallDisk = mountSmallDisk(freshDirectory('large'), WHOLE_DISK_MIB);
  afterAll(() => {
    for (const disk of [small, large]) if (disk.kind === 'mounted') disk.unmount();
  });

  it.skipIf(small.kind === 'unavailable')(
    'under spool and ClickHouse both is the same',
    async () => {
      if (small.kind === 'unavailable') throw new Error(small.why);
      const outside = freshDirectory('full-outside');
      const oracle = new Oracle(join(outside, 'oracle.jsonl'));
      const dataDir = join(small.directory, 'data');
      const product = await startCollectorProcess({
        directory: dataDir,
        phaseFile: join(outside, 'phase'),
        limits: { segmentAgeMs: 50, segmentBytes: 256 * 1024 },
      });
      const workload = new Workload({
        seed: CHAOS_SEED,
        senders: 4,
        oracle,
        mostRecords: 60,
        door: () => product.ingestUrl,
      });
      const recoveryMs = await cycles(
        oracle,
        (cycle) => small.fill(LEFT_BYTES[cycle % LEFT_BYTES.length] ?? 0),
        small.free,
      );
      await workload.stop();
      await product.kill();
      const observed = await observe(dataDir, join(outside, 'observed.jsonl'));
      const verdict = check(oracle, observed);
      const sometimes = new Sometimes(['ClickHouse found no space', 'the spool found no space'] as const);
      const told = product.lines.filter((line) => line.startsWith('store_unavailable'));
      sometimes.saw(
        'ClickHouse found no space',
        told.filter((line) => /ClickHouse: .*space/i.test(line)).length,
      );
      sometimes.saw(
        'the spool found no space',
        product.lines.filter((line) => line.startsWith('spool_write_failed disk_full')).length,
      );
      report({
        title: 'disk full',
        oracle,
        observed,
        verdict,
        sometimes,
        faults: { cycles: CYCLES, recoveryMs },
      });
      oracle.close();
      expect(verdict).toEqual(FAULTLESS);
      expectSeen(sometimes);
      expect(recoveryMs).toBeLessThan(RECOVERY_LIMIT_MS);
    },
    1_200_000,
  );

  it.skipIf(large.kind === 'unavailable')(
    'under all of Leeway leaves what is read alone, and people and senders go on when there is space',
    async () => {
      if (large.kind === 'unavailable') throw new Error(large.why);
      const outside = freshDirectory('full-outside');
      const oracle = new Oracle(join(outside, 'oracle.jsonl'));
      const dataDir = join(large.directory, 'data');
      const product = await startWholeProduct(dataDir);
      const workload = new Workload({
        ...{ seed: CHAOS_SEED, senders: 2, oracle, mostRecords: 60, pauseMs: 50 },
        door: () => product.ingestUrl,
      });
      const control = new ControlWorkload({ seed: CHAOS_SEED, oracle, door: () => product });
      const worked = async (): Promise<void> => {
        const { acknowledged, controlAcknowledged } = oracle.counts;
        await until(
          () =>
            oracle.counts.acknowledged > acknowledged + 5 &&
            oracle.counts.controlAcknowledged > controlAcknowledged + 1,
        );
      };
      await worked();
      large.fill(0);
      const { refused } = oracle.counts;
      await until(() => oracle.counts.refused > refused + REFUSED_BEFORE_FREE);
      const read = await fetch(`${product.webUrl}/api/v1/overview`, {
        headers: { authorization: `Bearer ${product.token}` },
      });
      large.free();
      await worked();
      await Promise.all([workload.stop(), control.stop()]);
      const said = await observeControl(product);
      await product.stop();
      const stored = await observe(dataDir, join(outside, 'observed.jsonl'));
      const observed = { ...stored, shown: [...stored.shown, ...said.shown] };
      const verdict = check(oracle, observed);
      const title = 'disk full under all of Leeway';
      report({ title, oracle, observed, verdict, sometimes: new Sometimes([]), faults: {} });
      oracle.close();
      expect(verdict).toEqual(FAULTLESS);
      expect(read.status).toBe(200);
    },
    300_000,
  );
});
