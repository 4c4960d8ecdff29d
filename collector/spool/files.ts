import { type FileHandle, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The few file operations the spool stands on; tests put a disk in their place that fails on purpose. */
export interface SpoolFiles {
  makeDirectory(path: string): Promise<void>;
  list(directory: string): Promise<string[]>;
  /** A new file for appending; its name is on disk when this returns. */
  create(directory: string, name: string): Promise<SpoolFile>;
  read(path: string): Promise<Buffer>;
  /** Not synced: for what can be made again. */
  write(path: string, parts: readonly Buffer[]): Promise<void>;
  /** The file has this content, or the one it had before, whatever happens. */
  replace(path: string, parts: readonly Buffer[]): Promise<void>;
  move(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
}

export interface SpoolFile {
  append(parts: readonly Buffer[]): Promise<void>;
  fdatasync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export const nodeFiles: SpoolFiles = {
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  list: (directory) => readdir(directory),
  create: async (directory, name) => {
    const handle = await open(`${directory}/${name}`, 'ax', 0o600);
    try {
      await syncDirectory(directory);
    } catch (error) {
      // A name that may be gone after a power loss is no place for an acknowledged record.
      await handle.close();
      throw error;
    }
    return fileOf(handle);
  },
  read: (path) => readFile(path),
  write: async (path, parts) => {
    const handle = await open(path, 'w', 0o600);
    try {
      await writeAll(handle, parts);
    } finally {
      await handle.close();
    }
  },
  replace: async (path, parts) => {
    const handle = await open(`${path}.new`, 'w', 0o600);
    try {
      await writeAll(handle, parts);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.new`, path);
    await syncDirectory(dirname(path));
  },
  move: (from, to) => rename(from, to),
  remove: (path) => unlink(path),
};

const fileOf = (handle: FileHandle): SpoolFile => ({
  append: (parts) => writeAll(handle, parts),
  fdatasync: () => handle.datasync(),
  truncate: (bytes) => handle.truncate(bytes),
  close: () => handle.close(),
});

/** IOV_MAX of Linux is 1024: more buffers than that in one call are an error. */
const MAX_PARTS = 512;

/** writev may write less than asked (a disk that fills up): the rest follows, or throws the reason. */
async function writeAll(handle: FileHandle, parts: readonly Buffer[]): Promise<void> {
  for (let from = 0; from < parts.length; from += MAX_PARTS) {
    let rest = parts.slice(from, from + MAX_PARTS);
    while (rest.length > 0) {
      const { bytesWritten } = await handle.writev(rest);
      rest = behind(rest, bytesWritten);
    }
  }
}

function behind(parts: readonly Buffer[], bytes: number): Buffer[] {
  let left = bytes;
  const rest: Buffer[] = [];
  for (const part of parts) {
    if (left >= part.length) left -= part.length;
    else {
      rest.push(left > 0 ? part.subarray(left) : part);
      left = 0;
    }
  }
  return rest;
}

/** A new name survives a power loss only when its directory was synced too. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
