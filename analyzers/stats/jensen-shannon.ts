import { klTerm } from './kullback-leibler.ts';
import { type Distance, distance, undefinedBecause } from './measured.ts';
import { type Counts, sumOverBins, toShares } from './shares.ts';

/** Base 2 bounds divergence and distance by 1, so that a limit means the same for every feature. */
export const DEFAULT_JS_BASE = 2;

/**
 * Jensen-Shannon divergence: ½ KL(p ‖ m) + ½ KL(q ‖ m), m = (p + q) / 2, over ln(base).
 *
 * Shapes: two arrays of counts over the same bins. Range [0, ln 2 / ln base]: [0, 1] in base 2, [0, 0.6931] in base e.
 * Symmetric; needs no floor, since m is positive wherever p or q is. Empty side → `empty`. Cost O(bins).
 * Source: Lin, IEEE Trans. Inf. Theory 37 (1991), eq. 4.1 with equal weights.
 */
export function jensenShannonDivergence(
  reference: Counts,
  current: Counts,
  options: { readonly base?: number } = {},
): Distance {
  const { base = DEFAULT_JS_BASE } = options;
  if (!(base > 1)) return undefinedBecause('bad_parameter');
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  const nats = sumOverBins(shares.reference, shares.current, (p, q) => {
    const middle = (p + q) / 2;
    return (klTerm(p, middle) + klTerm(q, middle)) / 2;
  });
  // Rounding can leave -1e-17 for equal shares, whose root would be NaN.
  return distance(Math.max(0, nats) / Math.log(base));
}

/**
 * Jensen-Shannon distance: the square root of the divergence; a metric (triangle inequality holds).
 * Range [0, 1] in base 2, [0, 0.8326] in base e (scipy's default). Rules as for the divergence.
 * Source: Endres & Schindelin, IEEE Trans. Inf. Theory 49 (2003).
 */
export function jensenShannonDistance(
  reference: Counts,
  current: Counts,
  options: { readonly base?: number } = {},
): Distance {
  const divergence = jensenShannonDivergence(reference, current, options);
  return divergence.kind === 'undefined' ? divergence : distance(Math.sqrt(divergence.value));
}
