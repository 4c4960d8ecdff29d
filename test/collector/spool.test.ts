import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CollectorEvent } from '../../collector/events.ts';
import { nodeFiles, type SpoolFiles } from '../../collector/spool/files.ts';
import type { LedgerEntry } from '../../store/ports/ledger.ts';
import type { Load, LoadStore } from '../../store/ports/loads.ts';
import { fullDisk } from '../chaos/disk-full/full-disk.ts';
import { freshDirectory } from '../support/stores.ts';
import {
  decisionOf,
  jsonOf,
  memoryLedger,
  memoryLoads,
  post,
  postJson,
  type Running,
  startCollector,
  stopCollector,
  until,
} from './support.ts';

/** A store that is away until it is told otherwise: so segments stay on disk. */
function switchedStore(): LoadStore & { up: boolean; readonly loads: { rows: string; batch: string }[] } {
  const store = {
    up: false,
    loads: [] as { rows: string; batch: string }[],
    load: async (load: Load) => {
      if (!store.up) throw new Error('the store is away');
      store.loads.push({ rows: readFileSync(load.file, 'latin1'), batch: load.batch });
    },
    stored: async () => [],
  };
  return store;
}

/** Ids appear as they are in the rows. */
const idsIn = (loads: readonly { rows: string }[]): string[] =>
  loads.flatMap(({ rows }) => rows.match(/id-\d+/g) ?? []).sort();
const segmentsOf = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.seg'))
    .sort();
const kinds = (events: readonly CollectorEvent[]): string[] => events.map((event) => event.kind);
const send = async ({ url }: Pick<Running, 'url'>, id: string): Promise<number> =>
  (await postJson(`${url}/v1/decisions`, decisionOf(id))).status;
const QUIET = { drainMs: 1, segmentAgeMs: 60_000 } as const;

/** A spool with `ids` in one segment, left behind by a collector whose store was away. */
async function leftBehind(ids: readonly string[]): Promise<{ directory: string; segment: string }> {
  const directory = join(freshDirectory('spool'), 'spool');
  const first = await startCollector({
    spoolDirectory: directory,
    loads: switchedStore(),
    limits: QUIET,
  });
  for (const id of ids) expect(await send(first, id)).toBe(200);
  await stopCollector(first);
  const [name, ...others] = segmentsOf(directory);
  expect(others).toEqual([]);
  return { directory, segment: join(directory, name ?? '') };
}

async function recover(directory: string): Promise<Running & { ids: string[] }> {
  const loads: { rows: string }[] = [];
  const next = await startCollector({
    spoolDirectory: directory,
    loads: memoryLoads((load) => loads.push({ rows: readFileSync(load.file, 'latin1') })),
  });
  await next.drained();
  return { ...next, ids: idsIn(loads) };
}

