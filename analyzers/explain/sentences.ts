import type { Explanation, Target } from '../../model/explanation.ts';
import { formatDuration } from '../../model/time.ts';
import { instantWords, numberWords, percentWords } from '../words.ts';

export const targetWords = (target: Target): string =>
  target.kind === 'score'
    ? 'mean score'
    : target.kind === 'wrong'
      ? 'share of wrong decisions'
      : `share of "${target.value}"`;

/** A share in percent, a score as it is. */
export const amountWords = (target: Target, value: number): string =>
  target.kind === 'score' ? numberWords(value) : percentWords(value);
const signed = (target: Target, value: number): string =>
  `${value < 0 ? '−' : '+'}${amountWords(target, Math.abs(value))}`;

/** The answer first: what moved, since when, where, with what, after what. What could not be found is said. */
export function sentencesOf(found: Omit<Explanation, 'sentences'>): readonly string[] {
  const { target, where, baseline, change } = found;
  if (where.decisions === 0 || baseline.decisions === 0)
    return [
      `There is nothing to compare: ${where.decisions} decisions there, ${baseline.decisions} in the baseline.`,
    ];
  if (change === null || where.mean === null || baseline.mean === null)
    return [`The ${targetWords(target)} is not known on both sides, so nothing can be said of it.`];
  const told = `${amountWords(target, baseline.mean)} → ${amountWords(target, where.mean)}`;
  const head =
    change.pValue <= 0.05
      ? `The ${targetWords(target)} moved by ${signed(target, change.value)} (${told}; 95 % interval ${signed(target, change.low)} to ${signed(target, change.high)}).`
      : `The ${targetWords(target)} did not move evidently (${told}, p = ${change.pValue.toFixed(2)}).`;
  return [head, ...onsetWords(found), ...segmentWords(found), ...partWords(found), ...causeWords(found)];
}

const onsetWords = ({ onset }: Omit<Explanation, 'sentences'>): string[] =>
  onset === null
    ? []
    : [
        `It began about ${instantWords(onset.atMs)} (between ${instantWords(onset.fromMs)} and ${instantWords(onset.toMs)}).`,
      ];

function segmentWords({ segments, change, target }: Omit<Explanation, 'sentences'>): string[] {
  if (change === null || change.pValue > 0.05) return [];
  const [first] = segments;
  if (first === undefined) return ['No segment carries it: it is spread over all decisions.'];
  return [
    `${first.segment} carries ${percentWords(first.carries)} of it: ${first.decisions} of the decisions looked at (${percentWords(first.baselineShare)} of them before, ${percentWords(first.share)} now), there ${Number.isFinite(first.baselineMean) ? amountWords(target, first.baselineMean) : 'not seen before'} → ${amountWords(target, first.mean)}.`,
  ];
}

function partWords({ parts, features, target, change }: Omit<Explanation, 'sentences'>): string[] {
  const moved = features.length === 0 ? ['No input moved evidently.'] : [];
  if (parts === null || change === null || change.pValue > 0.05) return moved;
  const with_ = features
    .filter(
      (one) => one.contribution !== null && Math.abs(one.contribution) > 2 * (one.contributionError ?? 0),
    )
    .slice(0, 3)
    .map((one) => `${one.feature} ${signed(target, one.contribution ?? 0)}`);
  const inputs = `Other inputs account for ${signed(target, parts.inputs)}${with_.length > 0 ? ` (${with_.join(', ')})` : ''}`;
  return [...moved, `${inputs}, other answers to the same inputs for ${signed(target, parts.answers)}.`];
}

function causeWords({ causes, onset }: Omit<Explanation, 'sentences'>): string[] {
  const [first] = causes;
  if (onset === null) return [];
  if (first === undefined) return ['Nothing that Leeway knows of was changed in the week before it.'];
  return [
    `Nearest change before it: ${first.label}, ${instantWords(first.atMs)} (${first.beforeOnsetMs > 0 ? `${formatDuration(first.beforeOnsetMs)} earlier` : 'at the same time'}).`,
  ];
}
