import { totalOf } from '../../model/numeric-bins.ts';
import { VALUE_FEATURE } from '../../model/own-features.ts';
import { MINUTE_MS, startOf } from '../../model/time.ts';
import type { ProfileStore } from '../../store/ports/profiles.ts';
import type { AffectedDecisions } from '../../store/ports/review.ts';

export type CountAffected = (of: AffectedDecisions) => Promise<number>;

/**
 * Decisions as the profiles count them, in whole minutes: each minute holds one row for each version and value, so an
 * incident of days costs the same whether it hit a thousand decisions or a hundred million. What is not summarised yet is
 * not counted yet. A version of '' is any.
 */
export const affectedFromProfiles =
  (profiles: Pick<ProfileStore, 'merged'>, nowMs: () => number): CountAffected =>
  async ({ project, system, modelVersion, sinceMs, untilMs = nowMs() }) => {
    const found = await profiles.merged({
      ...{ project, system, features: [VALUE_FEATURE] },
      ...(modelVersion === '' ? {} : { modelVersion }),
      fromMs: startOf(sinceMs, MINUTE_MS),
      toMs: startOf(untilMs + MINUTE_MS - 1, MINUTE_MS),
    });
    return found.reduce((sum, { categories }) => sum + totalOf(categories), 0);
  };

/** News waits no longer for a number than this: a person who is late is worse than one who is not told how many. */
const LONGEST_MS = 2_000;

/** null when it cannot be counted, or not in time. */
export async function countedInTime(counting: Promise<number>): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, LONGEST_MS, null);
  });
  return Promise.race([counting.catch(() => null), late]).finally(() => clearTimeout(timer));
}
