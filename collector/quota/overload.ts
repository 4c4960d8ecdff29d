import { Refusal } from '../refusal.ts';

/** How late something is that is due every so often on this thread. */
const PROBE_EVERY_MS = 100;

/** Asks the event loop how late it is: while it is, requests wait in their sockets, where nobody sees them. */
export class LoopLag {
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;
  #lateMs = 0;

  start(): void {
    this.#dueMs = performance.now() + PROBE_EVERY_MS;
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      this.#lateMs = Math.max(0, nowMs - this.#dueMs);
      this.#dueMs = nowMs + PROBE_EVERY_MS;
    }, PROBE_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The last time, or now if the next time is overdue. */
  get lateMs(): number {
    return this.#timer === undefined ? 0 : Math.max(this.#lateMs, performance.now() - this.#dueMs);
  }
}

/**
 * Turns requests away while those before them wait too long. They would be answered when their senders have given up,
 * and then come again: a 503 now, before the body is read, costs both sides least.
 */
export class Overload {
  readonly #waitMs: () => number;
  readonly #mostMs: number;

  /** `waitMs`: how long work waits here, by the one that waits longest. */
  constructor(waitMs: () => number, mostMs: number) {
    this.#waitMs = waitMs;
    this.#mostMs = mostMs;
  }

  /** Throws a Refusal. */
  admit(): void {
    const waitMs = this.#waitMs();
    if (waitMs <= this.#mostMs) return;
    throw new Refusal(
      'busy',
      `work waits for ${Math.round(waitMs)} ms here; at most ${this.#mostMs} are taken`,
    );
  }
}
