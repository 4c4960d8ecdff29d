import { DAY_MS, formatDuration, HOUR_MS } from '../../model/time.ts';
import type { ClickhouseDb, Sql } from '../../store/ports/clickhouse.ts';
import type { FineBin } from './bins.ts';
import { asTimeMs } from './cells-sql.ts';
import type { Pair } from './counts-sql.ts';
import type { Facts } from './facts.ts';
import type { Gathered, MoreCheck } from './gathered.ts';
import type { Side } from './load-sql.ts';
import type { Bin, Stretch } from './report.ts';
import { percent } from './sentence.ts';
import type { LoadedColumn } from './source.ts';

const HOURS = 24;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
/** The first of January 1970 was a Thursday. */
const EPOCH_WEEKDAY = 3;
const WEEK_MS = WEEKDAYS.length * DAY_MS;
/** A century of hours; times beyond it are still in the range, and in no hour. */
const MOST_SLOTS = 1_000_000;
const AXIS_BINS = 60;

/** Hours since 1970 with how many rows each has. */
type Slot = readonly [hour: number, rows: number];

const slotCounts = (side: Side, of: LoadedColumn): Sql => ({
  sql: `SELECT toFloat64(floor(ms / ${HOUR_MS})) AS slot, toFloat64(count()) AS n
FROM (SELECT ${asTimeMs(of)} AS ms FROM ${side}) WHERE ms IS NOT NULL GROUP BY slot ORDER BY slot LIMIT ${MOST_SLOTS}`,
});

/**
 * A column of times: its range is told and not judged, since it moves by nature. How rows are spread over the hours of the
 * day and the days of the week is judged, over whole days and whole weeks of each file, so that no hour counts twice
 * because a file happens to end at noon.
 */
