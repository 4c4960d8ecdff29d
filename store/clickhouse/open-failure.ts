import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../model/failure.ts';
import { brokenPartsFailure } from './errors.ts';

const PROBE_LIMIT_MS = 60_000;
/** Opens the directory once more, in a process whose standard error can be read. */
const PROBE = `import(process.argv[1]).then(({ Session }) => new Session(process.argv[2]).close())`;

/** Why the directory did not open. The engine throws no reason: its status file and its standard error know more. */
export function openFailure(path: string, cause: unknown): Failure {
  const owner = ownerOf(path);
  if (owner !== undefined && owner !== process.pid)
    return new Failure('data_directory_in_use', `${path} is in use by another process, ${owner}.`, {
      retryable: false,
      cause,
    });
  const said = spawnSync(process.execPath, ['-e', PROBE, import.meta.resolve('chdb'), path], {
    encoding: 'utf8',
    timeout: PROBE_LIMIT_MS,
  }).stderr;
  const reason = /Code: \d+\. DB::Exception: .*/.exec(said)?.[0] ?? String(cause);
  if (/\bCode: 231\b/.test(reason)) return brokenPartsFailure(reason, cause);
  return new Failure(
    'store_unavailable',
    `ClickHouse could not open ${path}, which must be writable and the only data directory of its process: ${reason}`,
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
