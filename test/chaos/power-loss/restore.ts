import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Memory is written back in pages, in any order. */
const PAGE_BYTES = 4_096;

/** Of what was written and not synced: all is gone, or some pages of some files had been written back already. */
export type WrittenBack = 'nothing' | 'some_pages';

export type Restored = {
  /** Files whose content was synced as it is. */
  readonly kept: number;
  /** Files that went back to what was synced last. */
  readonly rolledBack: number;
  /** Files that were never synced: their names, and no bytes. */
  readonly emptied: number;
  /** Files of old and new pages. */
  readonly torn: number;
};

/**
 * What the disk holds when the power comes back: every file below `root` gets the content that the recorder
 * (tools/powerloss.c) keeps in `shadow`. Afterwards the shadow tells of these files as they are now, for the next loss.
 */
export function restoreSynced(
  root: string,
  shadow: string,
  writtenBack: WrittenBack,
  random: () => number,
): Restored {
  const counts = { kept: 0, rolledBack: 0, emptied: 0, torn: 0 };
  const known = new Set<string>();
  for (const path of filesBelow(root)) {
    const key = keyOf(path);
    // A hard link of one that was seen already.
    if (known.has(key)) continue;
    known.add(key);
    counts[restoreFile(path, join(shadow, key), writtenBack === 'some_pages' && random() < 0.5, random)] += 1;
  }
  for (const key of readdirSync(shadow)) if (!known.has(key)) rmSync(join(shadow, key));
  return counts;
}

function restoreFile(path: string, kept: string, isTorn: boolean, random: () => number): keyof Restored {
  const now = readFileSync(path);
  const wasSynced = existsSync(kept);
  const synced = wasSynced ? readFileSync(kept) : Buffer.alloc(0);
  if (now.equals(synced)) return 'kept';
  const after = isTorn ? tornPages(synced, now, random) : synced;
  // In place: another file would be one that the recorder does not know.
  if (after.length === 0) truncateSync(path, 0);
  else writeFileSync(path, after);
  writeFileSync(kept, after);
  if (isTorn) return 'torn';
  return wasSynced ? 'rolledBack' : 'emptied';
}

/** The same name that key_of in tools/powerloss.c makes. */
function keyOf(path: string): string {
  const { ino, birthtimeNs } = statSync(path, { bigint: true });
  return `${ino}-${birthtimeNs}`;
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Each page is the old or the new one; where the file grew and nothing was written back it reads as zeros. */
function tornPages(before: Buffer, now: Buffer, random: () => number): Buffer {
  const longest = Math.max(before.length, now.length);
  const pages = Math.ceil(longest / PAGE_BYTES);
  const torn = Buffer.alloc(longest);
  for (let page = 0; page < pages; page += 1) {
    const from = random() < 0.5 ? before : now;
    from.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES).copy(torn, page * PAGE_BYTES);
  }
  return torn.subarray(0, random() < 0.5 ? before.length : now.length);
}
