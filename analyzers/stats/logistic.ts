import { at } from './measured.ts';

/** Rows of few non-zero entries: `columns[i]` and `values[i]` run in parallel. */
export type SparseRow = { readonly columns: ArrayLike<number>; readonly values: ArrayLike<number> };
export type Logistic = { readonly intercept: number; readonly weights: Float64Array };

const ITERATIONS = 200;
/** The largest part of the gradient at which it is called done. */
const TOLERANCE = 1e-7;

/**
 * Logistic regression with an L2 penalty: minimises Σ log(1 + exp(−s·f(x))) + ‖w‖² / (2 · strength), s = ±1, the
 * intercept free. `strength` is scikit-learn's C.
 *
 * Nesterov's accelerated gradient at the step 1/L, L ≤ ¼ · max row norm² · rows + 1/strength, with restarts where the
 * momentum points uphill: no line search, no randomness. Cost O(iterations · non-zero entries).
 * Source: Nesterov (1983); O'Donoghue & Candès, Found. Comput. Math. 15 (2015), for the restart.
 */
export function fitLogistic(
  rows: readonly SparseRow[],
  labels: Float64Array,
  width: number,
  options: { readonly strength?: number; readonly iterations?: number } = {},
): Logistic {
  const { strength = 1, iterations = ITERATIONS } = options;
  const step = 1 / (lipschitz(rows, width) + 1 / strength);
  let weights = new Float64Array(width + 1);
  let before = weights.slice();
  let momentum = 1;
  for (let round = 0; round < iterations; round += 1) {
    const next = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const beta = (momentum - 1) / next;
    const ahead = weights.map((w, j) => w + beta * (w - at(before, j)));
    const gradient = gradientAt(rows, labels, ahead, width, strength);
    before = weights;
    weights = ahead.map((w, j) => w - step * at(gradient, j));
    const uphill = gradient.reduce((sum, g, j) => sum + g * (at(weights, j) - at(before, j)), 0) > 0;
    momentum = uphill ? 1 : next;
    if (gradient.every((g) => Math.abs(g) < TOLERANCE)) break;
  }
  return { intercept: at(weights, width), weights: weights.slice(0, width) };
}

/** Log-odds of label 1. */
export const logOdds = ({ intercept, weights }: Logistic, { columns, values }: SparseRow): number => {
  let sum = intercept;
  for (let k = 0; k < columns.length; k += 1) sum += at(weights, at(columns, k)) * at(values, k);
  return sum;
};

function gradientAt(
  rows: readonly SparseRow[],
  labels: Float64Array,
  weights: Float64Array,
  width: number,
  strength: number,
): Float64Array {
  const gradient = weights.map((w, j) => (j === width ? 0 : w / strength));
  const model = { intercept: at(weights, width), weights };
  for (const [i, row] of rows.entries()) {
    const error = 1 / (1 + Math.exp(-logOdds(model, row))) - at(labels, i);
    gradient[width] = at(gradient, width) + error;
    for (let k = 0; k < row.columns.length; k += 1) {
      const column = at(row.columns, k);
      gradient[column] = at(gradient, column) + error * at(row.values, k);
    }
  }
  return gradient;
}

const POWER_ROUNDS = 20;
/** What the power iteration may fall short of the true value. */
const SLACK = 1.1;

/** A bound on the curvature: a quarter of the largest eigenvalue of XᵀX (with the column of ones), by power iteration. */
function lipschitz(rows: readonly SparseRow[], width: number): number {
  // Any direction that is not orthogonal to the leading one; of uneven entries, so that symmetry does not make it so.
  let direction = Float64Array.from({ length: width + 1 }, (_, j) => 1 + ((j * 7919) % 101) / 101);
  let size = 1;
  for (let round = 0; round < POWER_ROUNDS; round += 1) {
    const image = new Float64Array(width + 1);
    for (const row of rows) {
      const along = logOdds({ intercept: at(direction, width), weights: direction }, row);
      image[width] = at(image, width) + along;
      for (let k = 0; k < row.columns.length; k += 1) {
        const column = at(row.columns, k);
        image[column] = at(image, column) + along * at(row.values, k);
      }
    }
    size = Math.sqrt(image.reduce((sum, one) => sum + one * one, 0));
    if (!(size > 0)) return 1;
    direction = image.map((one) => one / size);
  }
  return (SLACK * size) / 4;
}
