import { at, type Measured } from './measured.ts';
import { type Counts, toShares } from './shares.ts';

/**
 * L-infinity distance: maxᵢ |pᵢ − qᵢ|, and the bin where it is reached (the first of equals).
 *
 * Range [0, 1], symmetric, a metric; names the category that moved most. Empty side → `empty`. Cost O(bins).
 * Source: the drift comparator of TensorFlow Data Validation (Breck et al., MLSys 2019, § 4.2).
 */
export function lInfinity(reference: Counts, current: Counts): Measured<{ value: number; bin: number }> {
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  let bin = 0;
  let value = 0;
  for (let i = 0; i < shares.reference.length; i += 1) {
    const gap = Math.abs(at(shares.reference, i) - at(shares.current, i));
    if (gap > value) {
      value = gap;
      bin = i;
    }
  }
  return { kind: 'value', value, bin };
}
