import { type Distance, distance } from './measured.ts';
import { type Counts, sumOverBins, toShares } from './shares.ts';

/**
 * Total variation distance: ½ Σ |pᵢ − qᵢ|. It is the share of decisions that would have to change bin.
 *
 * Range [0, 1], symmetric, a metric. Empty side → `empty`. Cost O(bins).
 * Source: Levin & Peres, Markov Chains and Mixing Times (2017), prop. 4.2.
 */
export function totalVariation(reference: Counts, current: Counts): Distance {
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  return distance(sumOverBins(shares.reference, shares.current, (p, q) => Math.abs(p - q)) / 2);
}
