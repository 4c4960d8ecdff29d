import { derivedFrom } from './derived-features.ts';
import { OTHER_CATEGORY } from './distribution.ts';
import type { ContractSpec } from './documents/contract.ts';
import type { FeatureSummary } from './feature-summary.ts';
import { kindOf, valuesOf } from './feature-summary.ts';

/** A text with more values than this is not a list of choices. */
const MOST_CHOICES = 50;
/** Missing shares are promised in whole percent, rounded up, so that the next decision does not break them. */
const SHARE_STEP = 0.01;
/** Fewer values say little about what may come. */
const LEAST_VALUES = 200;

type InferredFeature = {
  readonly type: 'numeric' | 'categorical' | 'boolean';
  readonly range?: readonly [number, number];
  readonly allowed?: readonly string[];
  readonly required?: true;
  readonly missing?: number;
};
export type InferredContract = {
  readonly system: string;
  readonly description: string;
  readonly features: Readonly<Record<string, InferredFeature>>;
};

/**
 * A contract that what was seen keeps, as a start for a person: types, ranges as they were, choices, missing shares.
 * Features with too few values, our own (`@score`) and those derived from others are left out.
 */
export function inferContract(
  system: ContractSpec['system'],
  summaries: readonly FeatureSummary[],
  stretch: string,
): InferredContract {
  const asked = (summary: FeatureSummary): number => valuesOf(summary, kindOf(summary)) + summary.missing;
  const own = summaries.filter(
    ({ feature }) => !feature.startsWith('@') && derivedFrom(feature) === undefined,
  );
  const most = Math.max(0, ...own.map(asked));
  const features = own
    .filter((summary) => valuesOf(summary, kindOf(summary)) >= LEAST_VALUES)
    .map((summary): [string, InferredFeature] => [
      summary.feature,
      {
        ...promiseOf(summary),
        ...(asked(summary) === most ? { required: true as const } : {}),
        ...missingOf(summary.missing, asked(summary)),
      },
    ]);
  return { system, description: `Inferred from ${stretch}.`, features: Object.fromEntries(features) };
}

function promiseOf(summary: FeatureSummary): InferredFeature {
  if (kindOf(summary) === 'numeric') {
    const { min, max } = summary;
    return min === null || max === null ? { type: 'numeric' } : { type: 'numeric', range: [min, max] };
  }
  const names = [...summary.categories.keys()].sort();
  if (names.every((name) => name === 'true' || name === 'false')) return { type: 'boolean' };
  const isChoice = names.length <= MOST_CHOICES && !names.includes(OTHER_CATEGORY);
  return isChoice ? { type: 'categorical', allowed: names } : { type: 'categorical' };
}

function missingOf(missing: number, asked: number): { missing?: number } {
  if (missing === 0 || asked === 0) return {};
  // Rounded first: 0.07 / 0.01 is a little more than 7 in binary.
  const steps = Math.ceil(Number((missing / asked / SHARE_STEP).toFixed(9)));
  return { missing: Number((steps * SHARE_STEP).toFixed(2)) };
}
