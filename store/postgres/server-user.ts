import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failure } from '../../model/failure.ts';

/** How a Postgres program is run: as we are, or, since it refuses root, as nobody. */
export type ServerUser =
  | { readonly kind: 'self' }
  | { readonly kind: 'other'; readonly uid: number; readonly gid: number }
  /** Some directory above is closed to others (a clone under /root): the server may pass through it all the same. */
  | { readonly kind: 'other_with_passage'; readonly uid: number; readonly gid: number };

const WORLD_EXECUTE = 0o001;

/** Whether a user who is neither owner nor group can walk to the path; what does not exist yet is not in the way. */
export function closedDirectoryAbove(path: string): string | undefined {
  const above: string[] = [];
  for (let at = dirname(resolve(path)); ; at = dirname(at)) {
    above.push(at);
    if (at === dirname(at)) break;
  }
  return above.reverse().find((directory) => {
    const stat = statSync(directory, { throwIfNoEntry: false });
    return stat !== undefined && (stat.mode & WORLD_EXECUTE) === 0;
  });
}

const idOf = (flag: '-u' | '-g'): number =>
  Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout);
const hasSetpriv = (): boolean => spawnSync('setpriv', ['--version']).status === 0;

/** `reached` are the paths the server must get to: its data directory and its own binaries. */
export function serverUser(ownUid: number | undefined, reached: readonly string[]): ServerUser {
  if (ownUid !== 0) return { kind: 'self' };
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  if (!(uid > 0 && gid > 0)) throw refused('and this machine has no user "nobody" to run it as');
  const closed = reached.map(closedDirectoryAbove).find((directory) => directory !== undefined);
  if (closed === undefined) return { kind: 'other', uid, gid };
  if (!hasSetpriv()) throw refused(`and as nobody it cannot pass through ${closed}`);
  return { kind: 'other_with_passage', uid, gid };
}

const refused = (why: string): Failure =>
  new Failure(
    'config_invalid',
    `Postgres does not run as root, ${why}: start Leeway as an ordinary user, or move it and its data out of there.`,
    { retryable: false },
  );

export type Run = {
  readonly file: string;
  readonly args: readonly string[];
  readonly ids: { readonly uid?: number; readonly gid?: number };
};

/** The command that runs `file` as that user. */
export function runAs(user: ServerUser, file: string, args: readonly string[]): Run {
  switch (user.kind) {
    case 'self':
      return { file, args, ids: {} };
    case 'other':
      return { file, args, ids: { uid: user.uid, gid: user.gid } };
    case 'other_with_passage':
      // The one capability that opens closed directories, and nothing else of root's.
      return {
        file: 'setpriv',
        args: [
          `--reuid=${user.uid}`,
          `--regid=${user.gid}`,
          '--clear-groups',
          '--inh-caps=-all,+dac_override',
          '--ambient-caps=-all,+dac_override',
          '--bounding-set=-all,+dac_override',
          file,
          ...args,
        ],
        ids: {},
      };
  }
}
