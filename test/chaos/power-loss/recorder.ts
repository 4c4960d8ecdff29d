import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Restored, restoreSynced, type WrittenBack } from './restore.ts';

const SOURCE = join(import.meta.dirname, '../../../tools/powerloss.c');
const STATE_BYTES = 4_096;
/** Of the words in struct machine. */
const WORD = { off: 0, syncs: 4, eioGiven: 8, offAt: 12 } as const;

/** Where there is no such machine, the reason is printed: a test that did not run must not look like one that did. */
export type Recorder =
  | { readonly kind: 'ready'; readonly library: string }
  | { readonly kind: 'unavailable'; readonly why: string };

/** Compiles the recorder into `directory`. */
export function buildRecorder(directory: string): Recorder {
  if (process.platform !== 'linux')
    return {
      kind: 'unavailable',
      why: `the recorder is preloaded as Linux does it; this is ${process.platform}`,
    };
  const library = join(directory, 'powerloss.so');
  const built = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE, '-ldl', '-lpthread'], {
    encoding: 'utf8',
  });
  if (built.error) return { kind: 'unavailable', why: 'there is no C compiler `cc` on this machine' };
  if (built.status !== 0)
    return { kind: 'unavailable', why: `cc does not build tools/powerloss.c here: ${built.stderr.trim()}` };
  return { kind: 'ready', library };
}

export type PowerPlan = {
  /** The power goes at this sync, counted from the start of the processes. */
  readonly offAtSync?: number;
  /** This sync of a file whose path contains `path` fails. */
  readonly eio?: { readonly atSync: number; readonly path: string };
  /** Every sync says that it is done, and keeps nothing. */
  readonly lies?: boolean;
};

/** A data directory on a disk whose page cache can be lost, and the power of all processes that use it. */
export class Machine {
  readonly root: string;
  readonly #library: string;
  readonly #shadow: string;
  #state = '';
  #starts = 0;

  constructor(recorder: Extract<Recorder, { kind: 'ready' }>, directory: string) {
    this.#library = recorder.library;
    this.root = join(realpathSync(directory), 'data');
    this.#shadow = join(realpathSync(directory), 'shadow');
    mkdirSync(this.root, { mode: 0o755 });
    mkdirSync(this.#shadow);
    // Postgres may run as another user, whatever the umask.
    execFileSync('chmod', ['0777', this.#shadow]);
  }

  /** The power is on. What to add to the environment of every process of the machine. */
  powerOn(plan: PowerPlan = {}): Record<string, string> {
    this.#starts += 1;
    this.#state = join(this.#shadow, `../state-${this.#starts}`);
    writeFileSync(this.#state, Buffer.alloc(STATE_BYTES));
    execFileSync('chmod', ['0666', this.#state]);
    this.#set('offAt', plan.offAtSync ?? 0);
    return {
      LD_PRELOAD: this.#library,
      POWERLOSS_ROOT: this.root,
      POWERLOSS_SHADOW: this.#shadow,
      POWERLOSS_STATE: this.#state,
      POWERLOSS_EIO_AT: String(plan.eio?.atSync ?? 0),
      POWERLOSS_EIO_PATH: plan.eio?.path ?? '',
      POWERLOSS_LIES: plan.lies ? 'yes' : '',
    };
  }

  get isOff(): boolean {
    return this.#word('off') !== 0;
  }

  get syncs(): number {
    return this.#word('syncs');
  }

  get eioGiven(): number {
    return this.#word('eioGiven');
  }

  /** From now on no sync of any process succeeds; then they are killed, and the page cache is lost. */
  async losePower(writtenBack: WrittenBack, random: () => number): Promise<Restored> {
    this.#set('off', 1);
    await this.#killAll();
    return restoreSynced(this.root, this.#shadow, writtenBack, random);
  }

  /** The power goes so many syncs from now. */
  offAfterSyncs(syncs: number): void {
    this.#set('offAt', this.syncs + syncs);
  }

  #set(name: keyof typeof WORD, value: number): void {
    const word = Buffer.alloc(4);
    word.writeUInt32LE(value);
    const file = openSync(this.#state, 'r+');
    writeSync(file, word, 0, 4, WORD[name]);
    closeSync(file);
  }

  #word(name: keyof typeof WORD): number {
    const file = openSync(this.#state, 'r');
    const word = Buffer.alloc(4);
    readSync(file, word, 0, 4, WORD[name]);
    closeSync(file);
    return word.readUInt32LE();
  }

  /** A process belongs to the machine when it has the state mapped: children of Postgres too, and nobody else. */
  async #killAll(): Promise<void> {
    const inode = ` ${statSync(this.#state).ino} `;
    for (;;) {
      const alive = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOf(pid, inode, this.#state));
      if (alive.length === 0) return;
      for (const pid of alive) {
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {
          // It ended by itself in between.
        }
      }
      await sleep(5);
    }
  }
}

function isOf(pid: string, inode: string, state: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'latin1')
      .split('\n')
      .some((line) => line.includes(inode) && line.endsWith(state.split('/').at(-1) ?? ''));
  } catch {
    return false;
  }
}
