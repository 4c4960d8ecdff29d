import { DAY_MS, HOUR_MS, MINUTE_MS, startOf } from '../../model/time.ts';
import type { MinuteRange, ProfileLevel, ProfileLevels } from '../ports/profiles.ts';

/** Where each level stands. Names in SQL come from here only. */
export const LEVELS: Readonly<
  Record<
    ProfileLevel,
    { readonly table: string; readonly column: string; readonly start: string; readonly ms: number }
  >
> = {
  minute: { table: 'feature_profiles', column: 'minute', start: 'toStartOfMinute', ms: MINUTE_MS },
  hour: { table: 'feature_profiles_hour', column: 'hour', start: 'toStartOfHour', ms: HOUR_MS },
  day: { table: 'feature_profiles_day', column: 'day', start: 'toStartOfDay', ms: DAY_MS },
};

export type Piece = MinuteRange & { readonly level: ProfileLevel };

const endOf = (ms: number, stepMs: number): number => Math.ceil(ms / stepMs) * stepMs;

/**
 * Which level is read for which part of a stretch: days where whole days fit, hours before and after them, minutes at
 * the edges. A level fits when none of its rows lies across two slots. Where a finer level is gone, the row of the next
 * coarser one that covers the edge is taken whole: a little more than was asked for, rather than nothing.
 */
export function piecesOf(
  range: MinuteRange & { readonly slotMs: number },
  levels: ProfileLevels | undefined,
): readonly Piece[] {
  const minutes: MinuteRange = {
    fromMs: startOf(range.fromMs, MINUTE_MS),
    toMs: endOf(range.toMs, MINUTE_MS),
  };
  if (levels === undefined) return kept([{ level: 'minute', ...minutes }]);
  const hours = inner(range, minutes, HOUR_MS, levels.rolledUntilMs);
  const days = hours === undefined ? undefined : inner(range, hours, DAY_MS, hours.toMs);
  return kept([
    ...around(minutes, hours).flatMap((part) => orCoarser({ level: 'minute', ...part }, levels)),
    ...(hours ? around(hours, days).flatMap((part) => orCoarser({ level: 'hour', ...part }, levels)) : []),
    ...(days ? [{ level: 'day' as const, ...days }] : []),
  ]);
}

/** The part of `outer` that whole rows of the level fill; undefined when there is none or they would lie across slots. */
function inner(
  { fromMs, toMs, slotMs }: MinuteRange & { readonly slotMs: number },
  outer: MinuteRange,
  levelMs: number,
  untilMs: number,
): MinuteRange | undefined {
  const oneSlot = slotMs >= toMs - fromMs;
  if (!oneSlot && (slotMs % levelMs !== 0 || fromMs % levelMs !== 0)) return undefined;
  const part = {
    fromMs: endOf(outer.fromMs, levelMs),
    toMs: startOf(Math.min(outer.toMs, untilMs), levelMs),
  };
  return part.toMs > part.fromMs ? part : undefined;
}

const around = (outer: MinuteRange, hole: MinuteRange | undefined): readonly MinuteRange[] =>
  hole === undefined
    ? [outer]
    : [
        { fromMs: outer.fromMs, toMs: hole.fromMs },
        { fromMs: hole.toMs, toMs: outer.toMs },
      ];

const COARSER = { minute: 'hour', hour: 'day', day: undefined } as const;

/** Cuts off what is older than the level keeps, and reads that from the next one. Kept levels begin with a day. */
function orCoarser(piece: Piece, levels: ProfileLevels): readonly Piece[] {
  const coarser = COARSER[piece.level];
  const keptFromMs = piece.level === 'minute' ? levels.minutesFromMs : levels.hoursFromMs;
  if (coarser === undefined || piece.toMs <= piece.fromMs || piece.fromMs >= keptFromMs) return [piece];
  const { ms } = LEVELS[coarser];
  const old: Piece = {
    level: coarser,
    fromMs: startOf(piece.fromMs, ms),
    toMs: Math.min(endOf(piece.toMs, ms), keptFromMs),
  };
  return [...orCoarser(old, levels), { ...piece, fromMs: Math.max(piece.fromMs, keptFromMs) }];
}

/** Parts of one level that overlap because they were widened are one: no row may count twice. */
function kept(pieces: readonly Piece[]): readonly Piece[] {
  const merged: { level: ProfileLevel; fromMs: number; toMs: number }[] = [];
  const filled = pieces.filter((piece) => piece.toMs > piece.fromMs).sort((a, b) => a.fromMs - b.fromMs);
  for (const piece of filled) {
    const same = merged.findLast(({ level }) => level === piece.level);
    if (same && piece.fromMs <= same.toMs) same.toMs = Math.max(same.toMs, piece.toMs);
    else merged.push({ ...piece });
  }
  return merged;
}
