import { type Counts, isBudgetSpent } from './burn-rate.ts';
import type { Target } from './documents/slo.ts';
import type { MinuteSums } from './minute-sums.ts';
import { HOUR_MS } from './time.ts';

export type Forecast =
  | { readonly kind: 'exhausted' }
  | { readonly kind: 'exhausts'; readonly inMs: number }
  | { readonly kind: 'lasts' }
  | { readonly kind: 'unknown' };

/**
 * When a rolling budget is gone if the next hours go as the last `paceMs` went.
 *
 * Walks forward hour by hour: what is added at the present pace, minus what leaves the window at its old end. The
 * customary remaining · period / burn leaves the second part out, and is wrong both ways. At most period / 1 h steps.
 */
export function forecastExhaustion(
  sums: MinuteSums,
  target: Target,
  atMs: number,
  periodMs: number,
  paceMs: number,
): Forecast {
  const pace = sums.window(atMs - paceMs, atMs);
  if (pace.total === 0) return { kind: 'unknown' };
  if (isBudgetSpent(sums.window(atMs - periodMs, atMs), target)) return { kind: 'exhausted' };
  for (let aheadMs = HOUR_MS; aheadMs <= periodMs; aheadMs += HOUR_MS) {
    if (isBudgetSpent(projected(sums, pace, atMs, periodMs, aheadMs / paceMs, aheadMs), target))
      return { kind: 'exhausts', inMs: aheadMs };
  }
  return { kind: 'lasts' };
}

function projected(
  sums: MinuteSums,
  pace: Counts,
  atMs: number,
  periodMs: number,
  times: number,
  aheadMs: number,
): Counts {
  const kept = sums.window(atMs + aheadMs - periodMs, atMs);
  return {
    bad: Math.round(kept.bad + pace.bad * times),
    total: Math.round(kept.total + pace.total * times),
  };
}
