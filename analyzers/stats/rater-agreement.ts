import { at, type Measured, type Undefined, undefinedBecause } from './measured.ts';

/**
 * Ratings by several raters: one row per item, one count per category (how many raters chose it). Raters need not be the
 * same people. Items with fewer than two ratings say nothing of agreement and are left out.
 */
export type RatingCounts = readonly ArrayLike<number>[];

type Prepared = {
  readonly items: readonly { readonly counts: readonly number[]; readonly raters: number }[];
  readonly categories: number;
};

/** Rows checked and those of a single rating dropped. */
const prepare = (ratings: RatingCounts): Prepared | Undefined => {
  const categories = ratings[0]?.length ?? 0;
  const items = [];
  for (const row of ratings) {
    if (row.length !== categories) return undefinedBecause('length_mismatch');
    const counts = Array.from(row);
    if (!counts.every((count) => Number.isInteger(count) && count >= 0))
      return undefinedBecause('invalid_count');
    const raters = counts.reduce((sum, count) => sum + count, 0);
    if (raters >= 2) items.push({ counts, raters });
  }
  return items.length === 0 ? undefinedBecause('empty') : { items, categories };
};

/** Mean over items of the share of agreeing pairs of raters. */
const pairAgreement = ({ items }: Prepared): number =>
  items.reduce((sum, { counts, raters }) => {
    const pairs = counts.reduce((all, count) => all + count * (count - 1), 0);
    return sum + pairs / (raters * (raters - 1));
  }, 0) / items.length;

/** Mean over items of each category's share. */
const meanShares = ({ items, categories }: Prepared): number[] =>
  Array.from(
    { length: categories },
    (_, k) => items.reduce((sum, { counts, raters }) => sum + at(counts, k) / raters, 0) / items.length,
  );

export type Agreement = Measured<{ value: number; agreement: number; items: number }>;

const corrected = (prepared: Prepared, chance: number): Agreement => {
  if (chance >= 1) return undefinedBecause('constant');
  const agreement = pairAgreement(prepared);
  return {
    kind: 'value',
    value: (agreement - chance) / (1 - chance),
    agreement,
    items: prepared.items.length,
  };
};

/**
 * Fleiss' kappa: (P̄ − P̄ₑ)/(1 − P̄ₑ), P̄ₑ = Σ pₖ². All ratings in one category → `constant`; no item rated twice → `empty`.
 * Unequal numbers of raters: each item weighs the same. Cost O(items · categories).
 * Source: Fleiss, Psychol. Bull. 76 (1971).
 */
export function fleissKappa(ratings: RatingCounts): Agreement {
  const prepared = prepare(ratings);
  if ('kind' in prepared) return prepared;
  return corrected(
    prepared,
    meanShares(prepared).reduce((sum, p) => sum + p * p, 0),
  );
}

/**
 * Gwet's AC1: chance agreement Σ pₖ(1 − pₖ)/(q − 1) for q categories; stays meaningful when nearly all fall into one
 * category, where kappa collapses. One category only → `constant`. Cost O(items · categories).
 * Source: Gwet, Br. J. Math. Stat. Psychol. 61 (2008), eq. 6-7.
 */
export function gwetAc1(ratings: RatingCounts): Agreement {
  const prepared = prepare(ratings);
  if ('kind' in prepared) return prepared;
  if (prepared.categories < 2) return undefinedBecause('constant');
  const spread = meanShares(prepared).reduce((sum, p) => sum + p * (1 - p), 0);
  return corrected(prepared, spread / (prepared.categories - 1));
}

/**
 * Krippendorff's alpha, nominal: 1 − D_observed / D_expected on pairable ratings, each item weighing by its ratings.
 * Made for missing ratings. All ratings in one category → `constant`. Cost O(items · categories).
 * Source: Krippendorff, Content Analysis (2004), ch. 11.
 */
export function krippendorffAlpha(ratings: RatingCounts): Agreement {
  const prepared = prepare(ratings);
  if ('kind' in prepared) return prepared;
  const { items, categories } = prepared;
  const totals = Array.from({ length: categories }, (_, k) =>
    items.reduce((sum, { counts }) => sum + at(counts, k), 0),
  );
  const n = totals.reduce((sum, total) => sum + total, 0);
  const pairs = (counts: readonly number[], of: number): number =>
    of * of - counts.reduce((sum, count) => sum + count * count, 0);
  const observed = items.reduce((sum, { counts, raters }) => sum + pairs(counts, raters) / (raters - 1), 0);
  const expected = pairs(totals, n) / (n - 1);
  if (expected === 0) return undefinedBecause('constant');
  return {
    kind: 'value',
    value: 1 - observed / expected,
    agreement: pairAgreement(prepared),
    items: items.length,
  };
}
