import { at, type Measured, undefinedBecause } from './measured.ts';
import type { Rows } from './mmd.ts';

/** Columns beyond it make the eigenvectors cost more than a look is worth. */
export const PCA_MOST_COLUMNS = 128;
/** NannyML's default, so that its numbers can be compared. */
export const DEFAULT_EXPLAINED = 0.65;
const SWEEPS = 60;
const DIAGONAL_ENOUGH = 1e-22;

export type Pca = {
  readonly means: Float64Array;
  /** Standard deviations (n − 1); a constant column has 1 here and adds nothing. */
  readonly deviations: Float64Array;
  /** Unit vectors, the one that explains most first. */
  readonly components: readonly Float64Array[];
  /** Share 0..1 of the standardised variance that each component explains, of all columns. */
  readonly explained: readonly number[];
};

/**
 * Principal components of standardised columns: the fewest that explain `explained` of the variance.
 *
 * Eigenvectors of the correlation matrix by Jacobi's rotations. Fewer than 3 rows → `too_few`; more columns than
 * PCA_MOST_COLUMNS, or a share outside (0, 1] → `bad_parameter`; rows of different width → `length_mismatch`; NaN or
 * infinite → `not_finite`; no column varies → `constant`. Cost O(n d² + d³).
 * Source: Jolliffe, Principal Component Analysis (2002), § 2.3; Golub & Van Loan, Matrix Computations (2013), § 8.5.
 */
export function fitPca(rows: Rows, explained = DEFAULT_EXPLAINED): Measured<Pca> {
  const width = rows[0]?.length ?? 0;
  if (rows.length < 3) return undefinedBecause('too_few');
  if (width === 0 || width > PCA_MOST_COLUMNS || !(explained > 0 && explained <= 1))
    return undefinedBecause('bad_parameter');
  if (rows.some((row) => row.length !== width)) return undefinedBecause('length_mismatch');
  if (rows.some((row) => !Array.from(row).every(Number.isFinite))) return undefinedBecause('not_finite');
  const means = Float64Array.from(
    { length: width },
    (_, j) => rows.reduce((sum, row) => sum + at(row, j), 0) / rows.length,
  );
  const raw = means.map((mean, j) =>
    Math.sqrt(rows.reduce((sum, row) => sum + (at(row, j) - mean) ** 2, 0) / (rows.length - 1)),
  );
  if (raw.every((one) => one === 0)) return undefinedBecause('constant');
  const deviations = raw.map((one) => (one > 0 ? one : 1));
  const { values, vectors } = eigen(correlations(rows, means, deviations), width);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const order = [...values.keys()].sort((a, b) => at(values, b) - at(values, a));
  const components: Float64Array[] = [];
  const shares: number[] = [];
  let sum = 0;
  for (const index of order) {
    const share = Math.max(0, at(values, index)) / total;
    components.push(Float64Array.from({ length: width }, (_, j) => at(vectors, j * width + index)));
    shares.push(share);
    sum += share;
    if (sum >= explained - 1e-12) break;
  }
  return { kind: 'value', means, deviations, components, explained: shares };
}

/** What of the standardised row the components cannot say, column by column. */
export function reconstructionRest(
  { means, deviations, components }: Pca,
  row: ArrayLike<number>,
): Float64Array {
  const rest = means.map((mean, j) => (at(row, j) - mean) / at(deviations, j));
  for (const component of components) {
    const along = component.reduce((sum, c, j) => sum + c * at(rest, j), 0);
    for (let j = 0; j < rest.length; j += 1) rest[j] = at(rest, j) - along * at(component, j);
  }
  return rest;
}

/** Euclidean distance of the standardised row from what the components can say of it. */
export const reconstructionError = (model: Pca, row: ArrayLike<number>): number =>
  Math.sqrt(reconstructionRest(model, row).reduce((sum, one) => sum + one * one, 0));

function correlations(rows: Rows, means: Float64Array, deviations: Float64Array): Float64Array {
  const width = means.length;
  const matrix = new Float64Array(width * width);
  for (const row of rows) {
    const z = means.map((mean, j) => (at(row, j) - mean) / at(deviations, j));
    for (let j = 0; j < width; j += 1) {
      for (let k = 0; k < width; k += 1)
        matrix[j * width + k] = at(matrix, j * width + k) + at(z, j) * at(z, k);
    }
  }
  return matrix.map((one) => one / (rows.length - 1));
}

/** Cyclic Jacobi: rotates pairs of columns until nothing is left beside the diagonal. Vectors are columns. */
function eigen(matrix: Float64Array, width: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = new Float64Array(width * width);
  for (let j = 0; j < width; j += 1) vectors[j * width + j] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    let off = 0;
    for (let p = 0; p < width; p += 1)
      for (let q = p + 1; q < width; q += 1) off += at(a, p * width + q) ** 2;
    if (off < DIAGONAL_ENOUGH) break;
    for (let p = 0; p < width; p += 1) for (let q = p + 1; q < width; q += 1) rotate(a, vectors, width, p, q);
  }
  return { values: Float64Array.from({ length: width }, (_, j) => at(a, j * width + j)), vectors };
}

function rotate(a: Float64Array, vectors: Float64Array, width: number, p: number, q: number): void {
  const apq = at(a, p * width + q);
  if (apq === 0) return;
  const theta = (at(a, q * width + q) - at(a, p * width + p)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const turn = (of: Float64Array, i: number, j: number): void => {
    const [x, y] = [at(of, i), at(of, j)];
    of[i] = c * x - s * y;
    of[j] = s * x + c * y;
  };
  for (let k = 0; k < width; k += 1) turn(a, k * width + p, k * width + q);
  for (let k = 0; k < width; k += 1) turn(a, p * width + k, q * width + k);
  for (let k = 0; k < width; k += 1) turn(vectors, k * width + p, k * width + q);
}
