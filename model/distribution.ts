import { binEdges, mergeCounts, type NumericBins, sortedBins, sortedKeys, totalOf } from './numeric-bins.ts';

/** One bin of two distributions laid over each other. Counts, not shares. */
export type ComparedBin = {
  readonly label: string;
  /** null: open, or not a number. */
  readonly from: number | null;
  readonly to: number | null;
  readonly reference: number;
  readonly current: number;
  /** Seen now, never in the reference. */
  readonly isNew: boolean;
};

/** What a profile keeps of a minute's rarer categories. */
export const OTHER_CATEGORY = '\u0000other';

/**
 * Groups the fine bins by quantiles of the reference: about 1/`groups` of the reference in each, the ends open.
 *
 * Why quantiles of the reference: the customary limits for PSI (0.1, 0.2, 0.25) were set on deciles of the development
 * sample (Siddiqi 2006); on equal-width or fine bins the same change gives another number, mostly noise from bins with
 * one or two values. A key that alone holds 1/`groups` of the reference (a zero, a default) is a group of its own, so
 * that a constant feature that starts to move is seen. Groups empty on both sides are left out. Cost O(bins · log bins).
 */
export function quantileGroups(
  reference: NumericBins,
  current: NumericBins,
  groups: number,
): readonly ComparedBin[] {
  const { cuts, counts, places } = groupsOf(reference, groups);
  const now = fillGroups(current, cuts);
  const bins: ComparedBin[] = [];
  for (let i = 0; i < places.length; i += 1) {
    const [before, after, place] = [counts[i] ?? 0, now[i] ?? 0, places[i]];
    if (place === undefined || before + after === 0) continue;
    const { label, from, to } = place;
    bins.push({ label, from, to, reference: before, current: after, isNew: before === 0 && after > 0 });
  }
  return bins;
}

type Groups = {
  /** Keys after which a group ends, ascending; the last group is open. */
  readonly cuts: readonly number[];
  /** Of the reference itself. */
  readonly counts: readonly number[];
  readonly places: readonly Pick<ComparedBin, 'label' | 'from' | 'to'>[];
};

/** By the number of groups. A reference is cut once, and every window compared with it is counted by the same cuts. */
const knownGroups = new WeakMap<NumericBins, Map<number, Groups>>();

function groupsOf(reference: NumericBins, groups: number): Groups {
  const known = knownGroups.get(reference) ?? new Map<number, Groups>();
  knownGroups.set(reference, known);
  const made = known.get(groups) ?? makeGroups(reference, groups);
  known.set(groups, made);
  return made;
}

function makeGroups(reference: NumericBins, groups: number): Groups {
  const { keys, counts, total } = sortedBins(reference);
  const cuts = cutsOf(keys, counts, total, groups);
  const edges = [null, ...cuts.map((cut) => binEdges(cut).to), null];
  const places = edges.slice(1).map((to, i) => {
    const from = edges[i] ?? null;
    return { label: rangeLabel(from, to), from, to };
  });
  return { cuts, counts: countGroups(keys, counts, cuts), places };
}

export const quantileCuts = (reference: NumericBins, groups: number): readonly number[] =>
  groupsOf(reference, groups).cuts;

function cutsOf(
  keys: readonly number[],
  counts: readonly number[],
  total: number,
  groups: number,
): readonly number[] {
  const cuts: number[] = [];
  // Keys ascend, and so do the cuts: one that is there already is the last one.
  const cutAfter = (key: number): void => {
    if (cuts.length === 0 || key > (cuts[cuts.length - 1] ?? key)) cuts.push(key);
  };
  let [below, passed] = [0, 0];
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? 0;
    const count = counts[i] ?? 0;
    const after = below + count;
    // Cut where the cumulated share passes a multiple of 1/groups, so that what one group has too much the next has not.
    const multiple = Math.floor((after * groups) / total);
    if (count * groups >= total) {
      cutAfter(key - 1);
      cutAfter(key);
    } else if (multiple > passed && after < total) cutAfter(key);
    [below, passed] = [after, multiple];
  }
  return cuts;
}

/** Counts per group: one more than there are cuts. */
export function fillGroups(bins: NumericBins, cuts: readonly number[]): number[] {
  const { keys, counts } = sortedBins(bins);
  return countGroups(keys, counts, cuts);
}

function countGroups(keys: readonly number[], counts: readonly number[], cuts: readonly number[]): number[] {
  const filled: number[] = [];
  let at = 0;
  for (const cut of cuts) {
    let sum = 0;
    for (; at < keys.length && (keys[at] ?? 0) <= cut; at += 1) sum += counts[at] ?? 0;
    filled.push(sum);
  }
  let rest = 0;
  for (; at < keys.length; at += 1) rest += counts[at] ?? 0;
  filled.push(rest);
  return filled;
}

/** Counts of both sides on the union of their fine bins, by ascending key: for what needs their order only. */
export type LaidOver = {
  readonly keys: readonly number[];
  readonly reference: readonly number[];
  readonly current: readonly number[];
};

/** Two ascending lists are merged, so nothing is sorted or looked up twice. O(bins). */
export function layOver(reference: NumericBins, current: NumericBins): LaidOver {
  const [left, right] = [sortedBins(reference), sortedBins(current)];
  const [ends, starts] = [left.keys.length, right.keys.length];
  const laid: { keys: number[]; reference: number[]; current: number[] } = {
    ...{ keys: [], reference: [], current: [] },
  };
  for (let i = 0, j = 0; i < ends || j < starts; ) {
    const a = i < ends ? (left.keys[i] ?? 0) : Number.POSITIVE_INFINITY;
    const b = j < starts ? (right.keys[j] ?? 0) : Number.POSITIVE_INFINITY;
    laid.keys.push(Math.min(a, b));
    laid.reference.push(a <= b ? (left.counts[i] ?? 0) : 0);
    laid.current.push(b <= a ? (right.counts[j] ?? 0) : 0);
    if (a <= b) i += 1;
    if (b <= a) j += 1;
  }
  return laid;
}

