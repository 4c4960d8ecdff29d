import { numericDetector, type StreamDetector } from './detector.ts';

export type AdwinOptions = {
  /** Bound on false alarms, before the approximations below. */
  readonly delta?: number;
  /** Values between two looks for a cut. */
  readonly every?: number;
  /** Buckets of one size before two are merged: more is finer, and slower. */
  readonly bucketsPerSize?: number;
  /** Neither part of a cut is shorter. */
  readonly minimumPartN?: number;
  /** No look up to this window length. */
  readonly graceN?: number;
};

/** A stretch of the window: how many, their sum, their sum of squared deviations. */
type Bucket = { readonly n: number; readonly sum: number; readonly squares: number };
const EMPTY: Bucket = { n: 0, sum: 0, squares: 0 };

/** Chan, Golub & LeVeque (1983): two stretches as one, without raw values. */
const join = (a: Bucket, b: Bucket): Bucket => {
  if (a.n === 0) return b;
  if (b.n === 0) return a;
  const n = a.n + b.n;
  const gap = a.sum / a.n - b.sum / b.n;
  return { n, sum: a.sum + b.sum, squares: a.squares + b.squares + (gap * gap * a.n * b.n) / n };
};

/** What remains of `all` after its part `a` is dropped. */
const without = (all: Bucket, a: Bucket): Bucket => {
  const n = all.n - a.n;
  if (n === 0) return EMPTY;
  const sum = all.sum - a.sum;
  const gap = a.sum / a.n - sum / n;
  return { n, sum, squares: Math.max(0, all.squares - a.squares - (gap * gap * a.n * n) / all.n) };
};

export type Adwin = StreamDetector & {
  /** The stretch now believed to be one concept. */
  readonly window: () => { readonly n: number; readonly mean: number; readonly variance: number };
};

/**
 * ADWIN2: a window that drops its oldest part whenever some cut splits it into two parts whose means differ by more than
 * ε = √(2/m · σ² · ln(2/δ′)) + 2/(3m) · ln(2/δ′), 1/m = 1/n₀ + 1/n₁, δ′ = δ / ln n. Kept as an exponential histogram, so
 * cuts are tried at O(log n) places; the present window tells n, mean and variance.
 *
 * Both nᵢ enter 1/m less `minimumPartN` plus one, as MOA does, which holds back cuts near the ends.
 * O(log n) per look, O(log n) memory. Values of any scale; the bound was proved for [0, 1].
 * Source: Bifet & Gavaldà, SDM 2007, § 3 (eq. 3.1) and § 4.
 */
export function createAdwin(options: AdwinOptions = {}): Adwin {
  const { delta = 0.002, every = 32, bucketsPerSize = 5, minimumPartN = 5, graceN = 10 } = options;
  /** By size 1, 2, 4, …; within a size oldest first. */
  const sizes: Bucket[][] = [];
  let all = EMPTY;
  let seen = 0;

  const insert = (value: number): void => {
    const one = { n: 1, sum: value, squares: 0 };
    all = join(all, one);
    let carried: Bucket | null = one;
    for (let level = 0; carried; level += 1) {
      const row = sizes[level] ?? [];
      sizes[level] = row;
      row.push(carried);
      const [first, second] = row;
      carried = row.length > bucketsPerSize && first && second ? join(first, second) : null;
      if (carried) row.splice(0, 2);
    }
  };

  const dropOldest = (): void => {
    const oldest = sizes.at(-1)?.shift();
    if (oldest) all = without(all, oldest);
    while (sizes.at(-1)?.length === 0) sizes.pop();
  };

  const differs = (old: Bucket, recent: Bucket): boolean => {
    const log = Math.log((2 * Math.log(all.n)) / delta);
    const inverse = 1 / (old.n - minimumPartN + 1) + 1 / (recent.n - minimumPartN + 1);
    const epsilon = Math.sqrt(2 * inverse * (all.squares / all.n) * log) + (2 / 3) * log * inverse;
    return Math.abs(old.sum / old.n - recent.sum / recent.n) > epsilon;
  };

  const hasCut = (): boolean => {
    let old = EMPTY;
    for (let level = sizes.length - 1; level >= 0; level -= 1) {
      for (const bucket of sizes[level] ?? []) {
        old = join(old, bucket);
        const recentN = all.n - old.n;
        if (recentN <= minimumPartN) return false;
        if (old.n <= minimumPartN) continue;
        if (differs(old, { n: recentN, sum: all.sum - old.sum, squares: 0 })) return true;
      }
    }
    return false;
  };

  const detector = numericDetector((value) => {
    insert(value);
    seen += 1;
    if (seen % every !== 0 || all.n <= graceN) return 'stable';
    let cut = false;
    while (all.n > graceN && hasCut()) {
      dropOldest();
      cut = true;
    }
    return cut ? 'drift' : 'stable';
  });
  return {
    ...detector,
    window: () => ({
      n: all.n,
      mean: all.n ? all.sum / all.n : 0,
      variance: all.n ? all.squares / all.n : 0,
    }),
  };
}
