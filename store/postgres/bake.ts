import type { Window } from '../../model/time.ts';

/** The longest stretch of `served` that touches none of the troubles, in milliseconds. Half-open spans in any order. */
export function longestCalmMs(served: Window, troubles: readonly Window[]): number {
  let calmSinceMs = served.startMs;
  let longestMs = 0;
  for (const trouble of [...troubles].sort((a, b) => a.startMs - b.startMs)) {
    if (trouble.startMs >= served.endMs) break;
    longestMs = Math.max(longestMs, trouble.startMs - calmSinceMs);
    calmSinceMs = Math.max(calmSinceMs, trouble.endMs);
  }
  return Math.max(longestMs, served.endMs - calmSinceMs, 0);
}
