import type { Onset } from '../../model/explanation.ts';
import type { MeanSlot } from '../../store/ports/explain.ts';

/** (1 − e^−c)² = 0.95: what the log likelihood may fall short of its best and the point still be the true one. */
const LIKELIHOOD_REACH = -Math.log(1 - Math.sqrt(0.95));
/** The best of many points is no evidence unless it is better than chance makes it: 2 ln ln n and the tail of 1 in 1,000. */
const LEAST_GAIN = (slots: number): number => 6.9 + Math.log(Math.max(Math.E, Math.log(Math.max(3, slots))));

/**
 * One change of the mean: the slot that splits the series best (Gaussian likelihood, one variance), with the 95 % set of
 * slots whose likelihood is within reach of the best. null when no split is better than chance would make one.
 *
 * Slots ascending, weights their counts; the interval ends where its last slot does. O(slots).
 * Source: Hinkley, Biometrika 57 (1970); the set: Siegmund, Ann. Stat. 16 (1988), § 2, whose two one-sided maxima are
 * exponential in the limit.
 */
export function changePoint(slots: readonly MeanSlot[], slotMs: number): Onset | null {
  const total = add(slots);
  if (total.n < 4 || slots.length < 3) return null;
  const gains: number[] = [];
  const left = { n: 0, sum: 0, sumSq: 0 };
  let within = Number.POSITIVE_INFINITY;
  for (const slot of slots.slice(0, -1)) {
    left.n += slot.n;
    left.sum += slot.sum;
    const right = { n: total.n - left.n, sum: total.sum - left.sum };
    const explained = left.sum ** 2 / left.n + right.sum ** 2 / right.n - total.sum ** 2 / total.n;
    gains.push(explained);
    within = Math.min(within, total.sumSq - total.sum ** 2 / total.n - explained);
  }
  const variance = Math.max(within / Math.max(1, total.n - 2), Number.MIN_VALUE);
  const best = gains.reduce((top, gain, i) => (gain > (gains[top] ?? 0) ? i : top), 0);
  const logLikelihood = (gains[best] ?? 0) / (2 * variance);
  if (logLikelihood < LEAST_GAIN(slots.length)) return null;
  const near = gains.flatMap((gain, i) =>
    ((gains[best] ?? 0) - gain) / (2 * variance) <= LIKELIHOOD_REACH ? [i] : [],
  );
  const startOf = (i: number): number => slots[i + 1]?.startMs ?? 0;
  return {
    atMs: startOf(best),
    // The change may lie anywhere in the slot before its first whole one.
    fromMs: (slots[Math.min(...near)]?.startMs ?? 0) + (near.length > 0 ? 0 : slotMs),
    toMs: startOf(Math.max(...near)),
  };
}

const add = (slots: readonly MeanSlot[]) =>
  slots.reduce(
    (total, slot) => ({ n: total.n + slot.n, sum: total.sum + slot.sum, sumSq: total.sumSq + slot.sumSq }),
    { n: 0, sum: 0, sumSq: 0 },
  );
