/**
 * Logarithmic bins: a mergeable summary of numbers with a fixed relative error, so that any two stretches of time,
 * of any scale, can be laid over each other without having agreed on a range first.
 *
 * Key 0 is exactly zero. Key k > 0 holds [m·g^(k−1), m·g^k), g = 1.02, m = 1e-9; key 1 also everything below m.
 * Key −k mirrors it: (−m·g^k, −m·g^(k−1)]. A value is known to within 2 %. Merging is adding counts.
 * Cost: one bin per 2 % of spread; a feature that spans a factor of 1,000 needs at most 349 bins.
 * The engine fills them with the same formula (`binKeySql` in store/clickhouse/profiles-sql.ts); a test holds the two together.
 * Idea: DDSketch (Masson, Rim, Lee, VLDB 2019), without the collapsing of small bins.
 */
export const BIN_GROWTH = 1.02;
/** Below this magnitude values are told apart from zero, but no longer from each other. */
export const BIN_SMALLEST = 1e-9;
/** Above this magnitude neither: the quotient by the smallest would leave a double. */
export const BIN_LARGEST = 1e299;

/** Bins of a stored summary at the most: 512 × 12 bytes leave room for the rest under 10 kB. Spans a factor of 25,000 at 2 %. */
export const MOST_BINS = 512;
/** Fine bins that may share one. At 256 the whole range of a double, both signs, takes 290. */
export const BIN_STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const;

/** Count per key. */
export type NumericBins = ReadonlyMap<number, number>;

/** undefined for NaN and infinities: they are no place on a scale. */
export function binKey(value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (value === 0) return 0;
  const size = Math.min(Math.abs(value), BIN_LARGEST);
  const steps = Math.floor(Math.log(size / BIN_SMALLEST) / Math.log(BIN_GROWTH));
  return Math.sign(value) * (1 + Math.max(0, steps));
}

/** The interval a key stands for, ascending. Key 0 is the point zero. */
export function binEdges(key: number): { readonly from: number; readonly to: number } {
  if (key === 0) return { from: 0, to: 0 };
  const size = Math.abs(key);
  const outer = BIN_SMALLEST * BIN_GROWTH ** size;
  const inner = size === 1 ? 0 : BIN_SMALLEST * BIN_GROWTH ** (size - 1);
  return key > 0 ? { from: inner, to: outer } : { from: -outer, to: -inner };
}

/**
 * The key that stands for all of its group when `step` fine bins share one: the middle one. Zero stays alone.
 * Coarser steps are multiples of finer ones, so a key coarsened twice lands where it would have at once, and summaries of
 * different steps meet on the coarser. `coarseKeySql` is its twin in the engine.
 * Idea: uniform collapse (UDDSketch; Epicoco et al., IEEE Access 8, 2020).
 */
export function coarseKey(key: number, step: number): number {
  if (key === 0 || step === 1) return key;
  const group = Math.floor((Math.abs(key) - 1) / step);
  return Math.sign(key) * (group * step + Math.floor(step / 2) + 1);
}

export function coarsenBins(bins: NumericBins, step: number): NumericBins {
  if (step === 1) return bins;
  const coarse = new Map<number, number>();
  for (const [key, count] of bins) {
    const at = coarseKey(key, step);
    coarse.set(at, (coarse.get(at) ?? 0) + count);
  }
  return coarse;
}

/** The smallest step at which so many bins are enough. */
export function stepFor(bins: NumericBins, most = MOST_BINS): number {
  if (bins.size <= most) return 1;
  const keys = [...bins.keys()];
  const fits = (step: number): boolean => new Set(keys.map((key) => coarseKey(key, step))).size <= most;
  return BIN_STEPS.find(fits) ?? BIN_STEPS[BIN_STEPS.length - 1] ?? 1;
}

/** Share of itself to within which a number is known when `step` fine bins share one. */
export const relativeWidth = (step: number): number => BIN_GROWTH ** step - 1;

export const totalOf = (bins: ReadonlyMap<unknown, number>): number => {
  let total = 0;
  for (const count of bins.values()) total += count;
  return total;
};

/** Adds counts key by key; for numeric bins and for categories. */
export function mergeCounts<K>(parts: Iterable<ReadonlyMap<K, number>>): Map<K, number> {
  const merged = new Map<K, number>();
  for (const part of parts) {
    for (const [key, count] of part) merged.set(key, (merged.get(key) ?? 0) + count);
  }
  return merged;
}

/** The same counts side by side, by ascending key: what loops run over. */
export type SortedBins = {
  readonly keys: readonly number[];
  readonly counts: readonly number[];
  readonly total: number;
};

const sorted = new WeakMap<NumericBins, SortedBins>();

/** Kept with the bins, which do not change once they are read from: one comparison asks several times, a reference is in thousands. */
export function sortedBins(bins: NumericBins): SortedBins {
  const known = sorted.get(bins);
  if (known) return known;
  const keys: number[] = [];
  const counts: number[] = [];
  let [total, last, inOrder] = [0, Number.NEGATIVE_INFINITY, true];
  for (const [key, count] of bins) {
    inOrder &&= key > last;
    last = key;
    keys.push(key);
    counts.push(count);
    total += count;
  }
  // The store gives them in order already.
  const made = inOrder ? { keys, counts, total } : inOrderOf(bins, keys, total);
  sorted.set(bins, made);
  return made;
}

function inOrderOf(bins: NumericBins, keys: number[], total: number): SortedBins {
  keys.sort((a, b) => a - b);
  return { keys, counts: keys.map((key) => bins.get(key) ?? 0), total };
}

export const sortedKeys = (bins: NumericBins): readonly number[] => sortedBins(bins).keys;

/**
 * The value below which a share `q` (0..1) of the counts lies, interpolated inside its bin; null when there are none.
 * Error: at most the bin's 2 %.
 */
export function quantileOf(bins: NumericBins, q: number): number | null {
  const total = totalOf(bins);
  if (!(total > 0)) return null;
  const wanted = q * total;
  let below = 0;
  let last: number | null = null;
  for (const key of sortedKeys(bins)) {
    const count = bins.get(key) ?? 0;
    if (count === 0) continue;
    const { from, to } = binEdges(key);
    if (below + count >= wanted) return from + (to - from) * Math.max(0, (wanted - below) / count);
    below += count;
    last = to;
  }
  return last;
}

/** How many bins a factor moves a positive value by: multiplying by f is a shift of the histogram. */
export const binShiftOf = (factor: number): number => Math.round(Math.log(factor) / Math.log(BIN_GROWTH));

/** The histogram of `factor · x`, to within half a bin. */
export function scaleBins(bins: NumericBins, factor: number): Map<number, number> {
  const shift = binShiftOf(factor);
  const scaled = new Map<number, number>();
  for (const [key, count] of bins) {
    const moved = key === 0 ? 0 : Math.sign(key) * Math.max(1, Math.abs(key) + shift);
    scaled.set(moved, (scaled.get(moved) ?? 0) + count);
  }
  return scaled;
}
