import { countsEvidence, type Evidence, sampleEvidence } from '../../analyzers/stats/index.ts';
import { CATEGORIES, type Generator } from './generators.ts';
import { countsOf } from './random.ts';

/** Bins as a stored profile would have them: edges at quantiles of the reference, equal edges merged. */
const BINS = 20;

const quantileEdges = (reference: Float64Array): number[] => {
  const sorted = reference.toSorted();
  const edges = Array.from(
    { length: BINS - 1 },
    (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / BINS)] ?? 0,
  );
  return [...new Set(edges)];
};

const binned = (sample: Float64Array, edges: readonly number[]): Float64Array => {
  const counts = new Float64Array(edges.length + 1);
  for (const value of sample) {
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((edges[middle] ?? Infinity) < value) low = middle + 1;
      else high = middle;
    }
    counts[low] = (counts[low] ?? 0) + 1;
  }
  return counts;
};

export const CHECKS = ['ks on values', 'ks on bins', 'psi + chi-square'] as const;
export type Check = (typeof CHECKS)[number];

/** The p-value of one check; null where the check does not apply to such a feature. */
export function pValueOf(
  check: Check,
  generator: Generator,
  reference: Float64Array,
  current: Float64Array,
): number | null {
  const evidence = evidenceOf(check, generator, reference, current);
  if (evidence === null) return null;
  if (evidence.kind === 'undefined') throw new Error(`${check} on ${generator.name}: ${evidence.reason}`);
  return evidence.pValue;
}

const evidenceOf = (
  check: Check,
  generator: Generator,
  reference: Float64Array,
  current: Float64Array,
): Evidence | null => {
  if (generator.kind === 'category') {
    return check === 'psi + chi-square'
      ? countsEvidence(countsOf(reference, CATEGORIES), countsOf(current, CATEGORIES), 'psi', 'categories')
      : null;
  }
  if (check === 'ks on values') return sampleEvidence(reference, current);
  const edges = quantileEdges(reference);
  const effect = check === 'ks on bins' ? 'ks' : 'psi';
  return countsEvidence(binned(reference, edges), binned(current, edges), effect, 'ordered');
};
