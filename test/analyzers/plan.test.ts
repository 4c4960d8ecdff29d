import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceOf } from '../../analyzers/monitors/reference-places.ts';
import {
  advance,
  CHUNK_ROWS,
  CHUNK_SPAN_MS,
  chunksOf,
  toRanges,
  VOLUME_BUCKET_MS,
  watermark,
} from '../../analyzers/profile/plan.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 2, 1);
const stream = (newestMs: number | null, loadedAtMs: number | null) => ({
  cursors: {},
  newestMs,
  loadedAtMs,
});
const NOW = T0 + 1e10;

describe('the watermark', () => {
  it('waits for the slower stream, less the allowed lateness', () => {
    const decisions = stream(T0 + 60 * MINUTE, NOW);
    const labels = stream(T0 + 20 * MINUTE + 30_000, NOW);
    expect(watermark([decisions, labels], null, MINUTE, NOW)).toBe(T0 + 19 * MINUTE);
    expect(watermark([decisions, stream(null, null)], null, MINUTE, NOW)).toBe(T0 + 59 * MINUTE);
  });

  it('waits for no stream that stands still', () => {
    const decisions = stream(T0 + 60 * MINUTE, NOW);
    const labels = stream(T0 + 20 * MINUTE, NOW - 71_000);
    expect(watermark([decisions, labels], null, MINUTE, NOW)).toBe(T0 + 59 * MINUTE);
    // One second earlier the labels still count: a minute allowed, and ten seconds.
    expect(watermark([decisions, labels], null, MINUTE, NOW - 1_001)).toBe(T0 + 19 * MINUTE);
  });

  it('closes the last minute when all stand still, and never moves back', () => {
    const still = [stream(T0 + 30_000, NOW - 3_600_000)];
    expect(watermark(still, null, MINUTE, NOW)).toBe(T0 + MINUTE);
    expect(watermark(still, T0 + 5 * MINUTE, MINUTE, NOW)).toBe(T0 + 5 * MINUTE);
    expect(watermark([stream(null, null)], null, MINUTE, NOW)).toBeNull();
  });
});

describe('cursors', () => {
  it('keep one mark per loader, and the newest of each', () => {
    const segment = (loader: string, loadedAtMs: number, rows: number, newestMs: number | null) => ({
      loader,
      loadedAtMs,
      rows,
      oldestMs: T0,
      newestMs,
      aheadRows: 0,
      lateMinutesMs: [],
    });
    const next = advance(stream(T0, 1), [
      segment('a', NOW - 10, 3, T0 + 5),
      segment('b', NOW - 2, 1, null),
      segment('a', NOW, 7, T0 + 1),
      segment('gone', NOW - 7_200_000, 7, T0 + 1),
    ]);
    expect(next).toEqual({
      cursors: { a: { atMs: NOW, rows: 7 }, b: { atMs: NOW - 2, rows: 1 } },
      newestMs: T0 + 5,
      loadedAtMs: NOW,
    });
  });
});

describe('pieces of work', () => {
  it('cover a stretch without gap or overlap, bounded in rows and length', () => {
    const bucket = fc.record({
      hour: fc.integer({ min: 0, max: 2_000 }),
      rows: fc.integer({ min: 1, max: 150_000 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(bucket, { selector: (b) => b.hour }),
        fc.integer({ min: 1, max: 130_000 }),
        (raw, minutes) => {
          const range = { fromMs: T0, toMs: T0 + minutes * MINUTE };
          const volume = raw
            .map(({ hour, rows }) => ({ startMs: T0 + hour * VOLUME_BUCKET_MS, rows }))
            .filter((b) => b.startMs < range.toMs)
            .sort((a, b) => a.startMs - b.startMs);
          const chunks = chunksOf(range, volume);
          expect(chunks[0]?.fromMs).toBe(range.fromMs);
          expect(chunks.at(-1)?.toMs).toBe(range.toMs);
          chunks.forEach((chunk, i) => {
            if (i > 0) expect(chunk.fromMs).toBe(chunks[i - 1]?.toMs);
            expect(chunk.toMs - chunk.fromMs).toBeLessThanOrEqual(CHUNK_SPAN_MS);
            const inside = volume.filter((b) => b.startMs >= chunk.fromMs && b.startMs < chunk.toMs);
            const rows = inside.reduce((sum, b) => sum + b.rows, 0);
            expect(rows <= CHUNK_ROWS || inside.length === 1).toBe(true);
          });
        },
      ),
    );
  });

  it('join minutes that are near', () => {
    expect(toRanges([T0 + 5 * MINUTE, T0, T0, T0 + 60 * MINUTE])).toEqual([
      { fromMs: T0, toMs: T0 + 6 * MINUTE },
      { fromMs: T0 + 60 * MINUTE, toMs: T0 + 61 * MINUTE },
    ]);
  });
});

describe('a reference', () => {
  const hour = 3_600_000;
  const window = (hours: number) => ({ startMs: T0 + hours * hour, endMs: T0 + (hours + 1) * hour });
  it('is the first stretch, once that is complete', () => {
    const first = { kind: 'first' as const, length: 24 * hour };
    expect(referenceOf(first, window(23), T0 + 30_000)).toMatchObject({ kind: 'none' });
    expect(referenceOf(first, window(24), T0 + 30_000)).toEqual({
      kind: 'at',
      window: { startMs: T0, endMs: T0 + 24 * hour },
    });
  });
  it('is the stretch before the window, once there is one', () => {
    const previous = { kind: 'previous' as const, length: 2 * hour };
    expect(referenceOf(previous, window(1), T0)).toMatchObject({ kind: 'none' });
    expect(referenceOf(previous, window(2), T0)).toEqual({
      kind: 'at',
      window: { startMs: T0, endMs: T0 + 2 * hour },
    });
  });
  it('is what a person fixed, but never what the window itself holds', () => {
    const fixed = { kind: 'fixed' as const, from: T0 - 24 * hour, to: T0 };
    expect(referenceOf(fixed, window(0), T0)).toMatchObject({ kind: 'at' });
    expect(referenceOf(fixed, window(-1), T0)).toMatchObject({ kind: 'none' });
  });
});
