import { Failure } from '../../model/failure.ts';

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

/** serialization_failure, deadlock_detected: the same transaction may well succeed the next time. */
export const isSerializationFailure = (error: unknown): boolean =>
  codeOf(error) === '40001' || codeOf(error) === '40P01';

/**
 * Connection trouble, a full or rotten disk and time limits become a Failure. Everything else is handed on as it came: a
 * violated constraint is for its adapter to read, a wrong statement is a programmer's error.
 */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const code = codeOf(error);
  const failure = (reason: Failure['reason'], retryable: boolean): Failure =>
    new Failure(reason, `Postgres: ${error.message}`, { retryable, cause: error });
  if (code === '53100') return failure('disk_full', true);
  // data_corrupted, index_corrupted: a page whose checksum fails is named, and never read as if nothing were.
  if (code === 'XX001' || code === 'XX002') return failure('disk_error', false);
  // system_error and io_error, such as a sync that failed: the server goes down with it, and comes back from its log.
  if (/^580/.test(code)) return failure('disk_error', true);
  if (code === '57014') return failure('query_timeout', false);
  // 08: connection, 53: out of resources, 57P: shutting down or starting; E…: Node's socket errors.
  if (/^(08|53|57P)/.test(code) || /^E[A-Z]+$/.test(code)) return failure('store_unavailable', true);
  if (code === '' && /timeout|terminated|Connection|ended/i.test(error.message))
    return failure('store_unavailable', true);
  return error;
}
