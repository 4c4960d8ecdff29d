import type { Side, Target } from '../../model/explanation.ts';
import { instantQuery } from './range.ts';

/** Longer ones would read a store to the ground. */
const LONGEST_TEXT = 1_000;
const RESERVED = ['version'];

export type ParsedSide =
  | { readonly kind: 'side'; readonly side: Side }
  | { readonly kind: 'wrong'; readonly sentence: string };

/**
 * "2026-03-01T00:00:00Z..2026-03-08T00:00:00Z version=v2 region=north": a stretch of time, and what narrows it. Each end
 * is RFC 3339, a day, epoch milliseconds, `now` or `now-24h`; a left-out end is the newest data.
 */
export function parseSide(
  text: string,
  clock: { readonly nowMs: number; readonly newestMs: number | null },
): ParsedSide {
  const [range = '', ...filters] = text.slice(0, LONGEST_TEXT).trim().split(/\s+/);
  const [from, to, ...rest] = range.split('..');
  if (from === undefined || from === '' || to === undefined || rest.length > 0)
    return wrong(`"${range}" is not a stretch of time such as now-7d..now or 2026-03-01..2026-03-08.`);
  const fromMs = instantQuery(from, clock.nowMs);
  const toMs = to === '' ? (clock.newestMs ?? clock.nowMs) : instantQuery(to, clock.nowMs);
  if (Number.isNaN(fromMs) || Number.isNaN(toMs))
    return wrong(`"${range}" holds no instant that can be read.`);
  if (fromMs >= toMs) return wrong(`"${range}" ends before it begins.`);
  const segments: Record<string, string> = {};
  let version: string | undefined;
  for (const filter of filters) {
    const at = filter.indexOf('=');
    if (at <= 0) return wrong(`"${filter}" is not a filter such as version=v2 or region=north.`);
    const [key, value] = [filter.slice(0, at), filter.slice(at + 1)];
    if (RESERVED.includes(key)) version = value;
    else segments[key] = value;
  }
  return { kind: 'side', side: { fromMs, toMs, segments, ...(version === undefined ? {} : { version }) } };
}

const wrong = (sentence: string): ParsedSide => ({ kind: 'wrong', sentence });

/** "score", "wrong" or "value=hold"; the shape was checked at the door. */
export function parseTarget(text: string | undefined): Target | undefined {
  if (text === undefined) return undefined;
  return text === 'score' || text === 'wrong'
    ? { kind: text }
    : { kind: 'value', value: text.slice('value='.length) };
}
