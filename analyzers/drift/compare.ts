import { type ComparedBin, categoryGroups, layOver, quantileGroups } from '../../model/distribution.ts';
import type { DriftStatistic } from '../../model/documents/monitor/drift.ts';
import { type FeatureKind, type FeatureSummary, valuesOf } from '../../model/feature-summary.ts';
import {
  detectableKs,
  detectablePsi,
  divergenceInterval,
  type Interval,
  jensenShannonDistance,
  ksFromCounts,
  ksInterval,
  type Measured,
  psi,
  psiAsJsDistance,
  type UndefinedReason,
} from '../stats/index.ts';
import { type Chance, categoryChance, droppedOf, groupsLevel, ksLevel, numericChance } from './chance.ts';

/** Ten groups, as the customary limits of PSI assume. */
const NUMERIC_GROUPS = 10;
/** More categories than this share one group of the effect: each adds noise of its own, and nobody reads the tail. */
const CATEGORY_GROUPS = 30;
/** A change of the reported size is missed once in five windows: the convention of Cohen (1988). */
const POWER = 0.8;
/** Level at which p-values need their last digit; stricter ones are met by the cheaper, larger p. */
const NOMINAL = 0.05;

export type Comparison = {
  readonly kind: 'measured';
  readonly value: number;
  /** Of the distributions behind the samples, 95 %. */
  readonly interval: Interval;
  /** A valid p-value of "nothing changed". */
  readonly pValue: number;
  /** The smallest effect that windows of these sizes show at level `alpha` four times in five. */
  readonly detectable: (alpha: number) => number;
  /** KS only: the statistic on raw values is at most value + this. */
  readonly errorBound: number | null;
  /** Share of the values that the profile keeps only as "one of the rest". */
  readonly dropped: { readonly reference: number; readonly current: number };
  /** Groups that the chance was computed on; of categories, one says that none was frequent enough to be compared. */
  readonly groups: number;
  readonly bins: readonly ComparedBin[];
};
export type NoComparison = { readonly kind: 'undefined'; readonly reason: UndefinedReason | 'no_order' };

/** How far two summaries of a feature are apart, and what that is worth. O(bins · log bins). */
export function compare(
  statistic: DriftStatistic,
  kind: FeatureKind,
  reference: FeatureSummary,
  current: FeatureSummary,
): Comparison | NoComparison {
  if (statistic === 'ks' && kind === 'categorical') return { kind: 'undefined', reason: 'no_order' };
  const bins =
    kind === 'numeric'
      ? quantileGroups(reference.bins, current.bins, NUMERIC_GROUPS)
      : categoryGroups(reference.categories, current.categories, CATEGORY_GROUPS);
  const [n, m] = [valuesOf(reference, kind), valuesOf(current, kind)];
  const chance =
    kind === 'numeric' ? numericChance(reference, current, NOMINAL) : categoryChance(reference, current);
  if (chance.kind === 'undefined') return chance;
  const effect = statistic === 'ks' ? ksEffect(reference, current, n, m) : divergenceEffect(statistic, bins);
  if (effect.kind === 'undefined') return effect;
  return {
    ...effect,
    kind: 'measured',
    bins,
    pValue: chance.value,
    groups: chance.groups,
    detectable: (alpha) => detectable(statistic, chance, n, m, alpha),
    dropped:
      kind === 'numeric'
        ? { reference: 0, current: 0 }
        : { reference: droppedOf(reference) / n, current: droppedOf(current) / m },
  };
}

type Effect = Measured<Pick<Comparison, 'value' | 'interval' | 'errorBound'>>;

function divergenceEffect(statistic: 'psi' | 'js_distance', bins: readonly ComparedBin[]): Effect {
  const left = bins.map((bin) => bin.reference);
  const right = bins.map((bin) => bin.current);
  const measured = statistic === 'psi' ? psi(left, right) : jensenShannonDistance(left, right);
  if (measured.kind === 'undefined') return measured;
  const interval = divergenceInterval(statistic, left, right);
  if (interval.kind === 'undefined') return interval;
  const { low, high } = interval;
  return { kind: 'value', value: measured.value, interval: { low, high }, errorBound: null };
}

function ksEffect(reference: FeatureSummary, current: FeatureSummary, n: number, m: number): Effect {
  const fine = layOver(reference.bins, current.bins);
  const result = ksFromCounts(fine.reference, fine.current);
  if (result.kind === 'undefined') return result;
  const errorBound = result.statisticUpper - result.statistic;
  return { kind: 'value', value: result.statistic, interval: ksInterval(result, n, m), errorBound };
}

function detectable(
  statistic: DriftStatistic,
  chance: Extract<Chance, { kind: 'value' }>,
  n: number,
  m: number,
  alpha: number,
): number {
  if (statistic === 'ks') return detectableKs(n, m, { alpha: ksLevel(alpha), power: POWER });
  const level = { alpha: groupsLevel(alpha, chance.groupsWeight), power: POWER };
  const least = detectablePsi(Math.max(2, chance.groups), n, m, level);
  return statistic === 'psi' ? least : psiAsJsDistance(least);
}
