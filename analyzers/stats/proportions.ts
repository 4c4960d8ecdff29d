import { isTally, type Tally } from './fisher-exact.ts';
import { type Measured, undefinedBecause } from './measured.ts';
import { normalTwoSided, normalUpperQuantile } from './special/normal.ts';

/**
 * z test of two proportions, two-sided, pooled variance: z = (p₂ − p₁) / √(p(1−p)(1/n + 1/m)).
 *
 * Both sides all successes or all failures: no difference to see, z 0, p 1. Empty side → `empty`; not whole numbers →
 * `invalid_count`. For expected counts below about 5 use `fisherExact`. Cost O(1).
 * Source: Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions (2003), § 3.1.
 */
export function proportionsZ(
  reference: Tally,
  current: Tally,
): Measured<{ statistic: number; pValue: number; difference: number }> {
  if (!isTally(reference) || !isTally(current)) return undefinedBecause('invalid_count');
  const { trials: n } = reference;
  const { trials: m } = current;
  if (n === 0 || m === 0) return undefinedBecause('empty');
  const difference = current.successes / m - reference.successes / n;
  const pooled = (reference.successes + current.successes) / (n + m);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  const statistic = error === 0 ? 0 : difference / error;
  return { kind: 'value', statistic, pValue: normalTwoSided(statistic), difference };
}

/**
 * Wilson score interval of one proportion at `confidence` (two-sided): never outside [0, 1], sound for 0 successes.
 * No trials → `empty`. Source: Wilson, JASA 22 (1927); recommended by Brown, Cai & DasGupta, Stat. Sci. 16 (2001).
 */
export function wilsonInterval(
  { successes, trials }: Tally,
  confidence = 0.95,
): Measured<{ low: number; high: number }> {
  if (!(confidence > 0 && confidence < 1)) return undefinedBecause('bad_parameter');
  if (!isTally({ successes, trials })) return undefinedBecause('invalid_count');
  if (trials === 0) return undefinedBecause('empty');
  const z = normalUpperQuantile((1 - confidence) / 2);
  const p = successes / trials;
  const spread = z * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials));
  const middle = p + (z * z) / (2 * trials);
  const scale = 1 + (z * z) / trials;
  return {
    kind: 'value',
    low: successes === 0 ? 0 : Math.max(0, (middle - spread) / scale),
    high: successes === trials ? 1 : Math.min(1, (middle + spread) / scale),
  };
}
