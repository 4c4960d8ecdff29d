import { at, type Distance, distance } from './measured.ts';
import { type Sample, tieGroups } from './tie-groups.ts';

/**
 * Energy distance of two samples: √(2E|X−Y| − E|X−X′| − E|Y−Y′|) = √(2 ∫ (F(x) − G(x))² dx).
 *
 * Unit: square root of that of the values; ≥ 0, 0 iff the empirical distributions agree; symmetric.
 * Ties need no rule. Empty → `empty`; NaN or infinite → `not_finite`. Cost O(N log N), not the O(N²) of the definition.
 * Source: Székely & Rizzo, J. Stat. Planning Inference 143 (2013), § 2; Rizzo & Székely, WIREs 8 (2016), eq. 2.
 */
export function energyDistance(reference: Sample, current: Sample): Distance {
  const groups = tieGroups(reference, current);
  if (groups.kind === 'undefined') return groups;
  const { values, nReference, nCurrent } = groups;
  let gap = 0;
  let area = 0;
  for (let k = 0; k + 1 < values.length; k += 1) {
    gap += at(groups.reference, k) / nReference - at(groups.current, k) / nCurrent;
    area += gap * gap * (at(values, k + 1) - at(values, k));
  }
  return distance(Math.sqrt(2 * area));
}
