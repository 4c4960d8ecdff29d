import type { FeatureSummary } from './feature-summary.ts';

/** A reference's numbers as one text, the same whatever order they came in; what its hash is taken of. */
export const referenceText = (
  parts: readonly { readonly segment: string; readonly summaries: readonly FeatureSummary[] }[],
): string =>
  JSON.stringify(
    [...parts]
      .sort((a, b) => (a.segment < b.segment ? -1 : 1))
      .map(({ segment, summaries }) => [
        segment,
        [...summaries].sort((a, b) => (a.feature < b.feature ? -1 : 1)).map(line),
      ]),
  );

/** Counts alone: the last bit of a sum depends on the order of adding. */
const line = ({ feature, missing, min, max, bins, categories, sketch }: FeatureSummary): unknown[] => [
  feature,
  missing,
  min,
  max,
  sketch.binStep,
  [...bins].sort(([a], [b]) => a - b),
  [...categories].sort(([a], [b]) => (a < b ? -1 : 1)),
];
