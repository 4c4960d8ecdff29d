import { Failure, type FailureReason } from '../../model/failure.ts';

type Answer = { readonly reason: FailureReason; readonly retryable: boolean };

/** ClickHouse exception codes that say more than "no". Everything else with a code is query_refused. */
const BY_CODE: Readonly<Record<string, Answer>> = {
  // TIMEOUT_EXCEEDED, TOO_SLOW
  159: { reason: 'query_timeout', retryable: false },
  160: { reason: 'query_timeout', retryable: false },
  // SOCKET_TIMEOUT, NETWORK_ERROR
  209: { reason: 'store_unavailable', retryable: true },
  210: { reason: 'store_unavailable', retryable: true },
  // TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, TOO_MANY_PARTS: overloaded, later it may do.
  202: { reason: 'store_unavailable', retryable: true },
  241: { reason: 'store_unavailable', retryable: true },
  252: { reason: 'store_unavailable', retryable: true },
  // TABLE_IS_READ_ONLY, KEEPER_EXCEPTION, ABORTED
  242: { reason: 'store_unavailable', retryable: true },
  999: { reason: 'store_unavailable', retryable: true },
  236: { reason: 'store_unavailable', retryable: true },
  // NOT_ENOUGH_SPACE
  243: { reason: 'disk_full', retryable: true },
};

/** CHECKSUM_DOESNT_MATCH, CORRUPTED_DATA, CANNOT_DECOMPRESS, NO_FILE_IN_DATA_PART, BAD_SIZE_OF_FILE_IN_DATA_PART. */
const ROTTEN = new Set(['40', '246', '271', '226', '228']);

/** Not the question's fault: asked again it fails again, and a segment that meets it while it is loaded is sound. */
const rottenDataFailure = (message: string, cause: unknown): Failure =>
  new Failure(
    'disk_error',
    `ClickHouse read data that fails its checksum, so the disk changed it, and gives no answer from it. Restore a backup, or detach the part that is named. ${message.trim()}`,
    { retryable: false, cause },
  );

/** TOO_MANY_UNEXPECTED_DATA_PARTS: after a power cut, and only without the fsync settings, or on a broken disk. */
const TOO_MANY_BROKEN_PARTS = '231';

export const brokenPartsFailure = (message: string, cause: unknown): Failure =>
  new Failure(
    'disk_error',
    `ClickHouse found many broken parts and does not open the table, so that nothing is dropped unseen: the disk lost data. Move the data directory aside and restore a backup. ${message.trim()}`,
    { retryable: false, cause },
  );

const codeOf = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' || typeof error.code === 'number' ? String(error.code) : undefined;
};

/** What the engine or its client threw, as one of ours. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (code === TOO_MANY_BROKEN_PARTS) return brokenPartsFailure(message, error);
  if ((code !== undefined && ROTTEN.has(code)) || /Checksum doesn't match/.test(message))
    return rottenDataFailure(message, error);
  const answer = answerOf(code, message);
  return new Failure(answer.reason, `ClickHouse: ${message.trim()}`, {
    retryable: answer.retryable,
    cause: error,
  });
}

function answerOf(code: string | undefined, message: string): Answer {
  if (/No space left on device/i.test(message)) return { reason: 'disk_full', retryable: true };
  if (code !== undefined && /^\d+$/.test(code))
    return BY_CODE[code] ?? { reason: 'query_refused', retryable: false };
  // Node's socket errors (ECONNREFUSED, ECONNRESET, …) and the client's own time limit.
  if (code !== undefined || /timeout|socket|closed|hang up/i.test(message))
    return { reason: 'store_unavailable', retryable: true };
  return { reason: 'query_refused', retryable: false };
}
