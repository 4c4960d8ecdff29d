import type { SpoolFile, SpoolFiles } from '../../../collector/spool/files.ts';
import type { Random } from '../frame/seed.ts';

export const DISK_CALLS = [
  'create',
  'append',
  'fdatasync',
  'write',
  'read',
  'remove',
  'makeDirectory',
] as const;
export type DiskCall = (typeof DISK_CALLS)[number];

/** When a call fails: at random, or so regularly that a short run has seen it and a loader still gets through. */
export type DiskFaults = Readonly<
  Partial<Record<DiskCall, { readonly share: number } | { readonly everyNth: number }>>
>;

export type FailingDisk = {
  readonly files: SpoolFiles;
  readonly failed: Readonly<Record<DiskCall, number>>;
  /** Descriptors that were written to or synced again after their fdatasync had failed. */
  readonly trustedAgain: string[];
  /** From now on everything works. */
  repair(): void;
};

/**
 * A disk whose calls fail with EIO now and then. A failed fdatasync does what Linux does: the dirty pages are thrown
 * away, and the next fdatasync of the same descriptor reports success. ("PostgreSQL's fsync() surprise", LWN 2018;
 * Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.)
 */
export function failingDisk(inner: SpoolFiles, random: Random, faults: DiskFaults): FailingDisk {
  const failed = Object.fromEntries(DISK_CALLS.map((call) => [call, 0])) as Record<DiskCall, number>;
  const trustedAgain: string[] = [];
  const calls = { ...failed };
  let works = false;
  const isDue = (call: DiskCall): boolean => {
    const fault = faults[call];
    calls[call] += 1;
    if (fault === undefined) return false;
    return 'share' in fault ? random() < fault.share : calls[call] % fault.everyNth === 0;
  };
  const fails = (call: DiskCall): boolean => {
    if (works || !isDue(call)) return false;
    failed[call] += 1;
    return true;
  };
  const guard = (call: DiskCall): void => {
    if (fails(call)) throw inputOutputError(call);
  };
  const files: SpoolFiles = {
    ...inner,
    create: async (directory, name) => {
      guard('create');
      return failingFile(await inner.create(directory, name), name, fails, trustedAgain);
    },
    write: async (path, parts) => {
      guard('write');
      await inner.write(path, parts);
    },
    read: async (path) => {
      guard('read');
      return await inner.read(path);
    },
    remove: async (path) => {
      guard('remove');
      await inner.remove(path);
    },
    makeDirectory: async (path) => {
      guard('makeDirectory');
      await inner.makeDirectory(path);
    },
  };
  const repair = (): void => {
    works = true;
  };
  return { files, failed, trustedAgain, repair };
}

function failingFile(
  file: SpoolFile,
  name: string,
  fails: (call: DiskCall) => boolean,
  trustedAgain: string[],
): SpoolFile {
  let writtenBytes = 0;
  let syncedBytes = 0;
  let broken = false;
  return {
    ...file,
    append: async (parts) => {
      if (broken) trustedAgain.push(name);
      const all = Buffer.concat([...parts]);
      if (fails('append')) {
        await file.append([all.subarray(0, all.length >> 1)]);
        writtenBytes += all.length >> 1;
        throw inputOutputError('append');
      }
      await file.append([all]);
      writtenBytes += all.length;
    },
    fdatasync: async () => {
      if (broken) trustedAgain.push(name);
      if (fails('fdatasync')) {
        broken = true;
        await file.truncate(syncedBytes);
        writtenBytes = syncedBytes;
        throw inputOutputError('fdatasync');
      }
      await file.fdatasync();
      syncedBytes = writtenBytes;
    },
    truncate: async (bytes) => {
      await file.truncate(bytes);
      writtenBytes = bytes;
    },
  };
}

const inputOutputError = (call: string): Error =>
  Object.assign(new Error(`EIO: i/o error, ${call}`), { code: 'EIO' });

/** The mistake that Postgres made until 2018: what failed is tried once more, and believed. */
export const believing = (inner: SpoolFiles): SpoolFiles => ({
  ...inner,
  create: async (directory, name) => {
    const file = await inner.create(directory, name);
    return { ...file, fdatasync: () => file.fdatasync().catch(() => file.fdatasync()) };
  },
});
