import type { TimeRange } from '../../store/ports/loads.ts';
import { joinNearest, monthOf } from '../rows/ranges.ts';

/** Months that get an insert each; any more (a clock that runs wild) share inserts. */
const SINGLE_MONTHS = 12;
/** The engine refuses a block with rows of more than 100 partitions. */
const MONTHS_PER_SHARED_INSERT = 90;
/** Ranges one statement names. */
const MAX_RANGES_PER_INSERT = 64;

/**
 * Which rows of a file are inserted together: those of one month, because only the part of one partition appears at
 * once. A reader that follows `loaded_at` must not see half of an insert and move on.
 */
export function planInserts(ranges: readonly TimeRange[]): TimeRange[][] {
  const months = new Map<number, TimeRange[]>();
  for (const range of ranges) {
    // Ranges are widened by a millisecond; a range may span months only where many were joined.
    const month = monthOf(range[0] + 1);
    months.set(month, [...(months.get(month) ?? []), range]);
  }
  const groups = [...months.values()];
  const inserts = groups.slice(0, SINGLE_MONTHS);
  for (let at = SINGLE_MONTHS; at < groups.length; at += MONTHS_PER_SHARED_INSERT)
    inserts.push(groups.slice(at, at + MONTHS_PER_SHARED_INSERT).flat());
  return inserts.map((group) => joinNearest(group, MAX_RANGES_PER_INSERT));
}
