import { DAY_MS } from '../../model/time.ts';
import type { LedgerEntry } from '../../store/ports/ledger.ts';
import type { TimeRange } from '../../store/ports/loads.ts';
import type { Signal } from '../reasons.ts';
import type { FrameHeader } from './frame.ts';

/** A file of frames that nobody appends to any more. */
export type Segment = {
  readonly name: string;
  readonly path: string;
  /** Only so many bytes are committed; what may stand behind them was never acknowledged. */
  readonly bytes: number;
  readonly contents: SegmentContents;
  /** Left behind by an earlier process, which may have been about to load it. */
  readonly isRecovered?: boolean;
};

/** What the frames of a segment hold, added up: memory stays bounded by minutes and days, not by records. */
export class SegmentContents {
  readonly #ledger = new Map<string, LedgerEntry>();
  readonly #ranges = new Map<Signal, Map<number, TimeRange>>();
  records = 0;

  add(header: FrameHeader): void {
    for (const part of header.signals) {
      const { signal, rows, ranges } = part;
      this.records += rows;
      this.#addLedger(header, part);
      const days = this.#ranges.get(signal) ?? new Map<number, TimeRange>();
      this.#ranges.set(signal, days);
      for (const range of ranges) addRange(days, range);
    }
  }

  #addLedger(
    header: FrameHeader,
    { signal, rows, rejected, overwritten = 0 }: FrameHeader['signals'][number],
  ): void {
    const refused = Object.values(rejected).reduce((total, count) => total + count, 0);
    const key = `${header.project}\n${header.minuteMs}\n${signal}`;
    const before = this.#ledger.get(key);
    const sum: Record<string, number> = { ...before?.rejected };
    for (const [reason, count] of Object.entries(rejected)) sum[reason] = (sum[reason] ?? 0) + count;
    this.#ledger.set(key, {
      project: header.project,
      minuteMs: header.minuteMs,
      signal,
      received: (before?.received ?? 0) + rows + refused,
      stored: 0,
      deduplicated: 0,
      rejected: sum,
      pending: (before?.pending ?? 0) + rows,
      overwritten: (before?.overwritten ?? 0) + overwritten,
    });
  }

  /** As the ledger sees it while the segment is not loaded: everything not refused is pending. */
  entries(): LedgerEntry[] {
    return [...this.#ledger.values()];
  }

  /** Event times of the signal's rows, at most one range per day. */
  ranges(signal: Signal): TimeRange[] {
    return [...(this.#ranges.get(signal)?.values() ?? [])].sort((a, b) => a[0] - b[0]);
  }
}

function addRange(days: Map<number, TimeRange>, [minMs, maxMs]: TimeRange): void {
  const day = Math.floor(minMs / DAY_MS);
  const before = days.get(day);
  days.set(day, before ? [Math.min(before[0], minMs), Math.max(before[1], maxMs)] : [minMs, maxMs]);
}
