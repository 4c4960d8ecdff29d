import { ksExactTail } from './ks-exact.ts';
import { at, type Measured, probability, undefinedBecause } from './measured.ts';
import { type Counts, totalsOf } from './shares.ts';
import { kolmogorovSf } from './special/kolmogorov.ts';

export type KsFromCounts = Measured<{
  /** sup |F − G| over the bin edges: a lower bound of the statistic on the raw values. */
  statistic: number;
  /** What it can be at most, whatever the order of the values inside the bins. */
  statisticUpper: number;
  /** Asymptotic p of `statistic`: valid (conservative) for the raw values too, since binning can only lower D. */
  pValue: number;
  /** The asymptotic p at `statisticUpper`: the least the raw values could give. */
  pValueLower: number;
  /** Largest share of one side in one bin: the raw statistic is at most `statistic + errorBound`. */
  errorBound: number;
  /** Index of the bin at whose upper edge the gap is reached. */
  bin: number;
}>;

/**
 * Two-sample Kolmogorov-Smirnov from ordered bins: D = maxᵢ |Fᵢ − Gᵢ|, cumulated shares at the upper edges.
 *
 * Shapes: two arrays of counts over the same bins in ascending order. p from Kolmogorov's limit at D · √(n·m / (n+m)).
 * Values that tie share a bin, so heavy ties (zero-inflated features) make p conservative, never too small.
 * `method: 'exact'` takes each bin as one tie and counts paths (see `ks`): whole counts only (else `invalid_count`), and
 * O(n·m); it wins back the power that the limit gives away on few or heavy bins.
 * Empty side → `empty`. One bin only: D = 0, p = 1, errorBound = 1, which says that nothing could be seen.
 * Cost O(bins). Source: Smirnov (1939); binned bound: |F − G| inside a bin ≤ max(F⁺ − G⁻, G⁺ − F⁻).
 */
export function ksFromCounts(
  reference: Counts,
  current: Counts,
  options: { readonly method?: 'asymptotic' | 'exact' } = {},
): KsFromCounts {
  const totals = totalsOf(reference, current);
  if (totals.kind === 'undefined') return totals;
  const { nReference, nCurrent } = totals;
  let f = 0;
  let g = 0;
  let statistic = 0;
  let statisticUpper = 0;
  let errorBound = 0;
  let bin = 0;
  for (let i = 0; i < reference.length; i += 1) {
    const p = at(reference, i) / nReference;
    const q = at(current, i) / nCurrent;
    statisticUpper = Math.max(statisticUpper, f + p - g, g + q - f);
    errorBound = Math.max(errorBound, p, q);
    f += p;
    g += q;
    const gap = Math.abs(f - g);
    if (gap > statistic) {
      statistic = gap;
      bin = i;
    }
  }
  const exact = options.method === 'exact';
  if (exact && !(isWhole(reference) && isWhole(current))) return undefinedBecause('invalid_count');
  const scale = Math.sqrt((nReference * nCurrent) / (nReference + nCurrent));
  return {
    kind: 'value',
    statistic: probability(statistic),
    statisticUpper: probability(statisticUpper),
    pValue: exact ? exactTail(reference, current, nReference, nCurrent) : kolmogorovSf(statistic * scale),
    pValueLower: kolmogorovSf(statisticUpper * scale),
    errorBound,
    bin,
  };
}

const isWhole = (counts: Counts): boolean => Array.from(counts).every(Number.isInteger);

const exactTail = (reference: Counts, current: Counts, n: number, m: number): number => {
  let [i, j, widest] = [0, 0, 0];
  for (let bin = 0; bin < reference.length; bin += 1) {
    i += at(reference, bin);
    j += at(current, bin);
    widest = Math.max(widest, Math.abs(i * m - j * n));
  }
  return probability(ksExactTail(n, m, widest, reference, current));
};
