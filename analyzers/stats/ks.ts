import { ksExactTail } from './ks-exact.ts';
import { at, type Measured, probability } from './measured.ts';
import { kolmogorovSf } from './special/kolmogorov.ts';
import { type Sample, tieGroups } from './tie-groups.ts';

/** Up to this many cells (n · m), 500 against 500, `auto` counts lattice paths exactly: 2 ms; beyond, the limit is close. */
export const KS_EXACT_CELLS = 250_000;

export type KsResult = Measured<{
  statistic: number;
  pValue: number;
  method: 'exact' | 'asymptotic';
  /** The value at which the two distribution functions are furthest apart. */
  location: number;
  /** +1: the current values lie lower there (F_reference < F_current); −1: higher; 0: nowhere apart. */
  sign: -1 | 0 | 1;
}>;

/**
 * Two-sample Kolmogorov-Smirnov, two-sided: D = sup |F(x) − G(x)|.
 *
 * Ties: D is taken between tie groups. `exact` conditions on the observed ties, so it is exact for discrete data too;
 * `asymptotic` (Kolmogorov's limit at D √(nm/(n+m))) is conservative under ties. `auto`: exact up to KS_EXACT_CELLS.
 * Empty → `empty`; NaN or infinite values → `not_finite`. Cost O(N log N), exact + O(n·m) time and O(m) memory.
 * Source: Smirnov (1939); Hodges, Arkiv för Matematik 3 (1958) (paths); Schröer & Trenkler, CSDA 20 (1995) (ties).
 */
export function ks(
  reference: Sample,
  current: Sample,
  options: { readonly method?: 'auto' | 'exact' | 'asymptotic' } = {},
): KsResult {
  const groups = tieGroups(reference, current);
  if (groups.kind === 'undefined') return groups;
  const { nReference: n, nCurrent: m } = groups;
  let i = 0;
  let j = 0;
  let widest = 0;
  let location = at(groups.values, 0);
  // |i/n − j/m| as the integer |i·m − j·n|: no rounding decides a tie with D.
  for (let g = 0; g < groups.values.length; g += 1) {
    i += at(groups.reference, g);
    j += at(groups.current, g);
    const gap = i * m - j * n;
    if (Math.abs(gap) > Math.abs(widest)) {
      widest = gap;
      location = at(groups.values, g);
    }
  }
  const { method = 'auto' } = options;
  const exact = method === 'exact' || (method === 'auto' && n * m <= KS_EXACT_CELLS);
  const statistic = Math.abs(widest) / (n * m);
  const pValue = exact
    ? ksExactTail(n, m, Math.abs(widest), groups.reference, groups.current)
    : kolmogorovSf(statistic * Math.sqrt((n * m) / (n + m)));
  const sign = widest === 0 ? 0 : widest > 0 ? -1 : 1;
  return {
    kind: 'value',
    statistic,
    pValue: probability(pValue),
    method: exact ? 'exact' : 'asymptotic',
    location,
    sign,
  };
}
