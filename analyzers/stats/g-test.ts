import { type ContingencyResult, contingencyTable } from './chi-square.ts';
import type { Counts } from './shares.ts';
import { chiSquareSf } from './special/chi-square.ts';

/**
 * G test (likelihood ratio) of a contingency table of two rows: 2 Σ O · ln(O / E), same degrees of freedom as Pearson's.
 *
 * O = 0 adds nothing. One category only: 0, p 1, df 0. Empty side → `empty`. Cost O(bins).
 * Source: Wilks, Ann. Math. Stat. 6 (1935); Sokal & Rohlf, Biometry (1995), ch. 17.
 */
export function gTest(reference: Counts, current: Counts): ContingencyResult {
  const table = contingencyTable([reference, current]);
  if (table.kind === 'undefined') return table;
  const { cells, degreesOfFreedom } = table;
  let half = 0;
  let smallestExpected = Infinity;
  for (const { observed, expected } of cells) {
    if (observed > 0) half += observed * Math.log(observed / expected);
    smallestExpected = Math.min(smallestExpected, expected);
  }
  const statistic = Math.max(0, 2 * half);
  const pValue = degreesOfFreedom === 0 ? 1 : chiSquareSf(statistic, degreesOfFreedom);
  return { kind: 'value', statistic, pValue, degreesOfFreedom, smallestExpected };
}
