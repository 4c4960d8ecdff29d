import { DAY_MS, HOUR_MS, startOf } from '../../model/time.ts';
import type { MinuteRange, ProfileLevels } from '../../store/ports/profiles.ts';
import type { TickContext } from '../deps.ts';
import { before, restatedAt, rollForward, whole } from './levels.ts';
import { chunksOf, VOLUME_BUCKET_MS } from './plan.ts';

/** Pieces rolled up in one tick: a store that knows minutes only is caught up over some of them. */
const PIECES_PER_TICK = 12;

/**
 * Ranges that were summarised before are made again, at every level. What is no longer there, because its decisions were
 * set apart, is emptied.
 */
export async function summariseAgain(
  context: TickContext,
  ranges: readonly MinuteRange[],
  levels: ProfileLevels | undefined,
  computedAtMs: number,
): Promise<void> {
  const { stores, project, system, spec } = context;
  const at = restatedAt(ranges, levels);
  for (const level of ['minute', 'hour', 'day'] as const) {
    for (const ranges of await bounded(context, at[level])) {
      await stores.profiles.profile(project, system, ranges, spec, computedAtMs, level);
      await stores.profiles.clearStale(project, system, ranges, computedAtMs, level);
    }
  }
  if (levels === undefined) return;
  const hours = before(whole(at.minute, HOUR_MS), levels.rolledUntilMs);
  await stores.profiles.rollUp(project, system, 'hour', hours, computedAtMs);
  const rolledDays = startOf(levels.rolledUntilMs, DAY_MS);
  const days = before(whole([...at.minute, ...at.hour], DAY_MS), rolledDays);
  await stores.profiles.rollUp(project, system, 'day', days, computedAtMs);
}

/** Ranges of one statement each: late rows of a day or less go together, a history that is loaded late is cut by its rows. */
async function bounded(
  { stores, project, system }: TickContext,
  ranges: readonly MinuteRange[],
): Promise<readonly (readonly MinuteRange[])[]> {
  const totalMs = ranges.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  if (totalMs <= DAY_MS) return ranges.length === 0 ? [] : [ranges];
  const pieces: (readonly MinuteRange[])[] = [];
  for (const range of ranges) {
    const volume = await stores.profiles.volume(project, system, range, VOLUME_BUCKET_MS);
    pieces.push(...chunksOf(range, volume).map((chunk) => [chunk]));
  }
  return pieces;
}

/** Hours and days that are complete now. The levels are told after each piece: until then readers take minutes. */
export async function rollUp(
  { stores, project, system }: TickContext,
  known: ProfileLevels | undefined,
  done: { readonly firstEventMs: number; readonly profiledUntilMs: number; readonly computedAtMs: number },
): Promise<{ readonly levels: ProfileLevels | undefined; readonly more: boolean }> {
  const start: ProfileLevels = known ?? {
    firstEventMs: done.firstEventMs,
    rolledUntilMs: startOf(done.firstEventMs, HOUR_MS),
    ...{ minutesFromMs: 0, hoursFromMs: 0, daysFromMs: 0 },
  };
  const pieces = rollForward(start, done.profiledUntilMs);
  let levels = known;
  for (const { hours, days } of pieces.slice(0, PIECES_PER_TICK)) {
    await stores.profiles.rollUp(project, system, 'hour', [hours], done.computedAtMs);
    if (days) await stores.profiles.rollUp(project, system, 'day', [days], done.computedAtMs);
    levels = { ...(levels ?? start), rolledUntilMs: hours.toMs };
    await stores.profiles.saveLevels(project, system, levels);
  }
  return { levels, more: pieces.length > PIECES_PER_TICK };
}
