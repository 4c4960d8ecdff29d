/** Full jitter: uniform in [0, min(cap, base × 2^(attempt − 1))), so that many that failed together do not return together. */
export const BACKOFF_BASE_MS = 2_000;
export const BACKOFF_CAP_MS = 300_000;
/** News older than this helps nobody; the incident itself is still on the screen. */
export const GIVE_UP_AFTER_MS = 86_400_000;
/** A receiver may ask for patience, but not park a page for the night. */
export const RETRY_AFTER_CAP_MS = 3_600_000;

export type AfterFailure =
  | { readonly kind: 'retry'; readonly atMs: number }
  | { readonly kind: 'give_up'; readonly reason: 'too_old' };

export type FailedAttempt = {
  /** Attempts so far, this one included. */
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly nowMs: number;
  /** As the receiver asked for it. */
  readonly afterMs: number | undefined;
  /** Uniform in [0, 1). */
  readonly random: number;
};

export function backoffMs(attempts: number, random: number): number {
  const ceilingMs = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.max(0, attempts - 1));
  return random * ceilingMs;
}

/** Retry-After is the least that is waited; the jitter comes on top, because others were told the same. */
export function afterFailure(failed: FailedAttempt): AfterFailure {
  const askedMs = Math.min(failed.afterMs ?? 0, RETRY_AFTER_CAP_MS);
  const atMs = failed.nowMs + askedMs + backoffMs(failed.attempts, failed.random);
  const lastMs = failed.createdAtMs + GIVE_UP_AFTER_MS;
  return atMs > lastMs ? { kind: 'give_up', reason: 'too_old' } : { kind: 'retry', atMs };
}
