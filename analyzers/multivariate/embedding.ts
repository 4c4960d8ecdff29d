import {
  domainClassifier,
  fitLogistic,
  logOdds,
  meanDistance,
  mmd,
  normalUpperQuantile,
  type Train,
} from '../stats/index.ts';
import { numberWords, percentWords } from '../words.ts';
import type { Looked, Told } from './draft.ts';

/** Of each side. Kernel and permutations cost rows² · (dimension + permutations). */
const MOST_VECTORS = 200;
/** Enough for the three moments that the tail beyond them is drawn from. */
const PERMUTATIONS = 499;
const POWER = 0.8;
/** Weak, since there are often more dimensions than rows. */
const STRENGTH = 0.1;
const ITERATIONS = 60;

type Vectors = readonly (readonly number[])[];

/** Mean, shape and everything else of one embedding, on a bounded part of the sample. */
export function embeddingsOf(looked: Looked, name: string): Told[] {
  const vectors = (rows: Looked['current']): Vectors =>
    rows.flatMap(({ embedding }) => (embedding[name] ? [embedding[name]] : [])).slice(0, MOST_VECTORS);
  const reference = vectors(looked.reference);
  const current = vectors(looked.current);
  return [
    meanOf(looked, name, reference, current),
    kernelOf(looked, name, reference, current),
    domainOf(looked, name, reference, current),
  ];
}

function meanOf(looked: Looked, subject: string, reference: Vectors, current: Vectors): Told {
  const { limits } = looked.spec;
  const base = {
    ...sizes(reference, current),
    subject,
    statistic: 'mean_distance' as const,
    limit: limits.meanDistance,
  };
  const result = meanDistance(reference, current, {
    random: looked.random,
    permutations: PERMUTATIONS,
  });
  if (result.kind === 'undefined')
    return { ...base, kind: 'unable', reason: result.reason, what: 'embeddings' };
  return {
    ...base,
    kind: 'measured',
    effect: result.value,
    pValue: result.pValue,
    minimumDetectableEffect: detectable(looked, reference, current),
    words: `the mean moved by ${numberWords(result.value)} standard deviations`,
    evidence: { distance: result.distance },
  };
}

function kernelOf(looked: Looked, subject: string, reference: Vectors, current: Vectors): Told {
  // Its size has no unit that a person could set a limit in: any change that chance does not make is told.
  const base = { ...sizes(reference, current), subject, statistic: 'mmd' as const, limit: 0 };
  const result = mmd(reference, current, {
    random: looked.random,
    permutations: PERMUTATIONS,
    tail: 'fitted',
  });
  if (result.kind === 'undefined')
    return { ...base, kind: 'unable', reason: result.reason, what: 'embeddings' };
  return {
    ...base,
    kind: 'measured',
    effect: Math.sqrt(Math.max(0, result.statistic)),
    pValue: result.pValue,
    minimumDetectableEffect: 0,
    words: `their maximum mean discrepancy is ${numberWords(Math.sqrt(Math.max(0, result.statistic)))}`,
    evidence: { gamma: result.gamma },
  };
}

function domainOf(looked: Looked, subject: string, reference: Vectors, current: Vectors): Told {
  const { limits, alpha } = looked.spec;
  const base = {
    ...sizes(reference, current),
    subject,
    statistic: 'domain_auc' as const,
    limit: limits.domain,
  };
  const all = [...reference, ...current];
  const width = all[0]?.length ?? 0;
  if (all.some((vector) => vector.length !== width))
    return { ...base, kind: 'unable', reason: 'length_mismatch', what: 'embeddings' };
  const columns = Array.from({ length: width }, (_, j) => j);
  const train: Train = (positions, labels) => {
    const rows = positions.map((at) => all[at] ?? []);
    const { means, deviations } = momentsOf(rows, width);
    const rowOf = (vector: readonly number[]) => ({
      columns,
      values: vector.map((value, j) => (value - (means[j] ?? 0)) / (deviations[j] ?? 1)),
    });
    const model = fitLogistic(rows.map(rowOf), labels, width, {
      strength: STRENGTH / Math.max(1, width),
      iterations: ITERATIONS,
    });
    return (others) => Float64Array.from(others, (at) => logOdds(model, rowOf(all[at] ?? [])));
  };
  const result = domainClassifier(reference.length, current.length, train, { random: looked.random, alpha });
  if (result.kind === 'undefined')
    return { ...base, kind: 'unable', reason: result.reason, what: 'embeddings' };
  return {
    ...base,
    ...result,
    kind: 'measured',
    words: `a classifier tells the window from the reference in ${percentWords(Math.max(0.5, result.auc))} of pairs`,
    evidence: { auc: result.auc },
  };
}

const sizes = (reference: Vectors, current: Vectors) => ({ n: current.length, nReference: reference.length });

/** As if all the change lay along one direction of unit spread: what is spread over more is seen later. */
const detectable = ({ spec }: Looked, reference: Vectors, current: Vectors): number =>
  (normalUpperQuantile(spec.alpha / 2) + normalUpperQuantile(1 - POWER)) *
  Math.sqrt(1 / Math.max(1, reference.length) + 1 / Math.max(1, current.length));

function momentsOf(rows: Vectors, width: number): { means: Float64Array; deviations: Float64Array } {
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  for (const row of rows)
    for (let j = 0; j < width; j += 1) {
      const value = row[j] ?? 0;
      means[j] = (means[j] ?? 0) + value / rows.length;
      squares[j] = (squares[j] ?? 0) + (value * value) / rows.length;
    }
  const deviations = squares.map((square, j) => Math.sqrt(Math.max(0, square - (means[j] ?? 0) ** 2)) || 1);
  return { means, deviations };
}
