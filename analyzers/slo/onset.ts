import type { MinuteSums } from '../../model/minute-sums.ts';

/**
 * The minute from which errors ran above `limitRate`: Page's CUSUM over the minute counts, read backwards to its last
 * zero. k lies midway between the limit and the present rate: the sum falls while things are well and rises while they
 * are not, so an error that stood alone before the trouble does not pull the start towards it.
 * null when no minute in the look-back holds an event. Source: Page, Biometrika 41 (1954). Cost O(minutes).
 */
export function burnOnset(
  sums: MinuteSums,
  window: { readonly fromMs: number; readonly toMs: number },
  limitRate: number,
  presentRate: number,
): number | null {
  const k = (limitRate + presentRate) / 2;
  let sum = 0;
  let startMs: number | null = null;
  for (const minute of sums.minutes(window.fromMs, window.toMs)) {
    const next = sum + minute.bad - k * minute.total;
    if (next > 0 && sum <= 0) startMs = minute.minuteMs;
    sum = Math.max(0, next);
  }
  return startMs;
}
