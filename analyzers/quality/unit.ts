import { kindOf, valuesOf } from '../../model/feature-summary.ts';
import { BIN_GROWTH, type NumericBins, quantileOf, totalOf } from '../../model/numeric-bins.ts';
import { unitWords } from '../drift/sentence.ts';
import { unitChange } from '../drift/unit-change.ts';
import { numberWords } from '../words.ts';
import type { Told } from './check.ts';
import type { QualityInput } from './feature-checks.ts';

/** A feature whose document names no unit is a number without one (a share, a count): it cannot change what it has not. */
const hasUnit = ({ feature, current }: QualityInput): boolean =>
  !current.feature.startsWith('@') && (feature === undefined || feature.unit !== undefined);

/** Whether the values are the reference's in another unit: a factor, or a scale with another zero. */
export function unit(input: QualityInput): Told | undefined {
  const { reference, current, spec } = input;
  if (!reference || kindOf(reference) !== 'numeric' || !hasUnit(input)) return undefined;
  const n = valuesOf(current, 'numeric');
  const nReference = valuesOf(reference, 'numeric');
  if (Math.min(n, nReference) < spec.minimumN) return undefined;
  const base = { subject: current.feature, statistic: 'unit_ratio' as const, limit: null, n, nReference };
  const factor = unitChange(reference.bins, current.bins);
  if (factor)
    return {
      ...base,
      verdict: 'breach',
      value: factor.ratio,
      words: `it seems to have changed its unit.${unitWords(factor)}`.replace(/[.?]$/, ''),
      evidence: { unitChange: factor },
    };
  const zero = zeroChange(reference.bins, current.bins);
  if (zero)
    return {
      ...base,
      verdict: 'breach',
      value: zero.factor,
      words: `it seems to have changed its unit. Values look like ${numberWords(zero.factor)} × what they were ${zero.offset < 0 ? '−' : '+'} ${numberWords(Math.abs(zero.offset))}: ${zero.guess}`,
      evidence: { unitChange: zero },
    };
  return { ...base, verdict: 'ok', value: null, words: 'no sign of another unit' };
}

export type ZeroChange = { readonly factor: number; readonly offset: number; readonly guess: string };

/** Scales with another zero; the reverse of each is tried too. */
const ZEROES: readonly (readonly [factor: number, offset: number, there: string, back: string])[] = [
  [9 / 5, 32, 'degrees Fahrenheit where Celsius were', 'degrees Celsius where Fahrenheit were'],
  [1, 273.15, 'kelvins where degrees Celsius were', 'degrees Celsius where kelvins were'],
  [9 / 5, -459.67, 'degrees Fahrenheit where kelvins were', 'kelvins where degrees Fahrenheit were'],
];
const LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9];
/** Standard errors that a quantile may be off on each side. */
const ERRORS = 3;

/** Every quantile of the reference, put through the change, is the current one; and without it none of them need be. */
export function zeroChange(reference: NumericBins, current: NumericBins): ZeroChange | undefined {
  const before = LEVELS.map((level) => quantileOf(reference, level));
  const now = LEVELS.map((level) => quantileOf(current, level));
  const low = now[1];
  const high = now[3];
  if (low === undefined || low === null || high === undefined || high === null || high <= low)
    return undefined;
  // Of a quantile between the quartiles of a bell: 1.36 sd / √n, sd = IQR / 1.349; the tenths have 1.71.
  const spread = ((high - low) / 1.349) * 1.71 * Math.sqrt(1 / totalOf(reference) + 1 / totalOf(current));
  const fits = (factor: number, offset: number): boolean =>
    before.every((value, i) => {
      const seen = now[i];
      if (value === null || seen === null || seen === undefined) return false;
      const bin = (BIN_GROWTH - 1) * (Math.abs(seen) + Math.abs(factor * value));
      return Math.abs(seen - (factor * value + offset)) <= ERRORS * spread + bin;
    });
  if (fits(1, 0)) return undefined;
  for (const [factor, offset, there, back] of ZEROES) {
    if (fits(factor, offset)) return { factor, offset, guess: there };
    if (fits(1 / factor, -offset / factor))
      return { factor: 1 / factor, offset: -offset / factor, guess: back };
  }
  return undefined;
}
