import { contingencyTable } from './chi-square.ts';
import { type Distance, distance, undefinedBecause } from './measured.ts';
import type { Counts } from './shares.ts';

/**
 * Cramér's V of a contingency table: √(φ² / min(r − 1, c − 1)), φ² = χ² / N; an effect size in [0, 1].
 * `bias: 'corrected'` (default): φ̃² = max(0, φ² − (r−1)(c−1)/(N−1)), and r̃ = r − (r−1)²/(N−1), c̃ likewise; without it V
 * grows with the number of categories and shrinks with N though nothing changed.
 *
 * Columns that are empty everywhere do not count. One category only → 0. Empty row → `empty`; N = 1 → `too_few`.
 * Cost O(cells). Source: Cramér (1946), § 21.9; Bergsma, J. Korean Stat. Soc. 42 (2013), eq. 5-7.
 */
export function cramersVTable(
  table: readonly Counts[],
  options: { readonly bias?: 'corrected' | 'uncorrected' } = {},
): Distance {
  const expected = contingencyTable(table);
  if (expected.kind === 'undefined') return expected;
  const { cells, total, degreesOfFreedom } = expected;
  if (degreesOfFreedom === 0) return distance(0);
  if (total <= 1) return undefinedBecause('too_few');
  const rows = table.length;
  const columns = cells.length / rows;
  const phi2 = cells.reduce((sum, { observed, expected: e }) => sum + (observed - e) ** 2 / e, 0) / total;
  if (options.bias === 'uncorrected') return distance(Math.sqrt(phi2 / Math.min(rows - 1, columns - 1)));
  const corrected = Math.max(0, phi2 - degreesOfFreedom / (total - 1));
  const r = rows - (rows - 1) ** 2 / (total - 1);
  const c = columns - (columns - 1) ** 2 / (total - 1);
  const span = Math.min(r - 1, c - 1);
  return span > 0 ? distance(Math.min(1, Math.sqrt(corrected / span))) : undefinedBecause('too_few');
}

/** Cramér's V between two samples of one categorical feature. */
export const cramersV = (
  reference: Counts,
  current: Counts,
  options: { readonly bias?: 'corrected' | 'uncorrected' } = {},
): Distance => cramersVTable([reference, current], options);
