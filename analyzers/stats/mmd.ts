import { type BlockSums, blockSums, sidesOf } from './block-sums.ts';
import { at, type Measured, type UndefinedReason, undefinedBecause } from './measured.ts';
import { permutationP } from './permutation-tail.ts';

/** 199 makes p a multiple of 1/200 and 0.05 reachable exactly. */
const DEFAULT_PERMUTATIONS = 199;
/** The kernel matrix is N² doubles: 4,000 rows take 128 MB. Sample before calling. */
export const MMD_MAX_ROWS = 4_000;

/** One row per observation, all of one width. */
export type Rows = readonly ArrayLike<number>[];

export type MmdOptions = {
  /** Uniform on [0, 1). */
  readonly random: () => number;
  readonly permutations?: number;
  /** `counted` ends at 1 / (1 + permutations); `fitted` goes on beyond it, see permutationP. */
  readonly tail?: 'counted' | 'fitted';
  /** k(x, y) = exp(−gamma ‖x − y‖²). Default: 1 / (2 · median of the squared distances). */
  readonly gamma?: number;
};

/**
 * Kernel two-sample test: the unbiased squared maximum mean discrepancy with a Gaussian kernel, p by permutation:
 * (1 + #{permuted ≥ observed}) / (1 + permutations). Sees any difference between multivariate distributions.
 *
 * `statistic` may be slightly negative under no change (unbiased). Fewer than 2 rows on a side → `too_few`; more than
 * MMD_MAX_ROWS in all → `bad_parameter`; rows of different width → `length_mismatch`; NaN or infinite → `not_finite`;
 * all rows equal → `constant`. Cost O(N² (width + permutations)) time, O(N²) memory.
 * Source: Gretton et al., JMLR 13 (2012), lemma 6; Phipson & Smyth, SAGMB 9 (2010) for the 1 + in p.
 */
export function mmd(
  reference: Rows,
  current: Rows,
  options: MmdOptions,
): Measured<{ statistic: number; pValue: number; gamma: number }> {
  const rows = [...reference, ...current];
  const { random, permutations = DEFAULT_PERMUTATIONS } = options;
  const bad = badRows(reference, current);
  if (bad) return undefinedBecause(bad);
  const squared = squaredDistances(rows);
  const gamma = options.gamma ?? 1 / (2 * medianPositive(squared, rows.length));
  if (!(gamma > 0 && gamma < Infinity)) {
    return undefinedBecause(options.gamma === undefined ? 'constant' : 'bad_parameter');
  }
  const kernel = squared.map((d) => Math.exp(-gamma * d));
  const order = Int32Array.from(rows.keys());
  const sums = blockSums(kernel, rows.length);
  const [n, m] = [reference.length, current.length];
  const discrepancy = (): number => unbiased(sums(sidesOf(order, n)), n, m);
  const statistic = discrepancy();
  const permuted = new Float64Array(permutations);
  for (let b = 0; b < permutations; b += 1) {
    shuffle(order, random);
    permuted[b] = discrepancy();
  }
  const extreme = permuted.reduce((count, one) => count + (one >= statistic ? 1 : 0), 0);
  const counted = (1 + extreme) / (1 + permutations);
  const pValue = options.tail === 'fitted' ? permutationP(statistic, permuted) : counted;
  return { kind: 'value', statistic, pValue, gamma };
}

const badRows = (reference: Rows, current: Rows): UndefinedReason | null => {
  if (reference.length < 2 || current.length < 2) return 'too_few';
  if (reference.length + current.length > MMD_MAX_ROWS) return 'bad_parameter';
  const width = reference[0]?.length ?? 0;
  for (const row of [...reference, ...current]) {
    if (row.length !== width || width === 0) return 'length_mismatch';
    if (!Array.from(row).every(Number.isFinite)) return 'not_finite';
  }
  return null;
};

const squaredDistances = (rows: Rows): Float64Array => {
  const n = rows.length;
  const out = new Float64Array(n * n);
  for (const [i, a] of rows.entries()) {
    for (let j = i + 1; j < n; j += 1) {
      const b = rows[j] ?? [];
      let sum = 0;
      for (let k = 0; k < a.length; k += 1) sum += (at(a, k) - at(b, k)) ** 2;
      out[i * n + j] = sum;
      out[j * n + i] = sum;
    }
  }
  return out;
};

/** The median of the distances between different rows; the mean of the positive ones if more than half are equal. */
const medianPositive = (squared: Float64Array, n: number): number => {
  const above = new Float64Array((n * (n - 1)) / 2);
  let k = 0;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 1; j < n; j += 1) above[k++] = at(squared, i * n + j);
  }
  above.sort();
  const half = above.length >> 1;
  const median = above.length % 2 === 1 ? at(above, half) : (at(above, half - 1) + at(above, half)) / 2;
  if (median > 0) return median;
  const positive = above.filter((d) => d > 0);
  return positive.reduce((sum, d) => sum + d, 0) / positive.length;
};

const unbiased = ({ first, second, across }: BlockSums, n: number, m: number): number =>
  (2 * first) / (n * (n - 1)) + (2 * second) / (m * (m - 1)) - (2 * across) / (n * m);

/** Fisher-Yates. */
const shuffle = (order: Int32Array, random: () => number): void => {
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    const kept = at(order, i);
    order[i] = at(order, j);
    order[j] = kept;
  }
};