export async function gatherTime(
  db: ClickhouseDb,
  pair: Pair,
  reference: Facts,
  current: Facts,
): Promise<Pick<Gathered, 'fine' | 'more' | 'coverage'>> {
  const slots = async (side: Side): Promise<Slot[]> => {
    const rows = await db.query<{ slot: number; n: number }>(slotCounts(side, pair[side]));
    return rows.map(({ slot, n }) => [slot, n]);
  };
  const sides = { reference: await slots('reference'), current: await slots('current') };
  const [before, after] = [stretchOf(reference, sides.reference), stretchOf(current, sides.current)];
  if (before === null || after === null) return { fine: [], more: [], coverage: null };
  const bins = (edge: (hour: number) => number, wholeMs: number, labels: readonly string[]): Bin[] =>
    labels.map((label, i) => {
      const count = (stretch: Stretch, own: readonly Slot[]): number =>
        countOf(own, stretch, wholeMs, edge, i);
      const counts = { reference: count(before, sides.reference), current: count(after, sides.current) };
      return { label, from: null, to: null, ...counts };
    });
  const day = (hour: number): number => Math.floor(hour / HOURS);
  const clocked = before.clocked || after.clocked;
  const hours = clocked
    ? bins(
        (hour) => modulo(hour, HOURS),
        DAY_MS,
        Array.from({ length: HOURS }, (_, i) => `${String(i).padStart(2, '0')}:00`),
      )
    : [];
  const weekdays = bins((hour) => modulo(day(hour) + EPOCH_WEEKDAY, WEEKDAYS.length), WEEK_MS, WEEKDAYS);
  const more = [...clockCheck('hours', hours), ...clockCheck('weekdays', weekdays)];
  return {
    fine: axis(sides, Math.min(before.fromMs, after.fromMs), Math.max(before.toMs, after.toMs)),
    more,
    coverage: { reference: before, current: after, hours, weekdays, sentence: coverageWords(before, after) },
  };
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

function stretchOf(facts: Facts, slots: readonly Slot[]): Stretch | null {
  const [first, last] = [slots[0], slots.at(-1)];
  if (first === undefined || last === undefined) return null;
  const clocked = facts.times === 0 || facts.clocked > 0;
  // A day without a time of day stands for all of it.
  const toMs = last[0] * HOUR_MS + (clocked ? HOUR_MS : DAY_MS);
  return { fromMs: first[0] * HOUR_MS, toMs, clocked };
}

/** Rows of one hour or weekday in the whole days or weeks from the first time on. */
function countOf(
  slots: readonly Slot[],
  { fromMs, toMs }: Stretch,
  wholeMs: number,
  edge: (hour: number) => number,
  at: number,
): number {
  const untilMs = fromMs + Math.floor((toMs - fromMs) / wholeMs) * wholeMs;
  let rows = 0;
  for (const [hour, n] of slots) if (hour * HOUR_MS < untilMs && edge(hour) === at) rows += n;
  return rows;
}

/** Nothing to judge where a file covers no whole day or week. */
function clockCheck(what: 'hours' | 'weekdays', bins: readonly Bin[]): MoreCheck[] {
  const reference = bins.map((bin) => bin.reference);
  const current = bins.map((bin) => bin.current);
  const total = (counts: readonly number[]): number => counts.reduce((sum, n) => sum + n, 0);
  const [n, m] = [total(reference), total(current)];
  if (n === 0 || m === 0) return [];
  const gap = (bin: Bin): number => Math.abs(bin.reference / n - bin.current / m);
  const [most] = [...bins].sort((a, b) => gap(b) - gap(a));
  const told = `Its ${what === 'hours' ? 'hours of the day' : 'days of the week'} changed: ${most?.label ?? ''} (UTC) went from ${percent((most?.reference ?? 0) / n)} to ${percent((most?.current ?? 0) / m)} of the rows.`;
  return [{ kind: 'counts', what, told, statistic: 'js_distance', bins: 'categories', reference, current }];
}

/** Both sides on one axis of time, for the picture. */
function axis(sides: Readonly<Record<Side, readonly Slot[]>>, fromMs: number, toMs: number): FineBin[] {
  const stepMs = Math.max(HOUR_MS, Math.ceil((toMs - fromMs) / AXIS_BINS / HOUR_MS) * HOUR_MS);
  const length = Math.max(1, Math.ceil((toMs - fromMs) / stepMs));
  const counts = { reference: new Float64Array(length), current: new Float64Array(length) };
  for (const side of ['reference', 'current'] as const)
    for (const [hour, n] of sides[side]) {
      const at = Math.min(length - 1, Math.floor((hour * HOUR_MS - fromMs) / stepMs));
      counts[side][at] = (counts[side][at] ?? 0) + n;
    }
  return Array.from({ length }, (_, i) => ({
    from: fromMs + i * stepMs,
    to: fromMs + (i + 1) * stepMs,
    reference: counts.reference[i] ?? 0,
    current: counts.current[i] ?? 0,
  }));
}

export const stretchWords = ({ fromMs, toMs, clocked }: Stretch): string => {
  const at = (ms: number): string =>
    new Date(ms)
      .toISOString()
      .slice(0, clocked ? 16 : 10)
      .replace('T', ' ');
  return `${at(fromMs)} to ${at(clocked ? toMs : toMs - DAY_MS)}`;
};

function coverageWords(before: Stretch, after: Stretch): string {
  const covers = `Covers ${stretchWords(after)}, the reference ${stretchWords(before)}`;
  if (after.fromMs >= before.toMs) {
    const gapMs = after.fromMs - before.toMs;
    return `${covers}: ${gapMs === 0 ? 'right' : formatDuration(gapMs)} after it.`;
  }
  if (after.toMs <= before.fromMs)
    return `${covers}: the reference is the newer one. Are the files in the right order?`;
  if (after.fromMs === before.fromMs && after.toMs === before.toMs) return `${covers}: the same stretch.`;
  const commonMs = Math.min(after.toMs, before.toMs) - Math.max(after.fromMs, before.fromMs);
  return `${covers}: ${formatDuration(commonMs)} of it are in both.`;
}
