import type { Reason } from './reasons.ts';

/** How each whole-request reason is answered. 429 and 503 are retried by every client, all others here are final (OTLP 1.11). */
const STATUS: Partial<Record<Reason, number>> = {
  malformed_http: 400,
  malformed_body: 400,
  wrong_signal: 400,
  unauthenticated: 401,
  forbidden: 403,
  body_timeout: 408,
  too_large: 413,
  too_many_records: 413,
  unsupported_media_type: 415,
  unsupported_encoding: 415,
  quota_exceeded: 429,
  overloaded: 503,
  busy: 503,
  decoder_lost: 503,
  spool_full: 503,
  disk_full: 503,
  disk_error: 503,
  shutting_down: 503,
};

/** A whole request that is not taken: what to answer, and what to count. */
export class Refusal extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'Refusal';
    this.reason = reason;
  }

  get status(): number {
    return STATUS[this.reason] ?? 400;
  }

  /** Nothing was kept and the sender comes again: it is not a loss, so the ledger does not count it as received. */
  get retryable(): boolean {
    return this.status === 503 || this.status === 429;
  }
}

/** Why JSON does not parse, without the piece of it that the engine quotes: it may be what a contract hides. */
export function jsonProblem(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replace(/, (?:\.{3})?".*$/s, '');
}
