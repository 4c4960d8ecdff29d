import { existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import type { CollectorDeps } from '../../../collector/collector.ts';
import type { SpoolFiles } from '../../../collector/spool/files.ts';

/** Moments of a record's way at which a crash leaves something different behind. */
export const PHASES = [
  'idle',
  'segment created',
  'frame half written',
  'frame written, not synced',
  'frame synced, not answered',
  'rows written for the store',
  'insert under way',
  'inserted, not in the ledger',
  'in the ledger, segment not removed',
  'segment removed',
] as const;
export type Phase = (typeof PHASES)[number];

/** Die by SIGKILL at the nth time that this phase is reached. */
export type Failpoint = { readonly phase: Phase; readonly nth: number };

/** In the file while the phase lasts, so that one who kills at random can tell where it hit. */
export type PhaseMark = { readonly enter: (phase: Phase) => void };

const MARK_CHARS = 40;

export function markPhases(file: string, failpoint: Failpoint | undefined): PhaseMark {
  const handle = openSync(file, 'w');
  let left = failpoint?.nth ?? 0;
  return {
    enter: (phase) => {
      writeSync(handle, phase.padEnd(MARK_CHARS), 0);
      if (phase !== failpoint?.phase) return;
      left -= 1;
      if (left <= 0) process.kill(process.pid, 'SIGKILL');
    },
  };
}

/** Where the last process was; it is asked once. */
export function takePhase(file: string): Phase {
  if (!existsSync(file)) return 'idle';
  const text = readFileSync(file, 'utf8').trim();
  rmSync(file);
  return PHASES.find((phase) => phase === text) ?? 'idle';
}

/** The collector's ways to the disk and to the store, each step of them marked. */
export function withPhases(deps: CollectorDeps, files: SpoolFiles, { enter }: PhaseMark): CollectorDeps {
  const { loads, ledger } = deps;
  return {
    ...deps,
    files: markedFiles(files, enter),
    loads: {
      ...loads,
      load: async (load) => {
        enter('rows written for the store');
        const loading = loads.load(load);
        // The engine works on a thread of its own by now.
        setImmediate(() => enter('insert under way'));
        await loading;
        enter('inserted, not in the ledger');
      },
    },
    ledger: {
      ...ledger,
      record: async (batch, entries) => {
        await ledger.record(batch, entries);
        enter('in the ledger, segment not removed');
      },
    },
  };
}

function markedFiles(files: SpoolFiles, enter: PhaseMark['enter']): SpoolFiles {
  return {
    ...files,
    create: async (directory, name) => {
      const file = await files.create(directory, name);
      enter('segment created');
      return {
        ...file,
        append: async (parts) => {
          const all = Buffer.concat([...parts]);
          await file.append([all.subarray(0, all.length >> 1)]);
          enter('frame half written');
          await file.append([all.subarray(all.length >> 1)]);
          enter('frame written, not synced');
        },
        fdatasync: async () => {
          await file.fdatasync();
          enter('frame synced, not answered');
        },
      };
    },
    remove: async (path) => {
      await files.remove(path);
      enter(path.endsWith('.seg') ? 'segment removed' : 'idle');
    },
  };
}
