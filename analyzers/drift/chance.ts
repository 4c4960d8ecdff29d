import { layOver, OTHER_CATEGORY, pooledGroups } from '../../model/distribution.ts';
import type { FeatureSummary } from '../../model/feature-summary.ts';
import { sortedBins } from '../../model/numeric-bins.ts';
import { chiSquareSf, ksOnBins, type Measured, poolRareBins, weightedBonferroni } from '../stats/index.ts';

/**
 * Kolmogorov-Smirnov finds what moves, a chi-square test on groups what changes shape; of a numeric feature both are
 * asked. KS carries more of the level: most drift is a shift, and its p-value never errs on the wrong side.
 */
const KS_WEIGHT = 0.85;
const SHAPE_WEIGHT = 1 - KS_WEIGHT;
/** Twice Cochran's 5: budgets ask for p-values of 1e-5, where the limit is a worse guide than at 0.05. */
const LEAST_EXPECTED = 10;
/** Raises p by what the chi-square limit may be short of: up to 11 % at 0.05 on unequal sides before rare bins are joined at LEAST_EXPECTED, 2 % after, more further out. */
const CHI_SQUARE_GUARD = 1.25;
const NUMERIC_GROUPS = 10;

export type Chance = Measured<{
  /** At most α in at most a share α of unchanged windows. */
  value: number;
  /** Groups of the chi-square test: what its sensitivity hangs on. */
  groups: number;
  /** Share of the level that the chi-square test has. */
  groupsWeight: number;
}>;

/**
 * How surprising the window is if nothing changed, from bins. Both sides went into the same bins, so a test on the bins
 * is a valid test of the values: binning costs power, never honesty. O(bins · log bins).
 */
export function numericChance(reference: FeatureSummary, current: FeatureSummary, alpha: number): Chance {
  const fine = layOver(reference.bins, current.bins);
  const pairs = sortedBins(reference.bins).total * sortedBins(current.bins).total;
  const ks = ksOnBins(fine.reference, fine.current, pairs, alpha * KS_WEIGHT);
  if (ks.kind === 'undefined') return ks;
  // Groups cut at quantiles of both sides together: cut at those of the reference, its counts would be equal by making.
  const groups = pooledGroups(fine, NUMERIC_GROUPS);
  const shape = chiSquareChance(groups.reference, groups.current, 'ordered', 0, 0);
  if (shape.kind === 'undefined') return shape;
  const both = weightedBonferroni([
    { pValue: ks.pValue, weight: KS_WEIGHT },
    { pValue: shape.value, weight: SHAPE_WEIGHT },
  ]);
  return both.kind === 'undefined' ? both : { ...shape, value: both.value, groupsWeight: SHAPE_WEIGHT };
}

/** Of categories. What the profile dropped into "other" may belong to any of them: see `chiSquareChance`. */
export function categoryChance(reference: FeatureSummary, current: FeatureSummary): Chance {
  const [lostBefore, lostNow] = [droppedOf(reference), droppedOf(current)];
  const before: number[] = [];
  const now: number[] = [];
  for (const [name, count] of reference.categories) {
    if (name === OTHER_CATEGORY) continue;
    before.push(count);
    now.push(current.categories.get(name) ?? 0);
  }
  for (const [name, count] of current.categories) {
    if (name === OTHER_CATEGORY || reference.categories.has(name)) continue;
    before.push(0);
    now.push(count);
  }
  if (lostBefore + lostNow > 0) {
    before.push(lostBefore);
    now.push(lostNow);
  }
  return chiSquareChance(before, now, 'categories', lostBefore, lostNow);
}

/** Values that a profile kept only as "one of the rest". */
export const droppedOf = (summary: FeatureSummary): number => summary.categories.get(OTHER_CATEGORY) ?? 0;

/**
 * The chi-square test with each bin's gap shortened by what may be missing from it: the true share of a bin lies between
 * what was counted and that plus all that was dropped, so the statistic on the true counts is at least
 * Σ gap² / ((1/n + 1/m) · π), π the largest pooled share. With nothing dropped it is the plain test on pooled shares.
 */
function chiSquareChance(
  reference: readonly number[],
  current: readonly number[],
  kind: 'ordered' | 'categories',
  lostBefore: number,
  lostNow: number,
): Chance {
  const pooled = poolRareBins(reference, current, kind, LEAST_EXPECTED);
  if (pooled.kind === 'undefined') return pooled;
  const [n, m] = [total(reference), total(current)];
  const groups = pooled.reference.length;
  let statistic = 0;
  for (let i = 0; i < groups; i += 1) {
    const [r, c] = [pooled.reference[i] ?? 0, pooled.current[i] ?? 0];
    const gap = Math.max(0, r / n - (c + lostNow) / m, c / m - (r + lostBefore) / n);
    const share = (r + c + lostBefore + lostNow) / (n + m);
    if (share > 0) statistic += gap ** 2 / ((1 / n + 1 / m) * share);
  }
  const pValue = groups < 2 ? 1 : Math.min(1, CHI_SQUARE_GUARD * chiSquareSf(statistic, groups - 1));
  return { kind: 'value', value: pValue, groups, groupsWeight: 1 };
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** The level at which the chi-square part of a check is held when the check as a whole is held at `alpha`. */
export const groupsLevel = (alpha: number, weight: number): number => (alpha * weight) / CHI_SQUARE_GUARD;
/** As KS_WEIGHT of a check on a numeric feature. */
export const ksLevel = (alpha: number): number => alpha * KS_WEIGHT;
