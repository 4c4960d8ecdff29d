import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChild } from '../support/child.ts';
import { freshDirectory } from '../support/stores.ts';

const ROWS_PER_SEGMENT = 1_000;
const SEGMENTS = 60;

/** Segment i holds the ids i·1000 … i·1000 + 999, as RowBinary's little-endian UInt64. */
function writeSegments(directory: string): string {
  const segments = join(directory, 'segments');
  mkdirSync(segments);
  for (let number = 0; number < SEGMENTS; number += 1) {
    const ids = BigUint64Array.from({ length: ROWS_PER_SEGMENT }, (_, at) =>
      BigInt(number * ROWS_PER_SEGMENT + at),
    );
    writeFileSync(join(segments, String(number)), new Uint8Array(ids.buffer));
  }
  return segments;
}
const stored = (segments: number): unknown => {
  const rows = String(segments * ROWS_PER_SEGMENT);
  return { n: rows, distinct: rows };
};
const lastLine = (lines: readonly string[]): unknown => JSON.parse(lines.at(-1) ?? 'null');

describe('a deduplication token', () => {
  it('holds through a restart', async () => {
    const directory = freshDirectory('restart');
    const [path, segments] = [join(directory, 'clickhouse'), writeSegments(directory)];
    for (let run = 0; run < 2; run += 1) {
      const child = startChild('insert-segments.ts', path, segments, '0', '3');
      expect(await child.ended()).toBe(0);
      expect(lastLine(child.lines)).toEqual(stored(3));
    }
  });

  it('holds through SIGKILL: what was told as stored is there, what was under way is there once', async () => {
    const directory = freshDirectory('kill');
    const [path, segments] = [join(directory, 'clickhouse'), writeSegments(directory)];
    let next = 0;
    for (let kills = 0; kills < 6; kills += 1) {
      const child = startChild('insert-segments.ts', path, segments, String(next), String(SEGMENTS - next));
      // Killed after a differing number of acknowledgements, so in the middle of the insert that follows.
      for (let acknowledged = 0; acknowledged <= kills % 4; acknowledged += 1) await child.nextLine();
      await child.kill('SIGKILL');
      const told = child.lines.map(Number).filter(Number.isInteger);
      // The one after the last acknowledged may or may not be there: it is sent again.
      next = Math.max(next, (told.at(-1) ?? -1) + 1);
    }
    expect(next).toBeGreaterThan(6);
    const last = startChild('insert-segments.ts', path, segments, String(next), String(SEGMENTS - next));
    expect(await last.ended()).toBe(0);
    expect(lastLine(last.lines)).toEqual(stored(SEGMENTS));
  });
});

describe('a data directory', () => {
  it('has one owner; the second process is told who, and exits 75', async () => {
    const directory = freshDirectory('lock');
    const owner = startChild('hold-directory.ts', directory);
    expect(await owner.nextLine()).toBe('held');
    const second = startChild('hold-directory.ts', directory);
    expect(await second.ended()).toBe(75);
    expect(second.lines).toEqual([
      `data_directory_in_use: ${directory} is in use by another Leeway, process ${owner.process.pid}: stop that one, or give this one a data directory of its own.`,
    ]);
    await owner.kill('SIGKILL');
    const heir = startChild('hold-directory.ts', directory);
    expect(await heir.nextLine()).toBe('held');
    await heir.kill('SIGTERM');
  });

  it('is not opened by a second engine either', async () => {
    const directory = join(freshDirectory('engine'), 'clickhouse');
    const owner = startChild('hold-engine.ts', directory);
    expect(await owner.nextLine()).toBe('held');
    const second = startChild('hold-engine.ts', directory);
    await second.ended();
    expect(second.lines).toEqual([
      `data_directory_in_use: ${directory} is in use by another process, ${owner.process.pid}.`,
    ]);
    await owner.kill('SIGKILL');
  });
});

it('slow queries leave threads for the files', async () => {
  const child = startChild('slow-queries.ts', join(freshDirectory('threads'), 'clickhouse'));
  expect(await child.ended()).toBe(0);
  expect(child.lines).toEqual(['file', 'query', 'query', 'query', 'query']);
});
