import { at, type Measured, undefinedBecause } from './measured.ts';
import { type Counts, toShares } from './shares.ts';

/**
 * Wasserstein-1 (earth mover's) distance between two histograms on the same edges: ∫ |F(x) − G(x)| dx, with mass
 * spread evenly inside a bin, so both distribution functions are straight lines between edges.
 *
 * Shapes: `edges` has one entry more than the counts, finite and strictly increasing (an open-ended first or last bin
 * must be given a finite edge by the caller: the choice decides the distance, so it is not made here).
 * Unit: that of the edges. `errorBound`: the raw values give a distance at most this far away, since gathering a bin's
 * mass anywhere in the bin moves it half a width on average: Σ (pᵢ + qᵢ)/2 · widthᵢ. Empty side → `empty`; bad edges → `bad_parameter`. Cost O(bins).
 * Source: Vallender, Theory Probab. Appl. 18 (1974): W₁ equals the area between the distribution functions.
 */
export function wassersteinFromCounts(
  edges: ArrayLike<number>,
  reference: Counts,
  current: Counts,
): Measured<{ value: number; errorBound: number }> {
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  if (edges.length !== reference.length + 1) return undefinedBecause('length_mismatch');
  let gap = 0;
  let value = 0;
  let errorBound = 0;
  for (let i = 0; i < reference.length; i += 1) {
    const width = at(edges, i + 1) - at(edges, i);
    if (!(width > 0 && width < Infinity)) return undefinedBecause('bad_parameter');
    const p = at(shares.reference, i);
    const q = at(shares.current, i);
    const next = gap + p - q;
    value += width * meanAbsoluteOfLine(gap, next);
    errorBound += (width * (p + q)) / 2;
    gap = next;
  }
  return { kind: 'value', value, errorBound };
}

/** The mean of |line| from a to b over a unit interval: two triangles where the line crosses zero. */
const meanAbsoluteOfLine = (a: number, b: number): number =>
  a * b >= 0 ? Math.abs(a + b) / 2 : (a * a + b * b) / (2 * Math.abs(a - b));
