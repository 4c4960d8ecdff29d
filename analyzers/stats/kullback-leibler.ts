import { type Distance, distance, undefinedBecause } from './measured.ts';
import { type Counts, sumOverBins, toShares } from './shares.ts';

/**
 * Kullback-Leibler divergence of the current from the reference: Σ pᵢ · ln(pᵢ / qᵢ), p = reference, q = current,
 * divided by ln(base). Not symmetric.
 *
 * Unit: nats by default, bits for `base: 2`; ≥ 0. 0 · ln 0 = 0. A bin of the reference that is empty now makes it
 * Infinity (that is its definition); a positive `floor` raises both shares to at least that first.
 * Empty side → `empty`. Cost O(bins). Source: Kullback & Leibler, Ann. Math. Stat. 22 (1951), eq. 2.4.
 */
export function kl(
  reference: Counts,
  current: Counts,
  options: { readonly base?: number; readonly floor?: number } = {},
): Distance {
  const { base = Math.E, floor = 0 } = options;
  if (!(base > 1) || !(floor >= 0 && floor < 1)) return undefinedBecause('bad_parameter');
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  const nats = sumOverBins(shares.reference, shares.current, (p, q) =>
    klTerm(Math.max(p, floor), Math.max(q, floor)),
  );
  return distance(nats / Math.log(base));
}

/** p · ln(p / q) with 0 · ln 0 = 0. */
export const klTerm = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log(p / q));
