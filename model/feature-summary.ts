import { OTHER_CATEGORY } from './distribution.ts';
import {
  coarsenBins,
  mergeCounts,
  type NumericBins,
  relativeWidth,
  sortedBins,
  totalOf,
} from './numeric-bins.ts';

/** What the summary cannot tell, for whoever makes a verdict of it. */
export type SketchBound = {
  /** Fine bins of 2 % that share one here: 1, 2, 4 … 256. */
  readonly binStep: number;
  /** A number is known to within this share of itself; below 1e-9 to within 1e-9. */
  readonly relativeWidth: number;
  /** Share 0..1 of the categorical values that are known only as "another one". */
  readonly otherShare: number;
};

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
  readonly sketch: SketchBound;
};

export type FeatureKind = 'numeric' | 'categorical';

/** What most of its values are; numbers when there are none. */
export const kindOf = (summary: FeatureSummary): FeatureKind =>
  totalOf(summary.categories) > totalOf(summary.bins) ? 'categorical' : 'numeric';

/** Values of the given kind; those of the other kind are a type change, not a value. */
export const valuesOf = (summary: FeatureSummary, kind: FeatureKind): number =>
  kind === 'numeric' ? sortedBins(summary.bins).total : totalOf(summary.categories);

export function sketchOf(binStep: number, categories: ReadonlyMap<string, number>): SketchBound {
  const other = categories.get(OTHER_CATEGORY) ?? 0;
  return {
    binStep,
    relativeWidth: relativeWidth(binStep),
    otherShare: other === 0 ? 0 : other / totalOf(categories),
  };
}

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
  sketch: sketchOf(1, new Map()),
});

const extreme = (
  pick: (a: number, b: number) => number,
  a: number | null,
  b: number | null,
): number | null => (a === null ? b : b === null ? a : pick(a, b));

type Sums = Pick<FeatureSummary, 'missing' | 'sum' | 'sumSq' | 'min' | 'max'>;

/** Order does not matter but for the last bit of `sum` and `sumSq`. Bins meet on the coarsest of the parts. */
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
  const binStep = Math.max(1, ...parts.map((part) => part.sketch.binStep));
  const categories = mergeCounts(parts.map((part) => part.categories));
  return {
    feature,
    missing: sums.missing,
    sum: sums.sum,
    sumSq: sums.sumSq,
    min: sums.min,
    max: sums.max,
    bins: mergeCounts(
      parts.map((part) => (part.sketch.binStep === binStep ? part.bins : coarsenBins(part.bins, binStep))),
    ),
    categories,
    versions: mergeCounts(parts.map((part) => part.versions)),
    sketch: sketchOf(binStep, categories),
  };
}

/** Both on the coarser bins of the two: a comparison across unlike bins would measure the bins. */
export function onCommonBins(
  a: FeatureSummary,
  b: FeatureSummary,
): readonly [FeatureSummary, FeatureSummary] {
  const binStep = Math.max(a.sketch.binStep, b.sketch.binStep);
  return [withStep(a, binStep), withStep(b, binStep)];
}

const withStep = (summary: FeatureSummary, binStep: number): FeatureSummary =>
  summary.sketch.binStep === binStep
    ? summary
    : {
        ...summary,
        bins: coarsenBins(summary.bins, binStep),
        sketch: sketchOf(binStep, summary.categories),
      };
