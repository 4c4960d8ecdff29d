import { DAY_MS } from '../../model/time.ts';
import type { TimeRange } from '../../store/ports/loads.ts';

/** A frame lists at most this many ranges; neighbours are joined beyond it. */
const MAX_RANGES = 512;

/** A request may touch this many months: each is a partition, and each costs the store a part and its fsyncs. */
export const MAX_MONTHS = 120;

/** Which event times a batch of rows covers, by the day: what the loader must look at to find repeats. */
export class DayRanges {
  #days = new Map<number, [number, number]>();
  #months = new Set<number>();
  #dayStartMs = 1;
  #current: [number, number] = [0, 0];

  reset(): void {
    if (this.#days.size === 0) return;
    this.#days = new Map();
    this.#months = new Set();
    this.#dayStartMs = 1;
  }

  /** False when the time would be one month too many. */
  admits(ms: number): boolean {
    if (this.#days.size === 0 || this.#isToday(ms) || this.#months.size < MAX_MONTHS) return true;
    return this.#months.has(monthOf(ms));
  }

  #isToday(ms: number): boolean {
    return ms >= this.#dayStartMs && ms < this.#dayStartMs + DAY_MS;
  }

  add(ms: number): void {
    if (this.#days.size === 0 || !this.#isToday(ms)) {
      const day = Math.floor(ms / DAY_MS);
      this.#dayStartMs = day * DAY_MS;
      const known = this.#days.get(day);
      this.#current = known ?? [ms, ms];
      if (!known) {
        this.#days.set(day, this.#current);
        this.#months.add(monthOf(ms));
      }
    }
    if (ms < this.#current[0]) this.#current[0] = ms;
    if (ms > this.#current[1]) this.#current[1] = ms;
  }

  take(): TimeRange[] {
    const sorted = [...this.#days.values()].sort((a, b) => a[0] - b[0]).map(widen);
    return joinNearest(sorted, MAX_RANGES);
  }
}

/** A double carries nanoseconds to a quarter of a microsecond only: one millisecond around makes the range sure. */
const widen = ([minMs, maxMs]: TimeRange): TimeRange => [
  Math.max(0, Math.floor(minMs) - 1),
  Math.floor(maxMs) + 1,
];

/** Joins neighbours, so that at most `most` ranges are left; a wider range only makes the search for repeats longer. */
export function joinNearest(sorted: readonly TimeRange[], most: number): TimeRange[] {
  if (sorted.length <= most) return [...sorted];
  const perRange = Math.ceil(sorted.length / most);
  const joined: TimeRange[] = [];
  for (let at = 0; at < sorted.length; at += perRange) {
    const run = sorted.slice(at, at + perRange);
    joined.push([run[0]?.[0] ?? 0, run.at(-1)?.[1] ?? 0]);
  }
  return joined;
}

/** Months since year 0, in UTC: the partition of a row. */
export function monthOf(ms: number): number {
  const date = new Date(ms);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
