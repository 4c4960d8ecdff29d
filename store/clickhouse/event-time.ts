import type { MinuteRange } from '../ports/profiles.ts';
import type { Cursors } from '../ports/progress.ts';

type Condition = { readonly sql: string; readonly params: Readonly<Record<string, unknown>> };

/** DateTime64(9), like the column: a comparison of unlike scales would not use the primary key. */
export const instantNs = (name: string): string => `fromUnixTimestamp64Nano({${name}:Int64})`;
export const toNs = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n;

/** `time` in any of the half-open ranges. */
export function timeIn(ranges: readonly MinuteRange[]): Condition {
  const params: Record<string, unknown> = {};
  const parts = ranges.map((range, i) => {
    params[`from${i}`] = toNs(range.fromMs);
    params[`to${i}`] = toNs(range.toMs);
    return `(time >= ${instantNs(`from${i}`)} AND time < ${instantNs(`to${i}`)})`;
  });
  return { sql: parts.length === 0 ? '0' : `(${parts.join(' OR ')})`, params };
}

/** How far the clocks of two loaders may differ before rows of a new one could be missed. */
const LOADER_CLOCK_SKEW_MS = 600_000;

/**
 * Rows at or beyond the cursors. The newest segment of each loader is read again: some of its rows may not have been
 * visible before. One bound on `loaded_at` lets the engine's index skip old parts; the exact one is per loader.
 */
export function beyondCursors(cursors: Cursors, prefix: string): Condition {
  const marks = Object.entries(cursors);
  const newest = marks.reduce((max, [, mark]) => Math.max(max, mark.atMs), 0);
  const [floor, loaders, ats] = [`${prefix}Floor`, `${prefix}Loaders`, `${prefix}Ats`];
  const after = `loaded_at >= fromUnixTimestamp64Milli({${floor}:Int64})`;
  if (marks.length === 0) return { sql: after, params: { [floor]: 0 } };
  return {
    sql: `${after} AND toUnixTimestamp64Milli(loaded_at) >= transform(toString(loader), {${loaders}:Array(String)}, {${ats}:Array(Int64)}, toInt64(0))`,
    params: {
      [floor]: Math.max(0, newest - LOADER_CLOCK_SKEW_MS),
      [loaders]: marks.map(([loader]) => loader),
      [ats]: marks.map(([, mark]) => mark.atMs),
    },
  };
}

/** Rows of exactly these segments. */
export function inSegments(
  segments: readonly { readonly loader: string; readonly loadedAtMs: number }[],
  prefix: string,
): Condition {
  if (segments.length === 0) return { sql: '0', params: {} };
  const [floor, loaders, ats] = [`${prefix}Floor`, `${prefix}Loaders`, `${prefix}Ats`];
  return {
    sql: `loaded_at >= fromUnixTimestamp64Milli({${floor}:Int64}) AND has(arrayZip({${loaders}:Array(String)}, {${ats}:Array(Int64)}), (toString(loader), toUnixTimestamp64Milli(loaded_at)))`,
    params: {
      [floor]: Math.min(...segments.map((segment) => segment.loadedAtMs)),
      [loaders]: segments.map((segment) => segment.loader),
      [ats]: segments.map((segment) => segment.loadedAtMs),
    },
  };
}
