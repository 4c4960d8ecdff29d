import { DAY_MS, HOUR_MS, startOf } from '../../model/time.ts';
import type { MinuteRange, ProfileLevel, ProfileLevels } from '../../store/ports/profiles.ts';

/** How long each level is kept, in event time before what was evaluated last. */
export type Retention = { readonly minutesMs: number; readonly hoursMs: number; readonly daysMs: number };

/** Hours rolled up in one statement: bounds its memory, and the partitions that it writes. */
const PIECE_MS = 7 * DAY_MS;

/** Whole hours that became complete, in pieces; and the days among them. */
export function rollForward(
  levels: Pick<ProfileLevels, 'rolledUntilMs'>,
  profiledUntilMs: number,
): readonly { readonly hours: MinuteRange; readonly days: MinuteRange | undefined }[] {
  const untilMs = startOf(profiledUntilMs, HOUR_MS);
  const pieces: { hours: MinuteRange; days: MinuteRange | undefined }[] = [];
  for (let fromMs = levels.rolledUntilMs; fromMs < untilMs; ) {
    // Pieces end with a day, so that a day is rolled up once.
    const toMs = Math.min(untilMs, startOf(fromMs, DAY_MS) + PIECE_MS);
    const days = { fromMs: startOf(fromMs, DAY_MS), toMs: startOf(toMs, DAY_MS) };
    pieces.push({ hours: { fromMs, toMs }, days: days.toMs > days.fromMs ? days : undefined });
    fromMs = toMs;
  }
  return pieces;
}

/**
 * At which level each part of the ranges is made again: minutes where minutes are kept, else the whole hours or days
 * around them, because a part of an hour could not be added to the rest of it.
 */
export function restatedAt(
  ranges: readonly MinuteRange[],
  levels: ProfileLevels | undefined,
): Readonly<Record<ProfileLevel, readonly MinuteRange[]>> {
  const [minutesFromMs, hoursFromMs] = [levels?.minutesFromMs ?? 0, levels?.hoursFromMs ?? 0];
  const between = (fromMs: number, toMs: number): MinuteRange[] =>
    ranges
      .map((range) => ({ fromMs: Math.max(range.fromMs, fromMs), toMs: Math.min(range.toMs, toMs) }))
      .filter((range) => range.toMs > range.fromMs);
  return {
    minute: between(minutesFromMs, Number.POSITIVE_INFINITY),
    hour: whole(between(hoursFromMs, minutesFromMs), HOUR_MS),
    day: whole(between(levels?.daysFromMs ?? 0, hoursFromMs), DAY_MS),
  };
}

/** The whole hours or days that the ranges touch, each once, ascending. */
export function whole(ranges: readonly MinuteRange[], stepMs: number): readonly MinuteRange[] {
  const merged: { fromMs: number; toMs: number }[] = [];
  const wide = ranges
    .map(({ fromMs, toMs }) => ({
      fromMs: startOf(fromMs, stepMs),
      toMs: Math.ceil(toMs / stepMs) * stepMs,
    }))
    .sort((a, b) => a.fromMs - b.fromMs);
  for (const range of wide) {
    const last = merged.at(-1);
    if (last && range.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, range.toMs);
    else merged.push({ ...range });
  }
  return merged;
}

/** The parts of ranges that end before the instant. */
export const before = (ranges: readonly MinuteRange[], untilMs: number): readonly MinuteRange[] =>
  ranges
    .map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, untilMs) }))
    .filter(({ fromMs, toMs }) => toMs > fromMs);

/**
 * What the levels keep from now on; undefined when that is what they keep already. Nothing goes that is not evaluated
 * yet, or not rolled up. Whole days, so that no row of a coarser level is half covered.
 */
export function keptLevels(
  levels: ProfileLevels,
  evaluatedUntilMs: number,
  retention: Retention,
): ProfileLevels | undefined {
  const baseMs = Math.min(levels.rolledUntilMs, evaluatedUntilMs);
  // Before the first event there is nothing to drop.
  const leastMs = startOf(levels.firstEventMs, DAY_MS);
  const from = (knownMs: number, keepMs: number): number => {
    const atMs = startOf(baseMs - keepMs, DAY_MS);
    return atMs > leastMs ? Math.max(knownMs, atMs) : knownMs;
  };
  const daysFromMs = from(levels.daysFromMs, retention.daysMs);
  const hoursFromMs = Math.max(daysFromMs, from(levels.hoursFromMs, retention.hoursMs));
  const minutesFromMs = Math.max(hoursFromMs, from(levels.minutesFromMs, retention.minutesMs));
  const moved =
    minutesFromMs > levels.minutesFromMs ||
    hoursFromMs > levels.hoursFromMs ||
    daysFromMs > levels.daysFromMs;
  return moved ? { ...levels, minutesFromMs, hoursFromMs, daysFromMs } : undefined;
}
