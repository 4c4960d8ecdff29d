import type { Counts } from './burn-rate.ts';

export type MinuteCounts = { readonly minuteMs: number; readonly bad: number; readonly total: number };

/** Sums of any window in O(log minutes), from one load of minute counts. */
export type MinuteSums = {
  /** Events of the minutes in [fromMs, toMs). */
  window(fromMs: number, toMs: number): Counts;
  /** Minutes that hold events in [fromMs, toMs), ascending. */
  minutes(fromMs: number, toMs: number): readonly MinuteCounts[];
};

/** Minutes may repeat (one row per version) and be absent (no events). O(minutes · log minutes). */
export function minuteSums(rows: readonly MinuteCounts[]): MinuteSums {
  const merged = mergeByMinute(rows);
  const bad = new Float64Array(merged.length + 1);
  const total = new Float64Array(merged.length + 1);
  merged.forEach((row, i) => {
    bad[i + 1] = (bad[i] ?? 0) + row.bad;
    total[i + 1] = (total[i] ?? 0) + row.total;
  });
  const firstAtOrAfter = (ms: number): number => {
    let low = 0;
    let high = merged.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((merged[middle]?.minuteMs ?? Number.POSITIVE_INFINITY) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    window: (fromMs, toMs) => {
      const from = firstAtOrAfter(fromMs);
      const to = firstAtOrAfter(toMs);
      return { bad: (bad[to] ?? 0) - (bad[from] ?? 0), total: (total[to] ?? 0) - (total[from] ?? 0) };
    },
    minutes: (fromMs, toMs) => merged.slice(firstAtOrAfter(fromMs), firstAtOrAfter(toMs)),
  };
}

function mergeByMinute(rows: readonly MinuteCounts[]): MinuteCounts[] {
  const byMinute = new Map<number, MinuteCounts>();
  for (const row of rows) {
    const known = byMinute.get(row.minuteMs);
    byMinute.set(
      row.minuteMs,
      known ? { ...known, bad: known.bad + row.bad, total: known.total + row.total } : row,
    );
  }
  return [...byMinute.values()].sort((a, b) => a.minuteMs - b.minuteMs);
}
