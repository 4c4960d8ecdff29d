import type { SpoolFile, SpoolFiles } from '../../../collector/spool/files.ts';

/** A disk that is full when it is told to be: of what is written then, a part fits. What is there can be read and removed. */
export type FullDisk = {
  readonly files: SpoolFiles;
  full: boolean;
  /** Calls that found no space. */
  readonly refused: { create: number; append: number; write: number; replace: number };
};

const noSpace = (call: string): Error =>
  Object.assign(new Error(`ENOSPC: no space left on device, ${call}`), { code: 'ENOSPC' });

export function fullDisk(real: SpoolFiles): FullDisk {
  const refused = { create: 0, append: 0, write: 0, replace: 0 };
  const refuse = (call: keyof typeof refused): Error => {
    refused[call] += 1;
    return noSpace(call);
  };
  const disk: FullDisk = { full: false, refused, files: { ...real } };
  const fileOf = (file: SpoolFile): SpoolFile => ({
    ...file,
    append: async (parts) => {
      if (!disk.full) return await file.append(parts);
      const all = Buffer.concat([...parts]);
      await file.append([all.subarray(0, all.length >> 1)]);
      throw refuse('append');
    },
  });
  Object.assign(disk.files, {
    create: async (directory, name) => {
      if (disk.full) throw refuse('create');
      return fileOf(await real.create(directory, name));
    },
    write: async (path, parts) => {
      if (!disk.full) return await real.write(path, parts);
      const all = Buffer.concat([...parts]);
      await real.write(path, [all.subarray(0, all.length >> 1)]);
      throw refuse('write');
    },
    replace: async (path, parts) => {
      if (disk.full) throw refuse('replace');
      await real.replace(path, parts);
    },
  } satisfies Partial<SpoolFiles>);
  return disk;
}
