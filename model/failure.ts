/**
 * An operating failure: the program is right, the world is not. Caught only where work is retried, scheduled
 * or answered. Programmer errors stay RangeError or TypeError; expected results are union members.
 */
export class Failure extends Error {
  readonly reason: FailureReason;
  readonly retryable: boolean;

  constructor(reason: FailureReason, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'Failure';
    this.reason = reason;
    this.retryable = options.retryable;
  }
}

export type FailureReason =
  | 'store_unavailable'
  | 'store_newer_than_program'
  | 'migration_changed'
  | 'data_directory_in_use'
  | 'disk_full'
  | 'disk_error'
  | 'spool_full'
  | 'query_refused'
  | 'query_timeout'
  | 'delivery_refused'
  | 'delivery_failed'
  | 'config_invalid';
