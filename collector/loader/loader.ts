import { createHash } from 'node:crypto';
import type { ProjectId } from '../../model/ids.ts';
import type { LedgerEntry, LedgerStore } from '../../store/ports/ledger.ts';
import type { LoadStore, StoredCount } from '../../store/ports/loads.ts';
import { type Emit, noRecords, type SignalCounts } from '../events.ts';
import type { Signal } from '../reasons.ts';
import type { SpoolFiles } from '../spool/files.ts';
import { type ScannedFrame, scanSegment } from '../spool/frame.ts';
import { setAside } from '../spool/recover.ts';
import { type Segment, SegmentContents } from '../spool/segment.ts';
import { planInserts } from './plan.ts';

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
    const { directory, files, ledger, emit } = this.#options;
    const bytes = (await files.read(segment.path)).subarray(0, segment.bytes);
    const batch = createHash('sha256').update(bytes).digest('hex');
    const { frames, damage } = scanSegment(bytes);
    await setAside(directory, segment.name, damage, files, emit);
    const readable = new SegmentContents();
    for (const { header } of frames) readable.add(header);
    const stored = new Map<Signal, StoredCount[]>();
    for (const signal of LOAD_ORDER)
      stored.set(signal, await this.#loadSignal(segment, batch, signal, frames, readable));
    const entries = settle(segment.contents.entries(), readable.entries(), stored);
    await ledger.record(batch, entries);
    return { batch, entries };
  }

  async #loadSignal(
    segment: Segment,
    batch: string,
    signal: Signal,
    frames: readonly ScannedFrame[],
    readable: SegmentContents,
  ): Promise<StoredCount[]> {
    const { files, loads, loaderId } = this.#options;
    const withRows = frames.filter((frame) => rowsOf(frame, signal).length > 0);
    if (withRows.length === 0) return [];
    const parts = withRows.flatMap((frame) => rowsOf(frame, signal));
    const projects = [...new Set(withRows.map(({ header }) => header.project))];
    const ranges = readable.ranges(signal);
    const file = `${segment.path}.${signal}.rows`;
    await files.write(file, parts);
    try {
      for (const group of planInserts(ranges)) {
        const loadedAtMs = this.#nextLoadedAtMs();
        await loads.load({
          table: signal,
          file,
          batch,
          loader: loaderId,
          loadedAtMs,
          ranges: group,
          projects,
        });
      }
      const counts: StoredCount[] = [];
      for (const group of planInserts(ranges))
        counts.push(...(await loads.stored(signal, batch, projects, group)));
      return counts;
    } finally {
      await files.remove(file);
    }
  }

  /** Strictly increasing, whatever the clock does: a reader's cursor never passes rows that are still to come. */
  #nextLoadedAtMs(): number {
    this.#loadedAtMs = Math.max(this.#options.nowMs(), this.#loadedAtMs + 1);
    return this.#loadedAtMs;
  }
}

/** The rows of one signal in a frame's payload: signals follow one another in the header's order. */
function rowsOf({ header, payload }: ScannedFrame, signal: Signal): Buffer[] {
  let at = 0;
  for (const part of header.signals) {
    if (part.signal === signal && part.bytes > 0) return [payload.subarray(at, at + part.bytes)];
    at += part.bytes;
  }
  return [];
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
