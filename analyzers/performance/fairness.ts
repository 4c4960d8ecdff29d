import { wilsonInterval } from '../stats/proportions.ts';
import { type BinaryRow, confusionOf } from './binary.ts';

/**
 * Demographic parity: the share of positive decisions. Equal opportunity: the share of positive cases decided positive.
 * Equalised odds: the larger gap of that and of the share of negative cases decided positive.
 */
export const FAIRNESS = ['demographic_parity', 'equal_opportunity', 'equalised_odds'] as const;
export type Fairness = (typeof FAIRNESS)[number];

export type Group = { readonly group: string; readonly rows: readonly BinaryRow[] };
export type GroupRate = {
  readonly group: string;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
};
export type Gap = {
  readonly kind: Fairness;
  /** Difference of the highest and the lowest rate. */
  readonly value: number;
  /** Holds for all pairs of groups at once. */
  readonly low: number;
  readonly high: number;
  readonly highest: string;
  readonly lowest: string;
  readonly rates: readonly GroupRate[];
  /** Groups that were too small to be compared. */
  readonly left: readonly string[];
};

type Tally = { readonly group: string; readonly successes: number; readonly trials: number };

/**
 * The widest gap between two groups, with Newcombe's interval (hybrid of two Wilson intervals) at a level that allows for
 * having picked the two out of all pairs (Bonferroni). Groups below `minimumN` cases are left out; null when fewer than
 * two remain. O(groups · bins).
 * Source: Hardt, Price & Srebro, NeurIPS 2016 (equal opportunity, equalised odds); Newcombe, Stat. Med. 17 (1998), method 10.
 */
export function fairnessGap(
  kind: Fairness,
  groups: readonly Group[],
  minimumN: number,
  alpha = 0.05,
): Gap | null {
  if (kind !== 'equalised_odds') return gapOf(kind, talliesOf(kind, groups), minimumN, alpha);
  const gaps = [
    gapOf(kind, talliesOf('equal_opportunity', groups), minimumN, alpha / 2),
    gapOf(kind, talliesOf('false_positives', groups), minimumN, alpha / 2),
  ].flatMap((gap) => (gap === null ? [] : [gap]));
  return gaps.length < 2 ? null : (gaps.toSorted((a, b) => b.value - a.value)[0] ?? null);
}

const talliesOf = (kind: Fairness | 'false_positives', groups: readonly Group[]): readonly Tally[] =>
  groups.map(({ group, rows }) => {
    const { tp, fp, fn, tn } = confusionOf(rows);
    if (kind === 'equal_opportunity') return { group, successes: tp, trials: tp + fn };
    if (kind === 'false_positives') return { group, successes: fp, trials: fp + tn };
    const count = (of: readonly BinaryRow[]): number => of.reduce((sum, row) => sum + row.n, 0);
    return { group, successes: count(rows.filter((row) => row.predicted)), trials: count(rows) };
  });

function gapOf(kind: Fairness, tallies: readonly Tally[], minimumN: number, alpha: number): Gap | null {
  const able = tallies.filter(({ trials }) => trials >= minimumN);
  const pairs = (able.length * (able.length - 1)) / 2;
  if (pairs < 1) return null;
  const confidence = 1 - alpha / pairs;
  const rates = able
    .flatMap(({ group, successes, trials }): GroupRate[] => {
      const wilson = wilsonInterval({ successes, trials }, confidence);
      if (wilson.kind !== 'value') return [];
      return [{ group, rate: successes / trials, low: wilson.low, high: wilson.high, n: trials }];
    })
    .sort((a, b) => b.rate - a.rate || (a.group < b.group ? -1 : 1));
  const [top, bottom] = [rates[0], rates.at(-1)];
  if (!top || !bottom) return null;
  const value = top.rate - bottom.rate;
  return {
    kind,
    value,
    low: Math.max(0, value - Math.hypot(top.rate - top.low, bottom.high - bottom.rate)),
    high: Math.min(1, value + Math.hypot(top.high - top.rate, bottom.rate - bottom.low)),
    highest: top.group,
    lowest: bottom.group,
    rates,
    left: tallies.filter(({ trials }) => trials < minimumN).map(({ group }) => group),
  };
}
