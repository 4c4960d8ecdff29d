import type { MinuteCounts, MinuteSums } from '../../model/minute-sums.ts';

/** The rate of what burns and the minute it began sharpen each other; they settle in two or three rounds. */
const ROUNDS = 4;

/**
 * The minute from which errors ran high: Page's CUSUM over the minute counts, read backwards to its last zero.
 * k lies midway between the rate that is allowed and the rate since the start, first guessed from `presentRate` (a window
 * with enough events to know it; a handful of them would say 100 %): the sum falls while things are well and rises
 * while they are not, so an error that stood alone before the trouble does not pull the start towards it.
 * null when no minute in the look-back holds an error.
 * Source: Page, Biometrika 41 (1954). Cost O(rounds · minutes).
 */
export function burnOnset(
  sums: MinuteSums,
  window: { readonly fromMs: number; readonly toMs: number },
  allowedRate: number,
  presentRate: number,
): number | null {
  const minutes = sums.minutes(window.fromMs, window.toMs);
  let rate = presentRate;
  let startMs: number | null = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = lastRise(minutes, (allowedRate + rate) / 2);
    if (next === null || next === startMs) break;
    startMs = next;
    const since = sums.window(startMs, window.toMs);
    rate = since.bad / since.total;
  }
  return startMs;
}

/** Start of the rise that the sum ends in, or of the last one where it has come down again. */
function lastRise(minutes: readonly MinuteCounts[], k: number): number | null {
  let sum = 0;
  let startMs: number | null = null;
  for (const minute of minutes) {
    const next = sum + minute.bad - k * minute.total;
    if (next > 0 && sum <= 0) startMs = minute.minuteMs;
    sum = Math.max(0, next);
  }
  return startMs;
}
