import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../../model/failure.ts';
import type { PostgresBinaries } from './binaries.ts';
import { runAs, type ServerUser } from './server-user.ts';

export const SERVER_ROLE = 'leeway';

/**
 * Makes the cluster when there is none. It is made beside its place and renamed into it, so that a start that was
 * killed half-way leaves nothing that looks like a database.
 */
export async function prepareDataDirectory(
  dataDir: string,
  binaries: PostgresBinaries,
  user: ServerUser,
): Promise<void> {
  const versionFile = join(dataDir, 'PG_VERSION');
  if (!existsSync(versionFile)) await initialise(dataDir, binaries, user);
  const major = Number(readFileSync(versionFile, 'utf8').trim());
  if (major !== binaries.major)
    throw new Failure(
      'store_newer_than_program',
      `${dataDir} was made by Postgres ${major}, this Leeway brings Postgres ${binaries.major}: start the Leeway that made it, or export there and import here.`,
      { retryable: false },
    );
  writeAccessRules(dataDir, user);
}

async function initialise(dataDir: string, binaries: PostgresBinaries, user: ServerUser): Promise<void> {
  const making = `${dataDir}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true, mode: 0o700 });
  own(making, user);
  const run = runAs(user, binaries.initdb, [
    `--pgdata=${making}`,
    `--username=${SERVER_ROLE}`,
    '--auth=peer',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    // The default since Postgres 18; said, because a page that rots must be found.
    '--data-checksums',
    '--no-instructions',
  ]);
  try {
    await promisify(execFile)(run.file, run.args, { ...run.ids, cwd: '/' });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new Failure(
      'store_unavailable',
      `Postgres could not make its database in ${dataDir}: ${said.trim()}`,
      {
        retryable: false,
        cause: error,
      },
    );
  }
  // An empty directory that someone made beforehand is in the way of the rename; one with content stays and says so.
  renameSync(making, dataDir);
}

/** Nobody but the user who runs Leeway gets in, by the kernel's word and not by a password that lies on a disk. */
function writeAccessRules(dataDir: string, user: ServerUser): void {
  const files = {
    'pg_hba.conf': `local all ${SERVER_ROLE} peer map=leeway\n`,
    'pg_ident.conf': `leeway "${userInfo().username}" ${SERVER_ROLE}\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(dataDir, name);
    writeFileSync(path, text, { mode: 0o600 });
    own(path, user);
  }
}

export function own(path: string, user: ServerUser): void {
  if (user.kind !== 'self') chownSync(path, user.uid, user.gid);
}
