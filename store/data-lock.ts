import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../model/failure.ts';

export type DataLock = { release(): void };

/** SQLITE_BUSY: another process has the lock. */
const SQLITE_BUSY = 5;

/** Kept reachable: a lock whose handle the collector frees is gone, silently, while its owner still writes. */
const held = new Set<DatabaseSync>();

/**
 * Makes this process the directory's owner until it releases it or ends, however it ends. Node has no file locks of
 * its own; SQLite takes one that the kernel drops with the process, so that a SIGKILL leaves nothing to clean up and
 * a process number that was given out again cannot deceive. Nothing is ever written to that database.
 */
export function lockDataDirectory(directory: string): DataLock {
  mkdirSync(directory, { recursive: true });
  const pidFile = join(directory, 'leeway.pid');
  const lock = new DatabaseSync(join(directory, 'leeway.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw isBusy(error) ? inUse(directory, pidFile, error) : unusable(directory, error);
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  held.add(lock);
  return {
    release: () => {
      if (held.delete(lock)) lock.close();
    },
  };
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;

function inUse(directory: string, pidFile: string, cause: unknown): Failure {
  const pid = readOr(pidFile, 'unknown');
  return new Failure(
    'data_directory_in_use',
    `${directory} is in use by another Leeway, process ${pid}: stop that one, or give this one a data directory of its own.`,
    { retryable: false, cause },
  );
}

const unusable = (directory: string, cause: unknown): Failure =>
  new Failure(
    'disk_error',
    `${directory} cannot be locked: ${cause instanceof Error ? cause.message : cause}`,
    {
      retryable: false,
      cause,
    },
  );

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return otherwise;
  }
}
