import { type Distance, distance } from './measured.ts';
import { type Counts, sumOverBins, toShares } from './shares.ts';

/**
 * Hellinger distance between binned shares: √(½ Σ (√pᵢ − √qᵢ)²).
 *
 * Range [0, 1]: 0 iff equal, 1 iff no bin is shared. Symmetric, a metric. Empty side → `empty`. Cost O(bins).
 * Source: Hellinger (1909); this normalisation as in Le Cam & Yang, Asymptotics in Statistics (2000), § 3.2.
 */
export function hellinger(reference: Counts, current: Counts): Distance {
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  return distance(
    Math.sqrt(
      sumOverBins(shares.reference, shares.current, (p, q) => (Math.sqrt(p) - Math.sqrt(q)) ** 2) / 2,
    ),
  );
}
