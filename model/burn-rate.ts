import type { SloSpec, Target } from './documents/slo.ts';
import type { Severity } from './finding.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.ts';

const BASIS_POINTS = 10_000;

/** Events of a stretch of time. Both are whole numbers: every SLI is a ratio of counts. */
export type Counts = { readonly bad: number; readonly total: number };

export type BurnPair = {
  readonly severity: Severity;
  readonly longMs: number;
  readonly shortMs: number;
  /** Hundredths of a percent of the period's error budget that are gone when the pair fires; whole, so that the limit is a fraction. */
  readonly budgetBasisPoints: number;
};

/**
 * The four window pairs of the SRE Workbook, ch. 5, iteration 6 (its Table 5-8 prints three, its code has four).
 * A pair fires when both windows burn faster than factor = budget share · period / long window: 14.4, 6, 3, 1 at 30 d.
 */
export const BURN_PAIRS: readonly BurnPair[] = [
  { severity: 'page', longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, budgetBasisPoints: 200 },
  { severity: 'page', longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, budgetBasisPoints: 500 },
  { severity: 'ticket', longMs: DAY_MS, shortMs: 2 * HOUR_MS, budgetBasisPoints: 1_000 },
  { severity: 'ticket', longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS, budgetBasisPoints: 1_000 },
];

/** The SLO's own pairs, or the workbook's. */
export const alertPairs = ({ pairs }: Pick<SloSpec, 'pairs'>): readonly BurnPair[] =>
  pairs?.map(({ severity, long, short, budgetShare: share }) => ({
    severity,
    longMs: long,
    shortMs: short,
    budgetBasisPoints: Math.round(share * BASIS_POINTS),
  })) ?? BURN_PAIRS;

/** How far back the pairs look. */
export const longestWindowMs = (spec: Pick<SloSpec, 'pairs'>): number =>
  Math.max(...alertPairs(spec).map((pair) => pair.longMs));

/** The burn rate above which the pair fires, for showing. Comparisons use `exceeds`. */
export const burnFactor = (pair: BurnPair, periodMs: number): number =>
  (pair.budgetBasisPoints * periodMs) / (BASIS_POINTS * pair.longMs);

/** 1 − target, for showing. */
export const budgetShare = (target: Target): number => Number(target.of - target.good) / Number(target.of);

/** Error rate over budget; null without events. For showing: comparisons use `exceeds`. */
export const burnRate = (counts: Counts, target: Target): number | null =>
  counts.total > 0 ? counts.bad / counts.total / budgetShare(target) : null;

/**
 * bad/total > factor · (1 − target), exactly and strictly: bad · 10⁴·long · of > total · points·period · (of − good).
 * Cross-multiplied in BigInt, because 1 − 0.999 is 0.0010000000000000009 in doubles and a rate exactly on the limit
 * would fire. Without events nothing burns.
 */
export function exceeds(counts: Counts, pair: BurnPair, target: Target, periodMs: number): boolean {
  const left = BigInt(counts.bad) * BigInt(BASIS_POINTS) * BigInt(pair.longMs) * target.of;
  const right =
    BigInt(counts.total) * BigInt(pair.budgetBasisPoints) * BigInt(periodMs) * (target.of - target.good);
  return left > right;
}

/** No error rate can pass the limit: factor · budget ≥ 1 (a 90 % target has no 1-hour page). */
export const isUnreachable = (pair: BurnPair, target: Target, periodMs: number): boolean =>
  !exceeds({ bad: 1, total: 1 }, pair, target, periodMs);

/** 1 = untouched, 0 = spent, below = overspent; null without events. Over the events of one period. */
export const budgetRemaining = (counts: Counts, target: Target): number | null => {
  const spent = burnRate(counts, target);
  return spent === null ? null : 1 - spent;
};

/** bad > total · (1 − target), exactly. */
export const isBudgetSpent = (counts: Counts, target: Target): boolean =>
  BigInt(counts.bad) * target.of > BigInt(counts.total) * (target.of - target.good);
