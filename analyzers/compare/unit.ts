import type { SideNumbers } from './report.ts';

/** Factors that people forget, and what they turn into what. Each also stands for its reverse. */
const FACTORS: readonly (readonly [factor: number, of: string])[] = [
  [100, 'shares and per cent, or euros and cents'],
  [1_000, 'thousands and ones (kilo and no prefix, seconds and milliseconds)'],
  [1.609344, 'miles and kilometres'],
  [2.20462, 'kilograms and pounds'],
  [3.28084, 'metres and feet'],
  [2.54, 'inches and centimetres'],
  [60, 'minutes and seconds (or hours and minutes)'],
  [3_600, 'hours and seconds'],
  [24, 'days and hours'],
  [1_000_000, 'millions and ones'],
];
/** How far the middle ratio may lie from the factor, and how far any: the mix of cases moves a little at the same time. */
const MIDDLE_TOLERANCE = 0.03;
const TOLERANCE = 0.06;

/**
 * A known factor by which every quantile of the current file differs from the reference's, or null. A shift, a new scale or
 * a new mixture moves quantiles by different ratios. Needs three quantiles that differ and are not zero.
 */
export function unitFactor(
  reference: SideNumbers,
  current: SideNumbers,
): { factor: number; of: string } | null {
  const ratios: number[] = [];
  for (const [i, before] of reference.levels.entries()) {
    const after = current.levels[i] ?? Number.NaN;
    if (before !== 0 && after !== 0) ratios.push(after / before);
  }
  if (ratios.length < 3 || new Set(reference.levels).size < 3) return null;
  for (const [known, of] of FACTORS) {
    for (const factor of [known, 1 / known]) {
      const off = ratios.map((ratio) => Math.abs(ratio / factor - 1)).sort((a, b) => a - b);
      const middle = off[Math.floor(off.length / 2)] ?? Number.NaN;
      if (middle <= MIDDLE_TOLERANCE && off.every((one) => one <= TOLERANCE)) return { factor, of };
    }
  }
  return null;
}
