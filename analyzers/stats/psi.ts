import { type Distance, distance, undefinedBecause } from './measured.ts';
import { type Counts, sumOverBins, toShares } from './shares.ts';

/** A bin seen on one side only would make PSI infinite; 1e-4 is one decision in ten thousand, and Evidently's choice. */
export const DEFAULT_PSI_FLOOR = 1e-4;

/**
 * Population stability index: Σ (qᵢ − pᵢ) · ln(qᵢ / pᵢ), natural logarithm, pᵢ and qᵢ the shares of reference and
 * current in bin i, each raised to at least `floor` (no renormalisation).
 *
 * Shapes: two arrays of counts over the same bins. Unit: nats, ≥ 0; 0 iff the shares agree; symmetric.
 * Bins empty on both sides add nothing. Empty side → `empty`. `floor: 0` gives Infinity for a one-sided bin.
 * Under no change E[PSI] ≈ (bins − 1)(1/n + 1/m): compare with `psiCritical` before reading a fixed limit into it.
 * Cost O(bins). Source: Siddiqi, Credit Risk Scorecards (2006) ch. 10; it is Jeffreys' J (1946) between binned shares.
 */
export function psi(reference: Counts, current: Counts, options: { readonly floor?: number } = {}): Distance {
  const floor = options.floor ?? DEFAULT_PSI_FLOOR;
  if (!(floor >= 0 && floor < 1)) return undefinedBecause('bad_parameter');
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  return distance(
    sumOverBins(shares.reference, shares.current, (p, q) => psiTerm(Math.max(p, floor), Math.max(q, floor))),
  );
}

/** One bin's part of the index; equal shares (both zero too) add nothing. */
export const psiTerm = (p: number, q: number): number => (p === q ? 0 : (q - p) * Math.log(q / p));
