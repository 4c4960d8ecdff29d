import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A real file system of a few megabytes, or why there is none: then the test must say that it did not run. */
export type SmallDisk =
  | {
      readonly kind: 'mounted';
      readonly directory: string;
      fill(leaveBytes: number): void;
      free(): void;
      unmount(): void;
    }
  | { readonly kind: 'unavailable'; readonly why: string };

const FILL_BYTES = 64 * 1024;

export function mountSmallDisk(parent: string, mebibytes: number): SmallDisk {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { kind: 'unavailable', why: 'only root on Linux may mount a small disk' };
  const directory = join(parent, 'disk');
  mkdirSync(directory);
  const mounted = spawnSync(
    'mount',
    ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=755`, 'tmpfs', directory],
    {
      encoding: 'utf8',
    },
  );
  if (mounted.status !== 0)
    return { kind: 'unavailable', why: `mount says: ${mounted.stderr?.trim() ?? mounted.error?.message}` };
  const filler = join(directory, 'somebody-elses-file');
  return {
    kind: 'mounted',
    directory,
    /** To the last byte, but for those. */
    fill: (leaveBytes) => {
      const file = openSync(filler, 'a');
      for (let bytes = FILL_BYTES; bytes >= 1; ) {
        try {
          if (writeSync(file, Buffer.alloc(bytes)) < bytes) bytes >>= 1;
        } catch {
          bytes >>= 1;
        }
      }
      ftruncateSync(file, Math.max(0, fstatSync(file).size - leaveBytes));
      closeSync(file);
    },
    free: () => rmSync(filler, { force: true }),
    unmount: () => {
      spawnSync('umount', ['-l', directory]);
    },
  };
}
