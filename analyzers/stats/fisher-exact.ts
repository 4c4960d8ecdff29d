import { type Measured, probability, undefinedBecause } from './measured.ts';
import { logChoose } from './special/gamma.ts';

/** Two tables are equally probable within the rounding of the logarithms; scipy and R use the same slack. */
const RELATIVE_SLACK = 1e-7;

/** Successes out of trials of one side: whole numbers. */
export type Tally = { readonly successes: number; readonly trials: number };

export const isTally = ({ successes, trials }: Tally): boolean =>
  Number.isInteger(successes) && Number.isInteger(trials) && successes >= 0 && trials >= successes;

/**
 * Fisher's exact test of two proportions, two-sided: the total probability, given the margins, of all 2 × 2 tables that
 * are no more probable than the one observed. `statistic`: the sample odds ratio, current over reference (Infinity when
 * only its denominator is 0; 1 when a margin is empty and nothing can be said, with p 1).
 *
 * Not whole numbers, or more successes than trials → `invalid_count`; no trials on a side → `empty`.
 * Cost O(min margin). Source: Fisher, Statistical Methods for Research Workers (1934), § 21.02.
 */
export function fisherExact(
  reference: Tally,
  current: Tally,
): Measured<{ statistic: number; pValue: number }> {
  if (!isTally(reference) || !isTally(current)) return undefinedBecause('invalid_count');
  if (reference.trials === 0 || current.trials === 0) return undefinedBecause('empty');
  const n = reference.trials;
  const m = current.trials;
  const drawn = reference.successes + current.successes;
  const logAll = logChoose(n + m, drawn);
  const probabilityOf = (k: number): number => Math.exp(logChoose(m, k) + logChoose(n, drawn - k) - logAll);
  const limit = probabilityOf(current.successes) * (1 + RELATIVE_SLACK);
  let pValue = 0;
  for (let k = Math.max(0, drawn - n); k <= Math.min(m, drawn); k += 1) {
    const p = probabilityOf(k);
    if (p <= limit) pValue += p;
  }
  return { kind: 'value', statistic: oddsRatio(reference, current), pValue: probability(pValue) };
}

const oddsRatio = (reference: Tally, current: Tally): number => {
  const up = current.successes * (reference.trials - reference.successes);
  const down = reference.successes * (current.trials - current.successes);
  if (up === 0 && down === 0) return 1;
  return down === 0 ? Infinity : up / down;
};
