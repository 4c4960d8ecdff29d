import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;
/** A fast shutdown writes a checkpoint; after this an immediate one is asked for, and the next start recovers. */
const FAST_SHUTDOWN_MS = 20_000;

/** In a container without an init process the dead stay as zombies, and still take a signal. */
const isZombie = (pid: number): boolean => {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** Whether there was somebody to take it: between two looks a process can end. */
const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
const takesSignals = (pid: number): boolean => signal(pid, 0);
const isAlive = (pid: number): boolean => takesSignals(pid) && !isZombie(pid);

/** The command line, by /proc or, where there is none, by ps. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    try {
      return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    } catch {
      return '';
    }
  }
}

const lines = (dataDir: string): string[] => {
  try {
    return readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
};

/** The server's own word that it takes connections: line 8 of its pid file, as pg_ctl reads it. */
export function isReady(dataDir: string, pid: number): boolean {
  const [first, , , , , , , status] = lines(dataDir);
  return Number(first) === pid && status?.trim() === 'ready';
}

export async function waitForEnd(pid: number): Promise<void> {
  const deadlineMs = performance.now() + FAST_SHUTDOWN_MS;
  while (isAlive(pid) && performance.now() < deadlineMs) await sleep(POLL_MS);
  if (!isAlive(pid)) return;
  signal(pid, 'SIGQUIT');
  while (isAlive(pid)) await sleep(POLL_MS);
}

/**
 * A Leeway that was killed leaves its server running. It is stopped, not taken over: it runs on the settings of its
 * start, and its log has no reader. The caller holds the data directory's lock, so the server has no other user.
 */
export async function stopOrphan(dataDir: string): Promise<'none' | 'stopped' | 'stale'> {
  const [first, ...rest] = lines(dataDir);
  const pid = Number(first);
  if (first === undefined || !Number.isSafeInteger(pid) || pid <= 0 || !takesSignals(pid)) return 'none';
  const command = commandOf(pid);
  const ours = [dataDir, realpathSync(dataDir)].some((path) => command.includes(` -D ${path} `));
  if (ours && isAlive(pid)) {
    signal(pid, 'SIGINT');
    await waitForEnd(pid);
    return 'stopped';
  }
  // After a reboot the number may be another program's, and after a kill a zombie's: Postgres would take either for a
  // server at work. It ignores its parent's number, which is ours; the file stays, since its last lines guard against
  // backends left alive.
  writeFileSync(join(dataDir, 'postmaster.pid'), [String(process.pid), ...rest].join('\n'));
  return 'stale';
}
