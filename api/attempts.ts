/** Counts wrong credentials per caller, so that guessing is slow and a script with an old token is told to stop. */
export type Attempts = {
  /** Milliseconds to wait; 0 when the caller may try. */
  waitMs(caller: string, nowMs: number): number;
  failed(caller: string, nowMs: number): void;
};

const WINDOW_MS = 60_000;
const FAILURES_PER_WINDOW = 20;
/** Callers remembered at most; the oldest are forgotten first. */
const CALLERS = 10_000;

export function createAttempts(failuresPerWindow = FAILURES_PER_WINDOW): Attempts {
  const seen = new Map<string, { count: number; startMs: number }>();
  const current = (caller: string, nowMs: number) => {
    const entry = seen.get(caller);
    return entry !== undefined && nowMs - entry.startMs < WINDOW_MS ? entry : undefined;
  };
  return {
    waitMs(caller, nowMs) {
      const entry = current(caller, nowMs);
      return entry === undefined || entry.count < failuresPerWindow ? 0 : entry.startMs + WINDOW_MS - nowMs;
    },
    failed(caller, nowMs) {
      const entry = current(caller, nowMs);
      if (entry !== undefined) {
        entry.count += 1;
        return;
      }
      seen.delete(caller);
      seen.set(caller, { count: 1, startMs: nowMs });
      for (const oldest of seen.keys()) {
        if (seen.size <= CALLERS) break;
        seen.delete(oldest);
      }
    },
  };
}
