import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Failure } from '../../model/failure.ts';
import { postgresBinaries } from './binaries.ts';
import { prepareDataDirectory, SERVER_ROLE } from './data-directory.ts';
import { isReady, stopOrphan, waitForEnd } from './orphan.ts';
import { runAs, serverUser } from './server-user.ts';
import { makeSocketDirectory, removeSocketLock, socketDirectory } from './socket-directory.ts';

export type PrivatePostgres = {
  /** For connectPostgres: a socket that only this user can reach. */
  readonly url: string;
  readonly pid: number;
  /** Whether a server of a killed Leeway was found and stopped first. */
  readonly orphan: 'none' | 'stopped' | 'stale';
  /** Resolves when the server is gone, asked for or not. */
  readonly ended: Promise<{ readonly expected: boolean; readonly sentence: string }>;
  stop(): Promise<void>;
};

export type PrivatePostgresOptions = {
  /** Held by this process alone: see store/data-lock.ts. */
  readonly dataDir: string;
  /** Over the small defaults, by Postgres' own names. */
  readonly settings?: Readonly<Record<string, string>>;
};

const SMALL: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '50',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  fsync: 'on',
  synchronous_commit: 'on',
  log_min_messages: 'warning',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The default (sysv or posix semaphores and memory) is fine; huge pages are not for a guest this small.
  huge_pages: 'off',
};
const START_LIMIT_MS = 60_000;
const POLL_MS = 10;
/** What of its log a failed start quotes. */
const LOG_TAIL_CHARACTERS = 2_000;
const DATABASE = 'leeway';

/** Starts a real Postgres of our own in the directory; it is made at the first start and recovered after a crash. */
export async function startPrivatePostgres(options: PrivatePostgresOptions): Promise<PrivatePostgres> {
  const dataDir = resolve(options.dataDir);
  const binaries = await postgresBinaries();
  const ownUid = process.getuid?.();
  mkdirSync(dirname(dataDir), { recursive: true });
  const socketDir = socketDirectory(dataDir);
  const user = serverUser(ownUid, [dataDir, socketDir, binaries.postgres]);
  await prepareDataDirectory(dataDir, binaries, user);
  makeSocketDirectory(socketDir, user, ownUid);
  const orphan = await stopOrphan(dataDir);
  removeSocketLock(socketDir);

  const settings = { ...SMALL, unix_socket_directories: `"${socketDir}"`, ...options.settings };
  const run = runAs(user, binaries.postgres, [
    '-D',
    dataDir,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const logFile = `${dataDir}.log`;
  const log = openSync(logFile, 'w', 0o600);
  // A file, not a pipe: a pipe that nobody empties would stop the server. Its own process group, so that Ctrl-C in
  // the terminal reaches Leeway alone, which then stops it in order.
  const child = spawn(run.file, run.args, {
    ...run.ids,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const tail = (): string => tailOf(logFile);
  const pid = await untilReady(child, dataDir, tail);
  let stopping = false;
  const ended = new Promise<{ expected: boolean; sentence: string }>((done) => {
    child.once('exit', (code, signal) =>
      done({ expected: stopping, sentence: `Postgres ended (${signal ?? code}). ${tail()}` }),
    );
  });
  child.unref();
  const socketUrl = (database: string): string =>
    `postgres://${SERVER_ROLE}@localhost/${database}?host=${encodeURIComponent(socketDir)}`;
  await makeDatabase(socketUrl('postgres'));
  return {
    url: socketUrl(DATABASE),
    pid,
    orphan,
    ended,
    stop: async () => {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      process.kill(pid, 'SIGINT');
      await Promise.race([ended, waitForEnd(pid)]);
    },
  };
}

function tailOf(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS).trim();
  } catch {
    // Someone removed the whole directory; the server's end is told all the same.
    return '';
  }
}

async function untilReady(child: ChildProcess, dataDir: string, tail: () => string): Promise<number> {
  const failed = (why: string, cause?: unknown): Failure =>
    new Failure('store_unavailable', `Postgres did not start in ${dataDir}: ${why}`, {
      retryable: false,
      cause,
    });
  let spawnError: Error | undefined;
  child.once('error', (error) => {
    spawnError = error;
  });
  const deadlineMs = performance.now() + START_LIMIT_MS;
  for (;;) {
    if (spawnError !== undefined) throw failed(spawnError.message, spawnError);
    if (child.exitCode !== null || child.signalCode !== null) throw failed(tail());
    if (child.pid !== undefined && isReady(dataDir, child.pid)) return child.pid;
    if (performance.now() > deadlineMs) {
      child.kill('SIGQUIT');
      throw failed(`not ready after ${START_LIMIT_MS / 1000} s. ${tail()}`);
    }
    await sleep(POLL_MS);
  }
}

async function makeDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
