import { plainNumber } from '../model/distribution.ts';

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
