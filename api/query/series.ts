import { startOf } from '../../model/time.ts';
import type { TimeRange } from '../../store/ports/reads.ts';
import type { Series } from '../contract/common.ts';

/** The starts of the buckets that touch the range. */
export function bucketStarts({ fromMs, toMs }: TimeRange, bucketMs: number): number[] {
  const first = startOf(fromMs, bucketMs);
  return Array.from({ length: Math.ceil((toMs - first) / bucketMs) }, (_, i) => first + i * bucketMs);
}

type Point = { readonly tMs: number; readonly key: string; readonly n: number };

/** Counts by key as columns. A bucket without a row is 0: what was asked is how many there were. */
export function countSeries(points: readonly Point[], range: TimeRange, bucketMs: number): Series {
  const t = bucketStarts(range, bucketMs);
  const place = new Map(t.map((start, i) => [start, i]));
  const columns = new Map<string, number[]>();
  for (const { tMs, key, n } of points) {
    const i = place.get(tMs);
    if (i === undefined) continue;
    const values = columns.get(key) ?? t.map(() => 0);
    values[i] = (values[i] ?? 0) + n;
    columns.set(key, values);
  }
  const names = [...columns.keys()].sort();
  return { t, bucketMs, columns: names.map((name) => ({ name, values: columns.get(name) ?? [] })) };
}

export const totalOfPoints = (points: readonly { readonly n: number }[]): number =>
  points.reduce((sum, point) => sum + point.n, 0);

export const iso = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : iso(ms);
