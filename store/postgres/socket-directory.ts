import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Failure } from '../../model/failure.ts';
import { own } from './data-directory.ts';
import type { ServerUser } from './server-user.ts';

/** sun_path holds 104 bytes on macOS, 108 on Linux, the closing zero included. */
const LONGEST_SOCKET_PATH = 103;
const SOCKET_FILE = '.s.PGSQL.5432';

/** Where the server's socket is: beside its data, or, when that path is too long for a socket, in the temporary directory. */
export function socketDirectory(dataDir: string): string {
  const beside = `${resolve(dataDir)}.socket`;
  if (Buffer.byteLength(join(beside, SOCKET_FILE)) <= LONGEST_SOCKET_PATH) return beside;
  const name = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16);
  return join(tmpdir(), `leeway-${name}`);
}

/** Makes it for the server's user alone. A directory someone else laid there beforehand is refused. */
export function makeSocketDirectory(directory: string, user: ServerUser, ownUid: number | undefined): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stat = lstatSync(directory);
  const trusted = [ownUid, user.kind === 'self' ? ownUid : user.uid];
  if (!stat.isDirectory() || (ownUid !== undefined && !trusted.includes(stat.uid)))
    throw new Failure(
      'store_unavailable',
      `${directory} belongs to someone else: remove it and start again.`,
      {
        retryable: false,
      },
    );
  chmodSync(directory, 0o700);
  own(directory, user);
}

/** The lock of a server that is known to be gone: its number may be a zombie's or another program's by now. */
export function removeSocketLock(directory: string): void {
  rmSync(join(directory, `${SOCKET_FILE}.lock`), { force: true });
}
