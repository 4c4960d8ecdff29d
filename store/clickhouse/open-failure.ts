import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../model/failure.ts';

/** The engine says on its standard error why it did not open, and throws without a reason; its status file knows more. */
export function openFailure(path: string, cause: unknown): Failure {
  const owner = ownerOf(path);
  if (owner !== undefined && owner !== process.pid)
    return new Failure('data_directory_in_use', `${path} is in use by another process, ${owner}.`, {
      retryable: false,
      cause,
    });
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Failure(
    'store_unavailable',
    `ClickHouse could not open ${path}: ${message}. A process opens one data directory, which must be writable.`,
    { retryable: false, cause },
  );
}

function ownerOf(path: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)$/m.exec(readFileSync(join(path, 'status'), 'utf8'))?.[1]);
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
