import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
export const MINUTE_MS = UNIT_MS.m;
export const HOUR_MS = UNIT_MS.h;
export const DAY_MS = UNIT_MS.d;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/y;

/** "1h30m" → 5_400_000. Returns undefined when the text is not a duration. */
export function parseDurationMs(text: string): number | undefined {
  let total = 0;
  let at = 0;
  while (at < text.length) {
    PART.lastIndex = at;
    const part = PART.exec(text);
    if (!part) return undefined;
    total += Number(part[1]) * UNIT_MS[part[2] as keyof typeof UNIT_MS];
    at = PART.lastIndex;
  }
  return at > 0 ? total : undefined;
}

/** 5_400_000 → "1h30m"; the two largest units that are not zero. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'forever';
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / 1_000) * 1_000;
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * UNIT_MS[unit];
    if (parts.length === 2) break;
  }
  return parts.join('');
}

/** A duration in a configuration document, for example `6h`; parsed to milliseconds. */
export const durationMs = z.string().transform((text, ctx) => {
  const ms = parseDurationMs(text);
  if (ms === undefined || ms <= 0) {
    ctx.addIssue({ code: 'custom', message: `"${text}" is not a duration such as 30s, 5m, 6h, 1d or 1h30m` });
    return z.NEVER;
  }
  return ms;
});

/** Half-open [startMs, endMs), in event time unless said otherwise. */
export type Window = { readonly startMs: number; readonly endMs: number };

export const startOf = (ms: number, stepMs: number): number => Math.floor(ms / stepMs) * stepMs;
