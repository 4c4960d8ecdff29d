import { type FeatureKind, type FeatureSummary, valuesOf } from '../../model/feature-summary.ts';
import { totalOf } from '../../model/numeric-bins.ts';
import { numberWords, percentWords } from '../words.ts';
import type { Comparison, NoComparison } from './compare.ts';

/** Why a window has no verdict about drift. Each has a sentence; none is health. */
export const UNABLE_REASONS = [
  'reference_absent',
  'reference_empty',
  'all_missing',
  'empty',
  'too_few',
  'reference_too_few',
  'constant',
  'mixed_types',
  'too_many_categories',
  'no_order',
  'not_comparable',
] as const;
export type UnableReason = (typeof UNABLE_REASONS)[number];

export type Unable = {
  readonly kind: 'unable';
  readonly verdict: 'blind' | 'not_enough_data';
  readonly reason: UnableReason;
  readonly sentence: string;
};

const unable = (verdict: Unable['verdict'], reason: UnableReason, sentence: string): Unable => ({
  kind: 'unable',
  verdict,
  reason,
  sentence,
});

export const referenceAbsent = (because: string): Unable => unable('blind', 'reference_absent', because);

/** Whether there are values enough on both sides, of the kind that is compared. */
export function tooLittle(
  reference: FeatureSummary,
  current: FeatureSummary,
  kind: FeatureKind,
  minimumN: number,
): Unable | undefined {
  const [before, now] = [valuesOf(reference, kind), valuesOf(current, kind)];
  const all = totalOf(current.bins) + totalOf(current.categories);
  if (before === 0)
    return unable(
      'blind',
      'reference_empty',
      reference.missing > 0
        ? `the reference holds no value, ${reference.missing} are missing or not finite; choose a stretch in which it came`
        : 'the reference holds no value; choose a stretch in which it came',
    );
  if (all === 0 && current.missing > 0)
    return unable(
      'not_enough_data',
      'all_missing',
      `all ${current.missing} values in the window are missing or not finite, so there is nothing to compare; look at what fills it`,
    );
  const mixed = mixedTypes(reference, current, kind);
  if (mixed) return mixed;
  if (now === 0)
    return unable(
      'not_enough_data',
      'empty',
      `no value came in the window, ${minimumN} are asked for; look whether its sender still asks for it`,
    );
  if (now < minimumN)
    return unable(
      'not_enough_data',
      'too_few',
      `${now} ${now === 1 ? 'value' : 'values'} in the window, ${minimumN} are asked for`,
    );
  if (before < minimumN)
    return unable(
      'not_enough_data',
      'reference_too_few',
      `${before} ${before === 1 ? 'value' : 'values'} in the reference, ${minimumN} are asked for`,
    );
  return undefined;
}

/** More of the window's values than this may not be of the other type than the reference's are. */
const OTHER_TYPE_SHARE = 0.05;

function mixedTypes(
  reference: FeatureSummary,
  current: FeatureSummary,
  kind: FeatureKind,
): Unable | undefined {
  const [before, now] = [otherShare(reference, kind), otherShare(current, kind)];
  if (now.share - before.share <= OTHER_TYPE_SHARE) return undefined;
  const [those, usual] = kind === 'numeric' ? ['text', 'numbers'] : ['numbers', 'text'];
  return unable(
    'blind',
    'mixed_types',
    `${percentWords(now.share)} of the values are ${those} where the reference has ${usual}: the ${usual} alone would not tell. Look at the last release of the sender`,
  );
}

const otherShare = (summary: FeatureSummary, kind: FeatureKind): { readonly share: number } => {
  const [own, all] = [valuesOf(summary, kind), totalOf(summary.bins) + totalOf(summary.categories)];
  return { share: all === 0 ? 0 : (all - own) / all };
};

/** The same single value on both sides: nothing moved, and nothing is known of what would. */
export function constant(
  comparison: Comparison,
  summaries: { readonly reference: FeatureSummary; readonly current: FeatureSummary },
  kind: FeatureKind,
): Unable | undefined {
  if (comparison.bins.length !== 1 || comparison.dropped.current > 0) return undefined;
  const { reference, current } = summaries;
  const values = [reference.min, reference.max, current.min, current.max];
  const only = kind === 'numeric' ? values[0] : comparison.bins[0]?.label;
  if (kind === 'numeric' && values.some((value) => value !== only)) return undefined;
  const shown = typeof only === 'number' ? numberWords(only) : only;
  return unable(
    'blind',
    'constant',
    `it holds one value (${shown ?? 'unknown'}) in the reference and in the window: what never varies cannot be judged`,
  );
}

/** Over this share of values kept only as "one of the rest", calm says nothing. */
const DROPPED_SHARE = 0.2;

export function tooManyCategories(comparison: Comparison, kind: FeatureKind): Unable | undefined {
  const { reference, current } = comparison.dropped;
  const share = Math.max(reference, current);
  if (share > DROPPED_SHARE)
    return unable(
      'not_enough_data',
      'too_many_categories',
      `${percentWords(share)} of its values are rarer than the profile keeps apart; what is kept shows no change, and says little`,
    );
  if (kind === 'categorical' && comparison.groups < 2)
    return unable(
      'not_enough_data',
      'too_many_categories',
      'no value is frequent enough to be compared by itself: too many categories for so few decisions; take a longer window, or watch what the values are made of',
    );
  return undefined;
}

const REASONS: Readonly<Record<NoComparison['reason'], string>> = {
  no_order: 'its values have no order, which Kolmogorov-Smirnov needs',
  empty: 'one side holds no value',
  length_mismatch: 'the two sides could not be laid over each other',
  invalid_count: 'a count is not a number',
  not_finite: 'the distance is not a number',
  constant: 'it does not vary',
  too_few: 'too few values',
  bad_parameter: 'a parameter is out of its domain',
};

export const notComparable = ({ reason }: NoComparison): Unable =>
  unable('blind', reason === 'no_order' ? 'no_order' : 'not_comparable', REASONS[reason]);
