import { z } from '@hono/zod-openapi';
import { DAY_MS, MINUTE_MS, parseDurationMs } from '../../model/time.ts';
import type { TimeRange } from '../../store/ports/reads.ts';

/** What stands in a URL: RFC 3339, epoch milliseconds, `now`, or `now-24h`. */
const INSTANT = new RegExp(
  [
    'now(?:-\\d{1,6}(?:ms|s|m|h|d|w))?',
    '\\d{1,13}',
    '\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)',
  ]
    .map((form) => `^(?:${form})$`)
    .join('|'),
);
const instantText = z.string().regex(INSTANT, 'RFC 3339, epoch milliseconds, "now" or such as "now-24h"');

export const rangeQuery = z.object({
  from: instantText.optional().openapi({ description: 'Start, inclusive. Default: a day before `to`.' }),
  to: instantText.optional().openapi({ description: 'End, exclusive. Default: the newest data.' }),
});

const DEFAULT_MS = DAY_MS;
/** A screen of more than this would read a store to the ground. */
const LONGEST_MS = 800 * DAY_MS;

export type Resolved =
  | ({ readonly kind: 'range'; readonly anchoredOnData: boolean } & TimeRange)
  | { readonly kind: 'invalid'; readonly detail: string };

/**
 * Without `to` a range ends with the newest data, not now: a replay of months is watched where it stands.
 * `now` is the wall clock, always.
 */
export function resolveRange(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  clock: { readonly nowMs: number; readonly newestMs: number | null; readonly defaultMs?: number },
): Resolved {
  const anchoredOnData = query.to === undefined && !(query.from ?? '').startsWith('now');
  const end = anchoredOnData ? (clock.newestMs ?? clock.nowMs) : clock.nowMs;
  const toMs = query.to === undefined ? end : toInstantMs(query.to, clock.nowMs);
  const fromMs =
    query.from === undefined ? toMs - (clock.defaultMs ?? DEFAULT_MS) : toInstantMs(query.from, clock.nowMs);
  if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return { kind: 'invalid', detail: 'There is no such day.' };
  if (fromMs >= toMs) return { kind: 'invalid', detail: '`from` must lie before `to`.' };
  if (toMs - fromMs > LONGEST_MS)
    return { kind: 'invalid', detail: `A range may be ${LONGEST_MS / DAY_MS} days long.` };
  return { kind: 'range', fromMs: Math.max(0, fromMs), toMs: Math.max(1, toMs), anchoredOnData };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** An instant out of a query's text, a whole day (its start, UTC) included; NaN when it is none. */
export const instantQuery = (text: string, nowMs: number): number =>
  DAY.test(text) ? Date.parse(text) : INSTANT.test(text) ? toInstantMs(text, nowMs) : Number.NaN;

function toInstantMs(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  if (text.startsWith('now-')) return nowMs - (parseDurationMs(text.slice(4)) ?? Number.NaN);
  return /^\d{1,13}$/.test(text) ? Number(text) : Date.parse(text);
}

/** Steps that people read off an axis. */
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080].map(
  (m) => m * MINUTE_MS,
);
/** More points than this no chart shows. */
const POINTS = 300;

export function bucketFor({ fromMs, toMs }: TimeRange, points = POINTS): number {
  const fits = (step: number) => (toMs - fromMs) / step <= points;
  return STEPS_MS.find(fits) ?? Math.ceil((toMs - fromMs) / points / DAY_MS) * DAY_MS;
}