describe('the spool', () => {
  it('keeps what was acknowledged while the store is away, and hands it over at the next start', async () => {
    const { directory } = await leftBehind(['id-1', 'id-2', 'id-3']);
    const { ids, events } = await recover(directory);
    expect(ids).toEqual(['id-1', 'id-2', 'id-3']);
    expect(events[0]).toMatchObject({ kind: 'recovered', segments: 1, records: 3 });
    expect(segmentsOf(directory)).toEqual([]);
  });

  it('cuts a torn tail, and says so', async () => {
    const { directory, segment } = await leftBehind(['id-1', 'id-2', 'id-3']);
    const whole = readFileSync(segment);
    writeFileSync(segment, whole.subarray(0, whole.length - 5));
    const { ids, events } = await recover(directory);
    expect(ids).toEqual(['id-1', 'id-2']);
    expect(events[0]).toMatchObject({ kind: 'tail_cut' });
  });

  it.each([
    ['the rows', (bytes: Buffer) => bytes.indexOf('id-2')],
    ['the magic number', (bytes: Buffer) => bytes.indexOf('LWF1', 1)],
    ['a length', (bytes: Buffer) => bytes.indexOf('LWF1', 1) + 6],
  ])('sets a frame aside when a bit of %s flipped; the frames around it go on', async (_what, where) => {
    const { directory, segment } = await leftBehind(['id-1', 'id-2', 'id-3']);
    const bytes = readFileSync(segment);
    const at = where(bytes);
    expect(at).toBeGreaterThan(0);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    writeFileSync(segment, bytes);
    const { ids, events } = await recover(directory);
    expect(ids).toEqual(['id-1', 'id-3']);
    expect(kinds(events)).toContain('segment_quarantined');
    const [aside] = readdirSync(join(directory, 'quarantine'));
    expect(readFileSync(join(directory, 'quarantine', aside ?? ''), 'latin1')).toContain('d-2');
  });

  it('survives garbage behind the last frame', async () => {
    const { directory, segment } = await leftBehind(['id-1']);
    appendFileSync(segment, Buffer.alloc(5_000, 0x4c));
    expect((await recover(directory)).ids).toEqual(['id-1']);
  });

  it('answers 503 at its quota, and goes on by itself when the store is back', async () => {
    const loads = switchedStore();
    const running = await startCollector({ loads, limits: { spoolBytes: 4_000, segmentAgeMs: 20 } });
    let kept = 0;
    while ((await send(running, `id-${kept}`)) === 200) kept += 1;
    expect(kept).toBeGreaterThan(5);
    const refused = await postJson(`${running.url}/v1/decisions`, decisionOf('id-x'));
    expect([refused.status, jsonOf(refused)]).toMatchObject([503, { code: 'spool_full' }]);
    expect(refused.headers['retry-after']).toMatch(/^[123]$/);
    expect(kinds(running.events)).toContain('store_unavailable');
    const pending = running.collector.pending().reduce((sum, entry) => sum + entry.pending, 0);
    expect(pending).toBe(kept);

    loads.up = true;
    await running.drained();
    expect(idsIn(loads.loads)).toEqual(Array.from({ length: kept }, (_, at) => `id-${at}`).sort());
    expect(kinds(running.events)).toContain('store_back');
    expect(await send(running, 'id-after')).toBe(200);
  });

  it('lets nobody wait for company who comes alone', async () => {
    const AN_HOUR_MS = 3_600_000;
    const running = await startCollector({ limits: { ...QUIET, commitWindowMs: AN_HOUR_MS } });
    for (const id of ['id-1', 'id-2', 'id-3']) expect(await send(running, id)).toBe(200);
    const groups = running.events.flatMap((event) => (event.kind === 'committed' ? [event.requests] : []));
    expect(groups).toEqual([1, 1, 1]);
  });

  it('never asks a descriptor again after a failed fdatasync: those requests get 503, the next a new file', async () => {
    let failures = 1;
    let descriptor = 0;
    const synced: number[] = [];
    const files: SpoolFiles = {
      ...nodeFiles,
      create: async (directory, name) => {
        const file = await nodeFiles.create(directory, name);
        const mine = ++descriptor;
        return {
          ...file,
          fdatasync: async () => {
            synced.push(mine);
            if (mine === 1 && synced.length > 1 && failures-- > 0)
              throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
            await file.fdatasync();
          },
        };
      },
    };
    const loads = switchedStore();
    loads.up = true;
    const running = await startCollector({ loads, files, limits: { segmentAgeMs: 60_000 } });
    expect(await send(running, 'id-1')).toBe(200);
    const failed = await postJson(`${running.url}/v1/decisions`, decisionOf('id-2'));
    expect([failed.status, jsonOf(failed)]).toMatchObject([503, { code: 'disk_error' }]);
    expect(await send(running, 'id-3')).toBe(200);
    expect(synced).toEqual([1, 1, 2]);
    await stopCollector(running);
    // What was on disk before the error is stored; what was answered 503 is not.
    expect(idsIn(loads.loads)).toEqual(['id-1', 'id-3']);
  });

  it('answers 503 while the disk is full, loses nothing, and takes up work when there is space', async () => {
    const disk = fullDisk(nodeFiles);
    const loads = switchedStore();
    loads.up = true;
    const running = await startCollector({ loads, files: disk.files, limits: { segmentAgeMs: 60_000 } });
    expect(await send(running, 'id-1')).toBe(200);
    disk.full = true;
    const failed = await postJson(`${running.url}/v1/decisions`, decisionOf('id-2'));
    expect([failed.status, jsonOf(failed)]).toMatchObject([503, { code: 'disk_full' }]);
    expect(await send(running, 'id-3')).toBe(503);
    disk.full = false;
    expect(await send(running, 'id-4')).toBe(200);
    // What was kept before was ready to be loaded, which takes space too: the loader tries again.
    await until(() => loads.loads.length > 0);
    await stopCollector(running);
    expect(idsIn(loads.loads)).toEqual(['id-1', 'id-4']);
    // Two lines in the log, whatever was refused between them.
    expect(running.events.filter(({ kind }) => kind.startsWith('spool_write'))).toEqual([
      expect.objectContaining({ kind: 'spool_write_failed', reason: 'disk_full' }),
      expect.objectContaining({ kind: 'spool_writes_again', refusedRequests: 2, failedCommits: 2 }),
    ]);
    expect(segmentsOf(running.directory)).toEqual([]);
  });

  it('counts what it refused while the disk was full, as soon as there is space to write it down', async () => {
    const disk = fullDisk(nodeFiles);
    const recorded: LedgerEntry[] = [];
    const ledger = {
      ...memoryLedger(),
      record: async (_batch: string, entries: readonly LedgerEntry[]) => void recorded.push(...entries),
    };
    const running = await startCollector({ ledger, files: disk.files, limits: { segmentAgeMs: 20 } });
    const refuse = async (): Promise<void> => {
      const { status } = await post(`${running.url}/v1/decisions`, '{', {
        'content-type': 'application/json',
      });
      expect(status).toBe(400);
    };
    const counted = (): number =>
      recorded.reduce((sum, entry) => sum + (entry.rejected['malformed_body'] ?? 0), 0);
    disk.full = true;
    await refuse();
    await until(() => kinds(running.events).includes('spool_write_failed'));
    await refuse();
    expect(counted()).toBe(0);
    disk.full = false;
    await until(() => counted() >= 2);
    await stopCollector(running);
    expect(counted()).toBe(2);
  });
});
