import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { Failure } from '../../model/failure.ts';
import type { PostgresDb } from '../../store/ports/postgres.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { startPrivatePostgres } from '../../store/postgres/private-server.ts';
import { freshDirectory } from '../support/stores.ts';
import { tell } from './frame/report.ts';
import { between, CHAOS_SEED, CHAOS_SIZE, seeded, sized } from './frame/seed.ts';

const SCRIPT = join(import.meta.dirname, 'children/store-rot.ts');
/** Of each file of the part. */
const FLIPS = sized({ ci: 1, nightly: 10 });
/** Values, marks, and two files that a part does not load without; each night every file of it. */
const FLIPPED_AT_CI = ['value.bin', 'n.cmrk2', 'columns.txt', 'checksums.txt'];

type Said = {
  readonly broken: readonly { readonly table: string; readonly parts: number }[];
  /** As the ingest page lists them. */
  readonly aside?: readonly { readonly name: string; readonly bytes: number }[];
  readonly total?: number;
  readonly hash?: string;
  readonly reason?: string;
  readonly message?: string;
};
/** What the script says last. */
async function run(path: string, mode: 'make' | 'read'): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, path, mode]);
  return stdout.trim().split('\n').at(-1) ?? '';
}
const read = async (path: string): Promise<Said> => JSON.parse(await run(path, 'read'));

function flip(bytes: Buffer, at: number, bit: number): Buffer {
  const rotten = Buffer.from(bytes);
  rotten[at] = (rotten[at] ?? 0) ^ (1 << bit);
  return rotten;
}

/** A part that was set aside as broken comes back, for the next flip. */
function putBack(part: string): void {
  const detached = join(dirname(part), 'detached');
  for (const name of readdirSync(detached))
    if (name.endsWith(basename(part))) renameSync(join(detached, name), part);
}

it('a bit that flipped in a part of ClickHouse is named, or the part is set aside and told; no wrong value is shown', async () => {
  const path = join(freshDirectory('rot'), 'clickhouse');
  const made: { part: string } = JSON.parse(await run(path, 'make'));
  const part = made.part.replace(/\/$/, '');
  const whole = await read(path);
  expect(whole.total).toBe(2_000);
  const random = seeded(CHAOS_SEED, 'parts');
  const seen = { named: 0, setAside: 0, harmless: 0 };
  const files = readdirSync(part);
  for (const name of CHAOS_SIZE === 'ci' ? FLIPPED_AT_CI : files)
    for (let time = 0; time < FLIPS; time += 1) {
      const bytes = readFileSync(join(part, name));
      const at = between(random, 0, bytes.length - 1);
      writeFileSync(join(part, name), flip(bytes, at, between(random, 0, 7)));
      const said = await read(path);
      putBack(part);
      writeFileSync(join(part, name), bytes);
      const where = `byte ${at} of ${name}`;
      if (said.reason !== undefined) {
        seen.named += 1;
        expect([where, said]).toEqual([
          where,
          expect.objectContaining({
            reason: 'disk_error',
            message: expect.stringMatching(/fails its checksum/),
          }),
        ]);
      } else if (said.broken.length > 0) {
        seen.setAside += 1;
        expect([where, said.broken]).toEqual([where, [{ table: 'rot', parts: 1 }]]);
        expect([where, said.aside]).toEqual([
          where,
          [
            expect.objectContaining({
              name: expect.stringMatching(/^clickhouse: part broken-on-start_.* of rot$/),
            }),
          ],
        ]);
      } else {
        seen.harmless += 1;
        expect([where, said]).toEqual([where, whole]);
      }
    }
  tell('bit rot in a part of ClickHouse', { files: files.length, ...seen });
  expect(seen.named).toBeGreaterThan(0);
  expect(seen.setAside).toBeGreaterThan(0);
}, 600_000);

it('a bit that flipped in a page of Postgres is named, and the other tables go on', async () => {
  const dataDir = join(freshDirectory('rot'), 'postgres');
  const started = async (work: (db: PostgresDb) => Promise<void>): Promise<void> => {
    const server = await startPrivatePostgres({ dataDir });
    const db = connectPostgres({ url: server.url });
    await work(db);
    await db.close();
    await server.stop();
  };
  let file = '';
  await started(async (db) => {
    await db.query('CREATE TABLE rotten AS SELECT n, repeat($1, 50) AS text FROM generate_series(1, 500) n', [
      'x',
    ]);
    await db.query('CREATE TABLE sound AS SELECT 7 AS n');
    const [row] = await db.query<{ path: string }>("SELECT pg_relation_filepath('rotten') AS path");
    file = join(dataDir, row?.path ?? '');
  });
  const bytes = readFileSync(file);
  writeFileSync(file, flip(bytes, 8_192 + between(seeded(CHAOS_SEED, 'page'), 0, 8_191), 3));
  await started(async (db) => {
    const told: unknown = await db.query('SELECT sum(n) FROM rotten').catch((error: unknown) => error);
    expect(told).toBeInstanceOf(Failure);
    expect(told).toMatchObject({
      reason: 'disk_error',
      message: expect.stringMatching(/invalid page in block 1 of relation/),
    });
    expect(await db.query('SELECT n FROM sound')).toEqual([{ n: 7 }]);
  });
}, 120_000);
