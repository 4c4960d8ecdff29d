import { mergeCounts, type NumericBins, totalOf } from './numeric-bins.ts';

/** What a stretch of time held of one feature. Mergeable: any window is the sum of its minutes. */
export type FeatureSummary = {
  readonly feature: string;
  /** Asked for and missing; also NaN and infinities, which are no values. */
  readonly missing: number;
  readonly sum: number;
  readonly sumSq: number;
  /** null when there is no numeric value. */
  readonly min: number | null;
  readonly max: number | null;
  readonly bins: NumericBins;
  readonly categories: ReadonlyMap<string, number>;
  /** Values per model version. */
  readonly versions: ReadonlyMap<string, number>;
};

export type FeatureKind = 'numeric' | 'categorical';

/** What most of its values are; numbers when there are none. */
export const kindOf = (summary: FeatureSummary): FeatureKind =>
  totalOf(summary.categories) > totalOf(summary.bins) ? 'categorical' : 'numeric';

/** Values of the given kind; those of the other kind are a type change, not a value. */
export const valuesOf = (summary: FeatureSummary, kind: FeatureKind): number =>
  totalOf(kind === 'numeric' ? summary.bins : summary.categories);

export const emptySummary = (feature: string): FeatureSummary => ({
  feature,
  missing: 0,
  sum: 0,
  sumSq: 0,
  min: null,
  max: null,
  bins: new Map(),
  categories: new Map(),
  versions: new Map(),
});

const extreme = (
  pick: (a: number, b: number) => number,
  a: number | null,
  b: number | null,
): number | null => (a === null ? b : b === null ? a : pick(a, b));

type Sums = Pick<FeatureSummary, 'missing' | 'sum' | 'sumSq' | 'min' | 'max'>;

/** Order does not matter but for the last bit of `sum` and `sumSq`. */
export function mergeSummaries(feature: string, parts: readonly FeatureSummary[]): FeatureSummary {
  const sums = parts.reduce<Sums>(
    (merged, part) => ({
      missing: merged.missing + part.missing,
      sum: merged.sum + part.sum,
      sumSq: merged.sumSq + part.sumSq,
      min: extreme(Math.min, merged.min, part.min),
      max: extreme(Math.max, merged.max, part.max),
    }),
    emptySummary(feature),
  );
  return {
    feature,
    missing: sums.missing,
    sum: sums.sum,
    sumSq: sums.sumSq,
    min: sums.min,
    max: sums.max,
    bins: mergeCounts(parts.map((part) => part.bins)),
    categories: mergeCounts(parts.map((part) => part.categories)),
    versions: mergeCounts(parts.map((part) => part.versions)),
  };
}
