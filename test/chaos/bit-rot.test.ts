import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../store/ports/ledger.ts';
import type { LoadStore } from '../../store/ports/loads.ts';
import {
  decisionOf,
  memoryLedger,
  postJson,
  type Running,
  startCollector,
  stopCollector,
  until,
} from '../collector/support.ts';
import { freshDirectory } from '../support/stores.ts';
import { tell } from './frame/report.ts';
import { between, CHAOS_SEED, pick, type Random, seeded, sized } from './frame/seed.ts';
import { ForgetfulDisk } from './power-loss/forgetful-disk.ts';

const FLIPS = sized({ ci: 60, nightly: 5_000 });
const RECORDS_PER_SEGMENT = 6;
const QUIET = { drainMs: 1, segmentAgeMs: 60_000 } as const;

/** A store that is away until it is told otherwise, and keeps the rows as they come. */
function switchedStore(): LoadStore & { up: boolean; readonly rows: Buffer[] } {
  const store = {
    up: false,
    rows: [] as Buffer[],
    load: async ({ file }: { file: string }) => {
      if (!store.up) throw new Error('the store is away');
      store.rows.push(readFileSync(file));
    },
    stored: async () => [],
  };
  return store;
}

const idOf = (segment: number, at: number): string => `id-${segment}${at}`;
/** A record's row, told apart from its neighbours by its id, which stands in front of the text that fills it. */
const rowsIn = (rows: readonly Buffer[]): Map<string, string> => {
  const text = Buffer.concat([...rows]).toString('latin1');
  return new Map(
    [...text.matchAll(/(id-\d\d)[\s\S]*?(fill-\d\d-x+)/g)].map(([row, id = '']) => [id, row.slice(0, 400)]),
  );
};

async function send({ url }: Running, id: string): Promise<void> {
  const [, digits = ''] = id.split('-');
  const decision = decisionOf(id, { features: { origin: `fill-${digits}-${'x'.repeat(40)}` } });
  expect((await postJson(`${url}/v1/decisions`, decision)).status).toBe(200);
}

/** Two sealed segments of single requests, the second one the newest: what a collector left whose store was away. */
async function leftBehind(): Promise<string> {
  const directory = join(freshDirectory('rot'), 'spool');
  for (let segment = 0; segment < 2; segment += 1) {
    const running = await startCollector({
      spoolDirectory: directory,
      loads: switchedStore(),
      limits: QUIET,
    });
    for (let at = 0; at < RECORDS_PER_SEGMENT; at += 1) await send(running, idOf(segment, at));
    await stopCollector(running);
  }
  return directory;
}

const segmentsOf = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.seg'))
    .sort();

/** One bit in a file, at a place where it may lie in a head, in a length, in the ledger's part or in the rows. */
function flipBit(path: string, random: Random): number {
  const bytes = readFileSync(path);
  const at = between(random, 0, bytes.length - 1);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << between(random, 0, 7));
  writeFileSync(path, bytes);
  return at;
}

async function recover(directory: string): Promise<{ running: Running; rows: Map<string, string> }> {
  const loads = switchedStore();
  loads.up = true;
  const running = await startCollector({ spoolDirectory: directory, loads });
  await running.drained();
  await stopCollector(running);
  return { running, rows: rowsIn(loads.rows) };
}

describe('a bit that flipped in the spool', () => {
  it(`is found ${FLIPS} times of ${FLIPS}: its record alone is set aside and told, and no wrong value goes on`, async () => {
    const original = await leftBehind();
    const names = segmentsOf(original);
    expect(names).toHaveLength(2);
    const whole = join(freshDirectory('whole'), 'spool');
    cpSync(original, whole, { recursive: true });
    const { rows: expected } = await recover(whole);
    expect(expected.size).toBe(2 * RECORDS_PER_SEGMENT);
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const random = seeded(CHAOS_SEED, `flip ${flip}`);
      const directory = join(freshDirectory('flip'), 'spool');
      cpSync(original, directory, { recursive: true });
      const name = pick(random, names as [string, ...string[]]);
      const at = flipBit(join(directory, name), random);
      const { running, rows } = await recover(directory);
      const where = `flip ${flip} at byte ${at} of ${name}`;
      expect([where, rows.size]).toEqual([where, expected.size - 1]);
      for (const [id, row] of rows) expect([where, row]).toEqual([where, expected.get(id)]);
      // What a person sees: the file on the ingest page, and an event in the log and the metrics.
      expect([where, await running.collector.setAside()]).toEqual([
        where,
        [expect.objectContaining({ name: expect.stringContaining(name) })],
      ]);
      expect([where, running.events.filter(({ kind }) => kind === 'segment_quarantined').length]).toEqual([
        where,
        1,
      ]);
    }
    tell('bit rot in the spool', { flips: FLIPS, 'told and set aside': FLIPS });
  }, 600_000);

  it('while the collector runs is counted in the ledger, and the others go on', async () => {
    const loads = switchedStore();
    const recorded: LedgerEntry[] = [];
    const ledger = {
      ...memoryLedger(),
      record: async (_batch: string, entries: readonly LedgerEntry[]) => void recorded.push(...entries),
    };
    const running = await startCollector({ loads, ledger, limits: { segmentAgeMs: 20 } });
    for (let at = 0; at < 3; at += 1) await send(running, idOf(0, at));
    await until(() => running.events.some(({ kind }) => kind === 'store_unavailable'));
    const [name = ''] = segmentsOf(running.directory);
    const path = join(running.directory, name);
    const bytes = readFileSync(path);
    const at = bytes.indexOf('id-00');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    loads.up = true;
    await running.drained();
    expect([...rowsIn(loads.rows).keys()]).toEqual(['id-01', 'id-02']);
    const sum = (what: (entry: LedgerEntry) => number): number =>
      recorded.reduce((total, entry) => total + what(entry), 0);
    expect([sum((entry) => entry.received), sum((entry) => entry.rejected['quarantined'] ?? 0)]).toEqual([
      3, 1,
    ]);
    expect(await running.collector.setAside()).toHaveLength(1);
  });

  it('leaves its bytes to a person, through a loss of power too', async () => {
    const disk = new ForgetfulDisk({ random: () => 0 });
    const start = (): Promise<Running> =>
      startCollector({
        spoolDirectory: '/spool',
        files: disk.powerOn(),
        loads: switchedStore(),
        limits: QUIET,
      });
    const first = await start();
    for (let at = 0; at < 3; at += 1) await send(first, idOf(0, at));
    disk.flipBit('/spool/000000000001.seg', 'id-01');
    disk.losePower();
    await stopCollector(first);
    const second = await start();
    expect(second.events.filter(({ kind }) => kind === 'segment_quarantined')).toHaveLength(1);
    disk.losePower();
    await stopCollector(second);
    const aside = disk.filesBelow('/spool/quarantine');
    expect(aside).toHaveLength(1);
    expect(disk.contentOf(aside[0] ?? '').toString('latin1')).toContain('d-01');
  });
});
