import { type ComparedBin, categoryGroups, fineBins, quantileGroups } from '../../model/distribution.ts';
import type { DriftStatistic } from '../../model/documents/monitor/drift.ts';
import { type FeatureKind, type FeatureSummary, valuesOf } from '../../model/feature-summary.ts';
import {
  jensenShannonDistance,
  ksFromCounts,
  psi,
  psiCritical,
  type UndefinedReason,
} from '../stats/index.ts';

/** Ten groups, as the customary limits of PSI assume; also what keeps PSI's noise below 0.2 from n = 200 on. */
const NUMERIC_GROUPS = 10;
/** More categories than this share one group: each adds noise of its own, and nobody reads the tail. */
const CATEGORY_GROUPS = 30;
/** Chance that sampling alone passes the noise level, per evaluation. */
const NOISE_ALPHA = 0.001;

export type Comparison =
  | {
      readonly kind: 'measured';
      readonly value: number;
      /** What sampling alone exceeds once in a thousand evaluations at these sizes. */
      readonly noise: number;
      /** KS only: the statistic on raw values is at most value + this. */
      readonly errorBound: number | null;
      readonly bins: readonly ComparedBin[];
    }
  | { readonly kind: 'undefined'; readonly reason: UndefinedReason | 'no_order' };

/** How far two summaries of a feature are apart. O(bins · log bins). */
export function compare(
  statistic: DriftStatistic,
  kind: FeatureKind,
  reference: FeatureSummary,
  current: FeatureSummary,
): Comparison {
  const bins =
    kind === 'numeric'
      ? quantileGroups(reference.bins, current.bins, NUMERIC_GROUPS)
      : categoryGroups(reference.categories, current.categories, CATEGORY_GROUPS);
  const sizes = { reference: valuesOf(reference, kind), current: valuesOf(current, kind) };
  if (statistic === 'ks') return kind === 'numeric' ? ks(reference, current, sizes, bins) : noOrder;
  const left = bins.map((bin) => bin.reference);
  const right = bins.map((bin) => bin.current);
  const measured = statistic === 'psi' ? psi(left, right) : jensenShannonDistance(left, right);
  if (measured.kind === 'undefined') return measured;
  const critical = psiCritical(bins.length, sizes.reference, sizes.current, NOISE_ALPHA);
  if (critical.kind === 'undefined') return critical;
  const noise = statistic === 'psi' ? critical.value : jsNoise(critical.value);
  return { kind: 'measured', value: measured.value, noise, errorBound: null, bins };
}

const noOrder: Comparison = { kind: 'undefined', reason: 'no_order' };

/** Near equality PSI ≈ Σ(q−p)²/p and the divergence ≈ an eighth of it in nats (Lin 1991); the distance is its root in bits. */
const jsNoise = (psiNoise: number): number => Math.sqrt(psiNoise / 8 / Math.LN2);

function ks(
  reference: FeatureSummary,
  current: FeatureSummary,
  sizes: { readonly reference: number; readonly current: number },
  bins: readonly ComparedBin[],
): Comparison {
  const fine = fineBins(reference.bins, current.bins);
  const result = ksFromCounts(
    fine.map((bin) => bin.reference),
    fine.map((bin) => bin.current),
  );
  if (result.kind === 'undefined') return result;
  return {
    kind: 'measured',
    value: result.statistic,
    noise: ksNoise(sizes.reference, sizes.current),
    errorBound: result.statisticUpper - result.statistic,
    bins,
  };
}

/** Kolmogorov's limit: √(−ln(α/2)/2) · √((n+m)/(n·m)). */
const ksNoise = (n: number, m: number): number =>
  Math.sqrt(-Math.log(NOISE_ALPHA / 2) / 2) * Math.sqrt((n + m) / (n * m));
