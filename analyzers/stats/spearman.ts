import { at, type Measured, undefinedBecause } from './measured.ts';
import { normalTwoSided } from './special/normal.ts';

/** Fewer pairs have no variance worth the name. */
const LEAST_PAIRS = 10;

export type Correlation = Measured<{ rho: number; variance: number; n: number }>;

/**
 * Spearman's rank correlation, ties by mid-ranks, with a variance that holds whatever the dependence is: the mean square
 * of its influence function (the product of a pair's ranks, and how the pair lifts the ranks of the others), over n. The textbook 1/(n−1) holds only where
 * the two are independent, and Fisher's z only where they are normal; a change between two dependent stretches is neither.
 *
 * Fewer than 10 pairs → `too_few`; a side without spread → `constant`; NaN or infinite → `not_finite`.
 * Cost O(n log n). Source: Borkowf, Comput. Stat. Data Anal. 39 (2002), § 2; Hoeffding, Ann. Math. Stat. 19 (1948), § 9.
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): Correlation {
  const n = x.length;
  if (y.length !== n) return undefinedBecause('length_mismatch');
  if (n < LEAST_PAIRS) return undefinedBecause('too_few');
  for (let i = 0; i < n; i += 1)
    if (!Number.isFinite(at(x, i)) || !Number.isFinite(at(y, i))) return undefinedBecause('not_finite');
  const f = centredRanks(x);
  const g = centredRanks(y);
  const squares = (of: Float64Array): number => of.reduce((sum, one) => sum + one * one, 0) / n;
  const [meanF, meanG] = [squares(f.ranks), squares(g.ranks)];
  const scale = Math.sqrt(meanF * meanG);
  if (!(scale > 0)) return undefinedBecause('constant');
  const products = f.ranks.map((one, i) => one * at(g.ranks, i));
  const covariance = products.reduce((sum, one) => sum + one, 0) / n;
  const rho = covariance / scale;
  // How the mean product moves when one more value at xᵢ lifts the ranks above it; and the same for yᵢ.
  const alongX = liftOf(f.order, x, g.ranks);
  const alongY = liftOf(g.order, y, f.ranks);
  // The spread of the ranks, which ρ is divided by: constant without ties, moved by each value with them.
  const spreadX = liftOf(f.order, x, f.ranks);
  const spreadY = liftOf(g.order, y, g.ranks);
  const influence = products.map((product, i) => {
    const spread =
      (at(f.ranks, i) ** 2 + 2 * at(spreadX, i)) / meanF + (at(g.ranks, i) ** 2 + 2 * at(spreadY, i)) / meanG;
    return (product + at(alongX, i) + at(alongY, i)) / scale - (rho * spread) / 2;
  });
  let sum = 0;
  const middle = influence.reduce((total, one) => total + one, 0) / n;
  for (let i = 0; i < n; i += 1) {
    const own = at(influence, i) - middle;
    sum += own * own;
  }
  return { kind: 'value', rho, variance: sum / n / n, n };
}

/** z test of one correlation against another, of two independent samples: (ρ₂ − ρ₁) / √(v₁ + v₂), two-sided. */
export function correlationChange(
  reference: Correlation,
  current: Correlation,
): Measured<{ difference: number; standardError: number; pValue: number }> {
  if (reference.kind === 'undefined') return reference;
  if (current.kind === 'undefined') return current;
  const difference = current.rho - reference.rho;
  const standardError = Math.sqrt(reference.variance + current.variance);
  if (!(standardError > 0)) return undefinedBecause('constant');
  return { kind: 'value', difference, standardError, pValue: normalTwoSided(difference / standardError) };
}

type Ranked = { readonly ranks: Float64Array; readonly order: Int32Array };

/** (mid-rank − ½)/n − ½, in (−½, ½), and the order that gives them. */
function centredRanks(values: ArrayLike<number>): Ranked {
  const n = values.length;
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => at(values, a) - at(values, b));
  const ranks = new Float64Array(n);
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && at(values, at(order, to)) === at(values, at(order, from))) to += 1;
    for (let k = from; k < to; k += 1) ranks[at(order, k)] = (from + to) / 2 / n - 0.5;
    from = to;
  }
  return { ranks, order };
}

/** Of each i: the mean over all j of (1 if xⱼ > xᵢ, ½ if equal) · other(j). */
function liftOf(order: Int32Array, values: ArrayLike<number>, other: Float64Array): Float64Array {
  const n = order.length;
  const lift = new Float64Array(n);
  let above = 0;
  for (let to = n; to > 0; ) {
    let from = to - 1;
    while (from > 0 && at(values, at(order, from - 1)) === at(values, at(order, to - 1))) from -= 1;
    let here = 0;
    for (let k = from; k < to; k += 1) here += at(other, at(order, k));
    for (let k = from; k < to; k += 1) lift[at(order, k)] = (above + here / 2) / n;
    above += here;
    to = from;
  }
  return lift;
}
