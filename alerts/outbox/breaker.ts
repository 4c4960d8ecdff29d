/** Failures in a row after which a channel is left alone for a while. */
export const FAILURES_TO_OPEN = 5;
export const OPEN_BASE_MS = 15_000;
export const OPEN_CAP_MS = 300_000;

/**
 * One per channel and process. Closed: deliveries pass. Open: none does until `untilMs`. After that one is let through,
 * and its result closes the breaker or opens it for twice as long.
 */
export type Breaker = {
  readonly failures: number;
  readonly untilMs: number;
};
export const CLOSED: Breaker = { failures: 0, untilMs: 0 };

export type Passage =
  | { readonly kind: 'pass' }
  /** One, to see whether the receiver is back. */
  | { readonly kind: 'probe' }
  | { readonly kind: 'wait'; readonly untilMs: number };

export function passage(breaker: Breaker, nowMs: number): Passage {
  if (breaker.failures < FAILURES_TO_OPEN) return { kind: 'pass' };
  return nowMs < breaker.untilMs ? { kind: 'wait', untilMs: breaker.untilMs } : { kind: 'probe' };
}

/** `answered`: the receiver spoke, be it to refuse; only silence and trouble count against it. */
export function afterAttempt(breaker: Breaker, result: 'answered' | 'trouble', nowMs: number): Breaker {
  if (result === 'answered') return CLOSED;
  const failures = breaker.failures + 1;
  if (failures < FAILURES_TO_OPEN) return { failures, untilMs: 0 };
  const openMs = Math.min(OPEN_CAP_MS, OPEN_BASE_MS * 2 ** (failures - FAILURES_TO_OPEN));
  return { failures, untilMs: nowMs + openMs };
}
