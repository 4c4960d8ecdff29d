import type { ProjectId } from '../../model/ids.ts';
import type { LedgerEntry, LedgerStore } from '../../store/ports/ledger.ts';
import type { LoadStore, StoredCount } from '../../store/ports/loads.ts';
import { type Emit, noRecords, type SignalCounts } from '../events.ts';
import type { Signal } from '../reasons.ts';
import type { SpoolFiles } from '../spool/files.ts';
import type { Segment, SegmentContents } from '../spool/segment.ts';
import { planInserts } from './plan.ts';
import { type RowsFile, unpack } from './unpack.ts';

export type LoaderOptions = {
  readonly directory: string;
  readonly loads: LoadStore;
  readonly ledger: LedgerStore;
  /** Unique to this process: `loaded_at` only grows within it. */
  readonly loaderId: string;
  readonly files: SpoolFiles;
  readonly nowMs: () => number;
  readonly emit: Emit;
};

/** Decisions first: they are what people wait for. */
const LOAD_ORDER: readonly Signal[] = ['decisions', 'outcomes', 'spans', 'logs', 'metrics'];

export type Loaded = {
  readonly batch: string;
  readonly entries: readonly LedgerEntry[];
};

/** Brings one segment into the store. Every step can be repeated: a crash anywhere is answered by doing it all again. */
export class SegmentLoader {
  readonly #options: LoaderOptions;
  #loadedAtMs = 0;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  async load(segment: Segment): Promise<Loaded> {
    const { files, ledger } = this.#options;
    const unpacked = await unpack(segment, this.#options);
    const { batch, rows, readable } = unpacked;
    try {
      const stored = new Map<Signal, StoredCount[]>();
      for (const signal of LOAD_ORDER) {
        const own = rows.filter((one) => one.signal === signal);
        if (own.length > 0) stored.set(signal, await this.#loadSignal(segment, batch, signal, own, readable));
      }
      const entries = settle(segment.contents.entries(), readable.entries(), stored);
      await ledger.record(batch, entries);
      return { batch, entries };
    } finally {
      for (const { file } of rows) await files.remove(file);
    }
  }

  async #loadSignal(
    segment: Segment,
    batch: string,
    signal: Signal,
    rows: readonly RowsFile[],
    readable: SegmentContents,
  ): Promise<StoredCount[]> {
    const { loads, loaderId: loader } = this.#options;
    const groups = planInserts(readable.ranges(signal));
    for (const { file, layout, projects } of rows)
      for (const ranges of groups) {
        const loadedAtMs = this.#nextLoadedAtMs();
        const load = { table: signal, file, layout, batch, loader, loadedAtMs, ranges, projects };
        await loads.load({ ...load, begunBefore: segment.isRecovered === true });
      }
    const projects = [...new Set(rows.flatMap((one) => one.projects))];
    const counts: StoredCount[] = [];
    for (const ranges of groups) counts.push(...(await loads.stored(signal, batch, projects, ranges)));
    return counts;
  }

  /** Strictly increasing, whatever the clock does: a reader's cursor never passes rows that are still to come. */
  #nextLoadedAtMs(): number {
    this.#loadedAtMs = Math.max(this.#options.nowMs(), this.#loadedAtMs + 1);
    return this.#loadedAtMs;
  }
}

/** What became of each line of the ledger: what was pending is now stored, a repeat, or set aside. */
function settle(
  pending: readonly LedgerEntry[],
  readable: readonly LedgerEntry[],
  stored: ReadonlyMap<Signal, readonly StoredCount[]>,
): LedgerEntry[] {
  return pending.map((entry) => {
    const isSame = (other: { project: ProjectId; minuteMs: number }): boolean =>
      other.project === entry.project && other.minuteMs === entry.minuteMs;
    const rows = readable.find((other) => other.signal === entry.signal && isSame(other))?.pending ?? 0;
    const kept = (stored.get(entry.signal) ?? [])
      .filter(isSame)
      .reduce((sum, count) => sum + count.stored, 0);
    const damaged = entry.pending - rows;
    const rejected = damaged > 0 ? { ...entry.rejected, quarantined: damaged } : entry.rejected;
    return { ...entry, rejected, stored: kept, deduplicated: rows - kept, pending: 0 };
  });
}

export function sumBySignal(
  entries: readonly LedgerEntry[],
  what: (entry: LedgerEntry) => number,
): SignalCounts {
  const sums = noRecords();
  for (const entry of entries) sums[entry.signal] += what(entry);
  return sums;
}
