import { at, probability } from './measured.ts';
import { gammaUpper } from './special/gamma.ts';
import { normalSf } from './special/normal.ts';

/** With so many permuted values at least as large, counting them is exact enough. */
const COUNTED = 10;
/** A skew smaller than this is none: the gamma becomes the normal. */
const NO_SKEW = 1e-6;

/**
 * p of an observed value among permuted ones, large values extreme: (1 + #{permuted ≥ observed}) / (1 + permutations)
 * while at least ten are as large; beyond, where counting ends at 1/permutations, the upper tail of the Pearson type III
 * (gamma) distribution with their mean, variance and skew. Sums of squared distances under permutation are sums of
 * weighted chi-squares, whose tail it has. Never above the counted p, never 0 for a finite value. All permuted equal:
 * the counted p. Cost O(permutations). Source: Mielke & Berry, Permutation Methods (2007), § 2.3; Phipson & Smyth, SAGMB 9
 * (2010) for the 1 +.
 */
export function permutationP(observed: number, permuted: ArrayLike<number>): number {
  const n = permuted.length;
  let extreme = 0;
  let mean = 0;
  for (let i = 0; i < n; i += 1) {
    if (at(permuted, i) >= observed) extreme += 1;
    mean += at(permuted, i) / n;
  }
  const counted = (1 + extreme) / (1 + n);
  if (extreme >= COUNTED) return counted;
  let variance = 0;
  let third = 0;
  for (let i = 0; i < n; i += 1) {
    const gap = at(permuted, i) - mean;
    variance += gap ** 2 / n;
    third += gap ** 3 / n;
  }
  if (!(variance > 0)) return counted;
  const z = (observed - mean) / Math.sqrt(variance);
  // A left skew would end the tail; of such a sample the normal is the careful side.
  const skew = Math.max(0, third / variance ** 1.5);
  const shape = 4 / skew ** 2;
  const tail = skew < NO_SKEW ? normalSf(z) : gammaUpper(shape, shape + (2 * z) / skew);
  return probability(Math.min(counted, Math.max(tail, Number.MIN_VALUE)));
}
