import { performance } from 'node:perf_hooks';
import type { Emit } from '../events.ts';
import type { Reason } from '../reasons.ts';
import type { Refusal } from '../refusal.ts';

type Since = {
  readonly reason: Reason;
  readonly sinceMs: number;
  readonly refusedRequests: number;
  readonly failedCommits: number;
};

/** A disk that takes nothing: told when it begins, or becomes another, and when it is over. Not with every write. */
export class Trouble {
  readonly #emit: Emit;
  #since: Since | undefined;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  failed({ reason, message }: Refusal, requests: number): void {
    const before = this.#since;
    this.#since = {
      reason,
      sinceMs: before?.sinceMs ?? performance.now(),
      refusedRequests: (before?.refusedRequests ?? 0) + requests,
      failedCommits: (before?.failedCommits ?? 0) + 1,
    };
    if (reason !== before?.reason) this.#emit({ kind: 'spool_write_failed', reason, message });
  }

  wrote(): void {
    if (!this.#since) return;
    const { sinceMs, refusedRequests, failedCommits } = this.#since;
    this.#since = undefined;
    const afterMs = Math.round(performance.now() - sinceMs);
    this.#emit({ kind: 'spool_writes_again', refusedRequests, failedCommits, afterMs });
  }
}
