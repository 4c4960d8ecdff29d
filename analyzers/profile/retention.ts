import { HOUR_MS } from '../../model/time.ts';
import type { TickContext } from '../deps.ts';
import { keptLevels, type Retention } from './levels.ts';

/** Wall clock between two looks at what is too old; the levels themselves move by whole days. */
export const RETENTION_EVERY_MS = HOUR_MS;

/**
 * Drops minutes and hours that are older than they are kept, of one system. Readers are told before the rows go: a crash
 * in between leaves rows that nobody reads, and they go the next time.
 */
export async function dropOldProfiles(context: TickContext, retention: Retention): Promise<void> {
  const { stores, project, system } = context;
  const levels = await stores.profiles.levels(project, system);
  if (levels === undefined) return;
  const evaluated = await stores.progress.evaluations(project);
  const untilMs = context.monitors.map(({ document }) => {
    const own = evaluated.find(({ monitor }) => monitor === document.metadata.name);
    // One that has not looked at anything yet may still want to see it all.
    return own?.evaluatedUntilMs ?? levels.firstEventMs;
  });
  const kept = keptLevels(levels, Math.min(levels.rolledUntilMs, ...untilMs), retention);
  if (kept === undefined) return;
  await stores.profiles.saveLevels(project, system, kept);
  await stores.profiles.dropOld(project, system, kept);
}
