const LOCALE = 'en-GB';

/** Absent: the browser's own zone. Tests and people who read logs in UTC name one. */
export type Zone = string | undefined;

const cache = new Map<string, Intl.DateTimeFormat>();
function formatter(zone: Zone, shape: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone ?? ''}|${shape}`;
  const known = cache.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(LOCALE, { ...options, ...(zone ? { timeZone: zone } : {}) });
  cache.set(key, made);
  return made;
}

const DATE = { day: 'numeric', month: 'short' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** "UTC", "GMT+1", "CEST": whatever the zone calls itself at that instant. */
export function zoneName(ms: number, zone: Zone): string {
  const parts = formatter(zone, 'zone', { timeZoneName: 'short' }).formatToParts(ms);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}

/** "22 Nov, 14:31"; the year only when it is not this one. */
export function dateTime(ms: number, nowMs: number, zone: Zone): string {
  const year = (at: number) => formatter(zone, 'year', { year: 'numeric' }).format(at);
  return year(ms) === year(nowMs)
    ? formatter(zone, 'day-time', { ...DATE, ...CLOCK }).format(ms)
    : formatter(zone, 'year-day-time', { ...DATE, year: 'numeric', ...CLOCK }).format(ms);
}

/** "22 Nov 2026, 14:31:20 UTC": where precision matters. */
export const fullTime = (ms: number, zone: Zone): string =>
  `${formatter(zone, 'full', { ...DATE, year: 'numeric', ...CLOCK, second: '2-digit' }).format(ms)} ${zoneName(ms, zone)}`;

export const clock = (ms: number, zone: Zone): string => formatter(zone, 'clock', CLOCK).format(ms);
export const day = (ms: number, zone: Zone): string => formatter(zone, 'day', DATE).format(ms);

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** "1 h 58 min", "3 d 4 h", "640 ms": the two largest units. A negative or unknown length has no words. */
export function longDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms) || ms < 0) return 'unknown';
  if (ms < 1_000) return ms < 10 ? `${Number(ms.toPrecision(2))} ms` : `${Math.round(ms)} ms`;
  const parts: string[] = [];
  let rest = ms < 60_000 ? ms : Math.round(ms / 60_000) * 60_000;
  for (const [name, unitMs] of UNITS) {
    const last = parts.length === 1 || name === 's';
    const count = last && name === 's' ? Math.round(rest / unitMs) : Math.floor(rest / unitMs);
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
    rest -= count * unitMs;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** "just now", "4 min ago", "in 2 h". */
export function ago(ms: number, nowMs: number): string {
  const away = nowMs - ms;
  if (Math.abs(away) < 5_000) return 'just now';
  const length = longDuration(Math.abs(away)).split(' ').slice(0, 2).join(' ');
  return away > 0 ? `${length} ago` : `in ${length}`;
}