/** Counts of both sides in groups cut at quantiles of both together. */
export function pooledGroups(
  { keys, reference, current }: LaidOver,
  groups: number,
): { readonly reference: readonly number[]; readonly current: readonly number[] } {
  const both: number[] = [];
  let total = 0;
  for (let i = 0; i < keys.length; i += 1) {
    const count = (reference[i] ?? 0) + (current[i] ?? 0);
    both.push(count);
    total += count;
  }
  const cuts = cutsOf(keys, both, total, groups);
  return { reference: countGroups(keys, reference, cuts), current: countGroups(keys, current, cuts) };
}

/**
 * Equal-width bins for the eye, from the 0.5 % to the 99.5 % quantile of both sides together; the ends take the rest.
 * Fine bins that straddle an edge are split in proportion, so counts may be fractions. Not for statistics.
 */
export function drawingBins(
  reference: NumericBins,
  current: NumericBins,
  count: number,
): readonly ComparedBin[] {
  const range = middleRange(mergeCounts([reference, current]), 0.005);
  if (range === undefined) return [];
  const { from, to } = range;
  if (from === to)
    return [
      {
        label: plainNumber(from),
        from,
        to,
        reference: totalOf(reference),
        current: totalOf(current),
        isNew: false,
      },
    ];
  const width = (to - from) / count;
  const left = spread(reference, from, width, count);
  const right = spread(current, from, width, count);
  return left.map((inReference, i) => {
    const bin = { from: from + i * width, to: from + (i + 1) * width };
    return {
      label: rangeLabel(bin.from, bin.to),
      ...bin,
      reference: inReference,
      current: right[i] ?? 0,
      isNew: inReference === 0 && (right[i] ?? 0) > 0,
    };
  });
}

function middleRange(bins: NumericBins, tail: number): { from: number; to: number } | undefined {
  const total = totalOf(bins);
  const keys = sortedKeys(bins);
  let below = 0;
  let first: number | undefined;
  for (const key of keys) {
    below += bins.get(key) ?? 0;
    if (below > tail * total) first ??= key;
    if (below >= (1 - tail) * total && first !== undefined)
      return { from: binEdges(first).from, to: binEdges(key).to };
  }
  return undefined;
}

function spread(bins: NumericBins, from: number, width: number, count: number): number[] {
  const out = Array.from({ length: count }, () => 0);
  const clamp = (i: number): number => Math.min(count - 1, Math.max(0, i));
  for (const [key, n] of bins) {
    const edge = binEdges(key);
    const first = clamp(Math.floor((edge.from - from) / width));
    const last = clamp(Math.floor((edge.to - from) / width));
    const size = edge.to - edge.from;
    for (let i = first; i <= last; i += 1) {
      const low = i === first ? edge.from : from + i * width;
      const high = i === last ? edge.to : from + (i + 1) * width;
      const share = first === last || size === 0 ? 1 : Math.max(0, high - low) / size;
      out[i] = (out[i] ?? 0) + n * share;
    }
  }
  return out;
}

/** Categories, most frequent of the reference first; beyond `limit` they share one bin. */
export function categoryGroups(
  reference: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
  limit: number,
): readonly ComparedBin[] {
  const weight = (name: string): number => (reference.get(name) ?? 0) * 2 + (current.get(name) ?? 0);
  const shown = heaviest(reference, current, weight, limit);
  const sum = (counts: ReadonlyMap<string, number>): number =>
    totalOf(counts) - shown.reduce((total, name) => total + (counts.get(name) ?? 0), 0);
  const bins = shown.map((name) => categoryBin(name, reference.get(name) ?? 0, current.get(name) ?? 0));
  const other = categoryBin('other', sum(reference), sum(current));
  return other.reference + other.current > 0 ? [...bins, { ...other, isNew: false }] : bins;
}

/** The `limit` heaviest names, without sorting a million for the sake of thirty. Ties by name. */
function heaviest(
  reference: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
  weight: (name: string) => number,
  limit: number,
): readonly string[] {
  const best: { name: string; weight: number }[] = [];
  const consider = (name: string): void => {
    const own = { name, weight: weight(name) };
    if (name === OTHER_CATEGORY || own.weight === 0 || limit === 0) return;
    const after = best.findLastIndex(
      (one) => one.weight > own.weight || (one.weight === own.weight && one.name < name),
    );
    if (after + 1 >= limit) return;
    best.splice(after + 1, 0, own);
    if (best.length > limit) best.pop();
  };
  for (const name of reference.keys()) consider(name);
  for (const name of current.keys()) if (!reference.has(name)) consider(name);
  return best.map(({ name }) => name);
}

const categoryBin = (label: string, reference: number, current: number): ComparedBin => ({
  label,
  from: null,
  to: null,
  reference,
  current,
  isNew: reference === 0 && current > 0,
});

const rangeLabel = (from: number | null, to: number | null): string => {
  if (from === null) return to === null ? 'all' : `≤ ${plainNumber(to)}`;
  if (to === null) return `> ${plainNumber(from)}`;
  return from === to ? plainNumber(from) : `${plainNumber(from)} – ${plainNumber(to)}`;
};

/** Three significant digits, never an exponent a person must decode for everyday sizes. */
export const plainNumber = (value: number): string => {
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e9)) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
};
