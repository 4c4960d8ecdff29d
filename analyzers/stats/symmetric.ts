import { at } from './measured.ts';

const SWEEPS = 60;
const NEGLIGIBLE = 1e-30;

/** A small symmetric matrix, row by row. */
export type Matrix = readonly Float64Array[];

/**
 * Eigenvalues and eigenvectors (columns of `vectors`) of a symmetric matrix by Jacobi rotations. Cost O(n³) per sweep,
 * a handful of sweeps; meant for n of a few dozen. Source: Jacobi (1846); Golub & Van Loan, § 8.5.
 */
export function eigenSymmetric(matrix: Matrix): { values: Float64Array; vectors: Matrix } {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const v = matrix.map((_, i) => Float64Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a) > NEGLIGIBLE * trace2(a); sweep += 1) {
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) rotate(a, v, p, q);
    }
  }
  return { values: Float64Array.from({ length: n }, (_, i) => get(a, i, i)), vectors: v };
}

const get = (m: Matrix, i: number, j: number): number => {
  const row = m[i];
  return row ? at(row, j) : Number.NaN;
};

const set = (m: Matrix, i: number, j: number, value: number): void => {
  const row = m[i];
  if (row) row[j] = value;
};

const offDiagonal = (a: Matrix): number =>
  a.reduce((sum, row, i) => sum + row.reduce((s, value, j) => s + (i === j ? 0 : value * value), 0), 0);

const trace2 = (a: Matrix): number => a.reduce((sum, row, i) => sum + at(row, i) ** 2, 0);

/** Zeroes a[p][q] by turning the plane of axes p and q. */
const rotate = (a: Matrix, v: Matrix, p: number, q: number): void => {
  const apq = get(a, p, q);
  if (apq === 0) return;
  const theta = (get(a, q, q) - get(a, p, p)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < a.length; k += 1)
    turn(get(a, k, p), get(a, k, q), c, s, (x, y) => {
      set(a, k, p, x);
      set(a, k, q, y);
    });
  for (let k = 0; k < a.length; k += 1)
    turn(get(a, p, k), get(a, q, k), c, s, (x, y) => {
      set(a, p, k, x);
      set(a, q, k, y);
    });
  for (let k = 0; k < a.length; k += 1)
    turn(get(v, k, p), get(v, k, q), c, s, (x, y) => {
      set(v, k, p, x);
      set(v, k, q, y);
    });
};

const turn = (x: number, y: number, c: number, s: number, put: (x: number, y: number) => void): void =>
  put(c * x - s * y, s * x + c * y);

/** xᵀ A⁺ x with the Moore-Penrose inverse of a positive semi-definite A, and A's rank. */
export function pseudoQuadraticForm(matrix: Matrix, x: ArrayLike<number>): { value: number; rank: number } {
  const { values, vectors } = eigenSymmetric(matrix);
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  let value = 0;
  let rank = 0;
  for (let k = 0; k < values.length; k += 1) {
    if (!(at(values, k) > largest * RANK_TOLERANCE)) continue;
    rank += 1;
    let projection = 0;
    for (let i = 0; i < matrix.length; i += 1) projection += get(vectors, i, k) * at(x, i);
    value += (projection * projection) / at(values, k);
  }
  return { value, rank };
}

/** Directions this much flatter than the widest carry rounding only. */
const RANK_TOLERANCE = 1e-12;
