import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterAttempt,
  CLOSED,
  FAILURES_TO_OPEN,
  OPEN_BASE_MS,
  passage,
} from '../../alerts/outbox/breaker.ts';
import { afterFailure, backoffMs, GIVE_UP_AFTER_MS } from '../../alerts/outbox/retry.ts';

const HOUR = 3_600_000;

describe('backoff', () => {
  // Full jitter (Brooker, AWS Architecture Blog, 2015): uniform in [0, min(cap, base × 2^(n − 1))); base 2 s, cap 5 min.
  it.each([
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [7, 128_000],
    [8, 256_000],
    [9, 300_000],
    [60, 300_000],
  ])('after attempt %i its ceiling is %i ms', (attempts, ceilingMs) => {
    expect(backoffMs(attempts, 0)).toBe(0);
    expect(backoffMs(attempts, 0.5)).toBe(ceilingMs / 2);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const ms = backoffMs(attempts, random);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThan(ceilingMs);
      }),
    );
  });
});

describe('after a failure', () => {
  const failed = { attempts: 1, createdAtMs: 0, nowMs: 0, afterMs: undefined, random: 0.5 };

  it('waits at least as long as the receiver asked, and the jitter on top', () => {
    expect(afterFailure({ ...failed, afterMs: 60_000 })).toEqual({ kind: 'retry', atMs: 61_000 });
  });
  it('is not parked for longer than an hour by a receiver', () => {
    expect(afterFailure({ ...failed, afterMs: 20 * HOUR })).toEqual({ kind: 'retry', atMs: HOUR + 1_000 });
  });
  it('gives up when the next attempt would come after a day', () => {
    const late = { ...failed, attempts: 100, nowMs: GIVE_UP_AFTER_MS - 150_000 };
    // 0.5 × 300 s = 150 s: exactly at the end of the day, and just past it.
    expect(afterFailure(late)).toEqual({ kind: 'retry', atMs: GIVE_UP_AFTER_MS });
    expect(afterFailure({ ...late, nowMs: late.nowMs + 1 })).toEqual({ kind: 'give_up', reason: 'too_old' });
  });
});

describe('breaker', () => {
  const fail = (times: number, nowMs = 0) =>
    Array.from({ length: times }).reduce<typeof CLOSED>((b) => afterAttempt(b, 'trouble', nowMs), CLOSED);

  it('passes until five failures in a row, then waits, then probes', () => {
    expect(passage(fail(FAILURES_TO_OPEN - 1), 0)).toEqual({ kind: 'pass' });
    const open = fail(FAILURES_TO_OPEN);
    expect(passage(open, OPEN_BASE_MS - 1)).toEqual({ kind: 'wait', untilMs: OPEN_BASE_MS });
    expect(passage(open, OPEN_BASE_MS)).toEqual({ kind: 'probe' });
  });
  it('waits twice as long after a failed probe, and closes after a good one', () => {
    const probed = afterAttempt(fail(FAILURES_TO_OPEN), 'trouble', OPEN_BASE_MS);
    expect(probed.untilMs).toBe(3 * OPEN_BASE_MS);
    expect(afterAttempt(probed, 'answered', 3 * OPEN_BASE_MS)).toEqual(CLOSED);
  });
  it('never waits longer than five minutes', () => {
    expect(fail(100).untilMs).toBe(300_000);
  });
});
