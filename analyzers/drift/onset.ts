import { fillGroups, quantileCuts } from '../../model/distribution.ts';
import { type FeatureKind, type FeatureSummary, mergeSummaries } from '../../model/feature-summary.ts';

export type Slot = FeatureSummary & { readonly startMs: number };

const GROUPS = 10;
/** Estimates of the new distribution and of the point where it begins sharpen each other; they settle in two or three rounds. */
const ROUNDS = 4;
/** Of the values in the series, the newest share that first stands for what is new. */
const NEWEST_SHARE = 0.2;

/**
 * Since when a feature is different: the start s that makes "reference before s, new distribution from s on" most
 * likely, that is the largest Σ_{slots ≥ s} Σ_g count_g · ln(q_g / p_g). p is the reference on its quantile groups, q
 * the series from s on, first guessed from its newest fifth, both with half a count added per group.
 *
 * Slots ascending. null when nothing in the series speaks for a change. Resolution: one slot. O(rounds · slots · groups).
 * Source: the likelihood-ratio CUSUM read backwards (Page 1954; Hinkley, Biometrika 57 (1970)).
 */
export function driftOnset(
  reference: FeatureSummary,
  slots: readonly Slot[],
  kind: FeatureKind,
): number | null {
  const count = counter(reference, slots, kind);
  const p = smoothed(count(reference));
  const series = slots.map((slot) => ({ startMs: slot.startMs, counts: count(slot) }));
  let from = newestFrom(series.map((slot) => sum(slot.counts)));
  let onsetMs: number | null = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    const q = smoothed(
      added(
        series.slice(from).map((slot) => slot.counts),
        p.length,
      ),
    );
    const start = mostLikelyStart(series.map((slot) => dot(slot.counts, q, p)));
    if (start === undefined) return onsetMs;
    onsetMs = series[start]?.startMs ?? null;
    if (start === from) return onsetMs;
    from = start;
  }
  return onsetMs;
}

/** Index s with the largest sum from s to the end; undefined when no sum is positive. */
function mostLikelyStart(scores: readonly number[]): number | undefined {
  let best = 0;
  let start: number | undefined;
  let tail = 0;
  for (let i = scores.length - 1; i >= 0; i -= 1) {
    tail += scores[i] ?? 0;
    if (tail > best) {
      best = tail;
      start = i;
    }
  }
  return start;
}

function counter(
  reference: FeatureSummary,
  slots: readonly Slot[],
  kind: FeatureKind,
): (summary: FeatureSummary) => readonly number[] {
  if (kind === 'numeric') {
    const cuts = quantileCuts(reference.bins, GROUPS);
    return (summary) => fillGroups(summary.bins, cuts);
  }
  const names = [...mergeSummaries('', [reference, ...slots]).categories.keys()].sort();
  return (summary) => names.map((name) => summary.categories.get(name) ?? 0);
}

function newestFrom(sizes: readonly number[]): number {
  const wanted = NEWEST_SHARE * sum(sizes);
  let seen = 0;
  for (let i = sizes.length - 1; i > 0; i -= 1) {
    seen += sizes[i] ?? 0;
    if (seen >= wanted) return i;
  }
  return 0;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const added = (rows: readonly (readonly number[])[], length: number): number[] =>
  rows.reduce<number[]>(
    (total, row) => total.map((value, g) => value + (row[g] ?? 0)),
    Array.from({ length }, () => 0),
  );

const smoothed = (counts: readonly number[]): number[] => {
  const total = sum(counts) + counts.length / 2;
  return counts.map((count) => (count + 0.5) / total);
};

const dot = (counts: readonly number[], q: readonly number[], p: readonly number[]): number =>
  counts.reduce((total, count, g) => total + count * Math.log((q[g] ?? 1) / (p[g] ?? 1)), 0);
