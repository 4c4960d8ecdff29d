import { dirname } from 'node:path';
import type { SpoolFile, SpoolFiles } from '../../../collector/spool/files.ts';

/** What there is of a file: what a reader sees, and what would be there after a loss of power. */
type Content = { now: Buffer; synced: Buffer };
/** A change of names that no fsync of its directory has made durable yet. */
type Renaming = { readonly directory: string; readonly name: string; readonly content: Content | undefined };

export type DiskOptions = {
  readonly random: () => number;
  /** What the disk reports as done without doing it. */
  readonly lies?: 'contents' | 'names';
};

/**
 * A file system in memory that forgets what was not synced: contents by their file, names by their directory. Stricter
 * than the preloaded recorder, which takes names for durable at once, and it runs wherever Node does. Of what was not
 * synced any of it may have reached the disk: some first bytes of a file, garbage where bytes were, the first of the
 * changes of names.
 */
export class ForgetfulDisk {
  readonly #options: DiskOptions;
  #names = new Map<string, Content>();
  #durableNames = new Map<string, Content>();
  #renamings: Renaming[] = [];
  #boot = 0;
  #operations = 0;
  #lossAt = Number.POSITIVE_INFINITY;

  constructor(options: DiskOptions) {
    this.#options = options;
  }

  /** Since the power came back. */
  get operations(): number {
    return this.#operations;
  }

  /** As a reader of the whole disk sees it, to look at from outside. */
  contentOf(path: string): Buffer {
    return this.#contentOf(path).now;
  }

  filesBelow(directory: string): string[] {
    return [...this.#names.keys()].filter((path) => path.startsWith(`${directory}/`));
  }

  /** Of the first byte of that text, on the disk itself. */
  flipBit(path: string, text: string): void {
    const content = this.#contentOf(path);
    const at = content.now.indexOf(text);
    content.now = Buffer.from(content.now);
    content.now[at] = (content.now[at] ?? 0) ^ 1;
    content.synced = content.now;
  }

  /** The power comes back, and goes again at the operation of that number. */
  powerOn(lossAtOperation = Number.POSITIVE_INFINITY): SpoolFiles {
    this.#boot += 1;
    this.#operations = 0;
    this.#lossAt = lossAtOperation;
    return this.#filesOf(this.#boot);
  }

  isOff(boot = this.#boot): boolean {
    return boot !== this.#boot || this.#operations >= this.#lossAt;
  }

  /** Keeps what was synced, and some of the rest. */
  losePower(): void {
    this.#boot += 1;
    const { random } = this.#options;
    const written = Math.floor(random() * (this.#renamings.length + 1));
    for (const renaming of this.#renamings.slice(0, written)) this.#rename(this.#durableNames, renaming);
    this.#renamings = [];
    for (const content of new Set(this.#durableNames.values())) {
      content.synced = someOf(content, random);
      content.now = content.synced;
    }
    this.#names = new Map(this.#durableNames);
  }

  #rename(names: Map<string, Content>, { name, content }: Renaming): void {
    if (content) names.set(name, content);
    else names.delete(name);
  }

  /** Every operation may be the last one: then it is done by half or not at all, and nobody hears of it. */
  #step(boot: number, half: () => void = () => undefined): void {
    if (this.isOff(boot)) throw new Error('the power is off');
    this.#operations += 1;
    if (this.#operations < this.#lossAt) return;
    if (this.#options.random() < 0.5) half();
    throw new Error('the power went off');
  }

  #contentOf(path: string): Content {
    const content = this.#names.get(path);
    if (!content) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return content;
  }

  #change(path: string, content: Content | undefined): void {
    const renaming = { directory: dirname(path), name: path, content };
    this.#rename(this.#names, renaming);
    this.#renamings.push(renaming);
  }

  #syncDirectory(directory: string): void {
    if (this.#options.lies === 'names') return;
    for (const renaming of this.#renamings)
      if (renaming.directory === directory) this.#rename(this.#durableNames, renaming);
    this.#renamings = this.#renamings.filter((renaming) => renaming.directory !== directory);
  }

  #sync(content: Content): void {
    if (this.#options.lies !== 'contents') content.synced = content.now;
  }

  #filesOf(boot: number): SpoolFiles {
    const step = (half?: () => void): void => this.#step(boot, half);
    return {
      makeDirectory: async () => step(),
      list: async (directory) => {
        step();
        const prefix = `${directory}/`;
        return [...this.#names.keys()]
          .filter((path) => path.startsWith(prefix))
          .map((path) => path.slice(prefix.length).split('/')[0] ?? '');
      },
      create: async (directory, name) => {
        const content = { now: Buffer.alloc(0), synced: Buffer.alloc(0) };
        step(() => this.#change(`${directory}/${name}`, content));
        this.#change(`${directory}/${name}`, content);
        this.#syncDirectory(directory);
        return this.#fileOf(content, step);
      },
      read: async (path) => {
        step();
        return Buffer.from(this.#contentOf(path).now);
      },
      write: async (path, parts) => {
        const content = { now: Buffer.concat([...parts]), synced: Buffer.alloc(0) };
        step(() => this.#change(path, content));
        this.#change(path, content);
      },
      replace: async (path, parts) => {
        const content = { now: Buffer.concat([...parts]), synced: Buffer.alloc(0) };
        step();
        this.#sync(content);
        this.#change(path, content);
        step();
        this.#syncDirectory(dirname(path));
      },
      move: async (from, to) => {
        step();
        const content = this.#contentOf(from);
        this.#change(from, undefined);
        this.#change(to, content);
      },
      remove: async (path) => {
        step();
        this.#contentOf(path);
        this.#change(path, undefined);
      },
    };
  }

  #fileOf(content: Content, step: (half?: () => void) => void): SpoolFile {
    return {
      append: async (parts) => {
        const all = Buffer.concat([...parts]);
        step(() => {
          content.now = Buffer.concat([content.now, all.subarray(0, all.length >> 1)]);
        });
        content.now = Buffer.concat([content.now, all]);
      },
      fdatasync: async () => {
        step(() => this.#sync(content));
        this.#sync(content);
      },
      truncate: async (bytes) => {
        step();
        content.now = content.now.subarray(0, bytes);
      },
      close: async () => step(),
    };
  }
}

/** What was synced, and behind it the first bytes of the rest, or zeros of its length where no byte had been written. */
function someOf({ now, synced }: Content, random: () => number): Buffer {
  if (now.equals(synced) || !now.subarray(0, synced.length).equals(synced)) return synced;
  const more = now.subarray(
    synced.length,
    synced.length + Math.floor(random() * (now.length - synced.length + 1)),
  );
  return Buffer.concat([synced, random() < 0.3 ? Buffer.alloc(more.length) : more]);
}
