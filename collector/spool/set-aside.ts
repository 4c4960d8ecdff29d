import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { QUARANTINE } from './recover.ts';

/** A file that a person has to look at. */
export type SetAside = { readonly name: string; readonly bytes: number; readonly atMs: number };

/** Shown at most; the directory has them all. */
const MOST_SHOWN = 100;

/** What lies in the spool's quarantine, newest first. Nothing was ever set aside where there is none. */
export async function listSetAside(directory: string): Promise<SetAside[]> {
  const quarantine = join(directory, QUARANTINE);
  const names = await readdir(quarantine).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = await Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(quarantine, name));
      return { name, bytes: size, atMs: mtimeMs };
    }),
  );
  return files.sort((one, other) => other.atMs - one.atMs).slice(0, MOST_SHOWN);
}
