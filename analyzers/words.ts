import { plainNumber } from '../model/distribution.ts';
import { formatDuration } from '../model/time.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const two = (value: number): string => String(value).padStart(2, '0');

/** "14 Mar 06:00", UTC. */
export function instantWords(ms: number): string {
  const at = new Date(ms);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()] ?? ''} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** 0.0734 → "7.3 %". */
export const percentWords = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

export const numberWords = plainNumber;

/** Rarer than this is told as such: nobody tells one in a billion from one in a trillion. */
const RAREST = 1e-9;

/** 0.0004 → "chance alone does as much once in 2,500 looks". */
export function chanceWords(pValue: number): string {
  if (pValue >= 0.5) return 'chance alone does as much in most looks';
  if (pValue < RAREST) return 'chance alone does as much less than once in a billion looks';
  return `chance alone does as much once in ${roundedCount(1 / pValue)} looks`;
}

const roundedCount = (count: number): string => {
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(2))} million`;
  const size = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return (Math.round(count / size) * size).toLocaleString('en-US');
};

/** " of version v2 in haul=long over the last 7d", or nothing when all of one window is meant. */
export const sliceWords = (of: {
  readonly modelVersion: string;
  readonly segment: string;
  readonly overMs?: number | undefined;
}): string => {
  const version = of.modelVersion === '' ? '' : ` of version ${of.modelVersion}`;
  const segment = of.segment === '' ? '' : ` in ${of.segment}`;
  return `${version}${segment}${of.overMs === undefined ? '' : ` over the last ${formatDuration(of.overMs)}`}`;
};

/** A sentence begins with a capital. */
export const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
