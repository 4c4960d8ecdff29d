import { auc } from './auc.ts';
import { type Measured, probability, undefinedBecause } from './measured.ts';
import { shuffled } from './shuffle.ts';
import { normalUpperQuantile } from './special/normal.ts';

/** Learns to tell current rows (1) from reference rows (0) by their positions, and scores others. */
export type Train = (
  train: readonly number[],
  labels: Float64Array,
) => (others: readonly number[]) => Float64Array;

export type DomainClassifier = Measured<{
  /** 2 · AUC − 1: 0 cannot tell the sides apart, 1 always can. */
  effect: number;
  interval: readonly [low: number, high: number];
  pValue: number;
  minimumDetectableEffect: number;
  auc: number;
}>;

/** Each half must hold some of each side to learn from and to be judged by. */
const LEAST_ROWS = 20;

/**
 * Classifier two-sample test: if a classifier tells the sides apart on rows that it was not trained on, they differ.
 * Rows 0 … nReference−1 are the reference, the rest current. Both sides are halved at random; one half trains, the other
 * is judged, and then the other way round. `auc` is the mean of both.
 *
 * p: each half's is valid given the other (its rows had no part in the training); the two depend on each other, and
 * twice their mean is valid under any dependence. Many tools pool the folds of a cross-validation instead, which is not:
 * what one fold has by chance teaches the others. Interval: mean of DeLong's standard errors, which the mean's own
 * cannot exceed. Fewer than 20 rows on a side → `too_few`. Cost: two trainings.
 * Source: Lopez-Paz & Oquab, ICLR 2017; Kim, Ramdas, Singh & Wasserman, Ann. Stat. 49 (2021); Vovk & Wang,
 * Biometrika 107 (2020), for twice the mean.
 */
export function domainClassifier(
  nReference: number,
  nCurrent: number,
  train: Train,
  options: { readonly random: () => number; readonly alpha?: number; readonly power?: number },
): DomainClassifier {
  if (Math.min(nReference, nCurrent) < LEAST_ROWS) return undefinedBecause('too_few');
  const reference = shuffled(nReference, options.random);
  const current = shuffled(nCurrent, options.random).map((row) => row + nReference);
  const [r, c] = [nReference >> 1, nCurrent >> 1];
  const first = { reference: reference.slice(0, r), current: current.slice(0, c) };
  const second = { reference: reference.slice(r), current: current.slice(c) };
  const judged = [judge(train, first, second), judge(train, second, first)] as const;
  const [a, b] = judged;
  if (a.kind === 'undefined') return a;
  if (b.kind === 'undefined') return b;
  const value = (a.value + b.value) / 2;
  const error = (a.standardError + b.standardError) / 2;
  const { alpha = 0.05, power = 0.8 } = options;
  const z = normalUpperQuantile(alpha / 2);
  const effectOf = (one: number): number => Math.max(-1, Math.min(1, 2 * one - 1));
  // A half decides at about α/2, since the two p are added; and it has half of the rows.
  const nullError = Math.sqrt((r + c + 1) / (12 * r * c));
  return {
    kind: 'value',
    effect: effectOf(value),
    interval: [effectOf(value - z * error), effectOf(value + z * error)],
    pValue: probability(a.pValue + b.pValue),
    minimumDetectableEffect: 2 * (z + normalUpperQuantile(1 - power)) * nullError,
    auc: value,
  };
}

type Half = { readonly reference: readonly number[]; readonly current: readonly number[] };

function judge(train: Train, learnt: Half, test: Half): ReturnType<typeof auc> {
  const labels = new Float64Array(learnt.reference.length + learnt.current.length);
  labels.fill(1, learnt.reference.length);
  const score = train([...learnt.reference, ...learnt.current], labels);
  return auc(score(test.reference), score(test.current));
}
