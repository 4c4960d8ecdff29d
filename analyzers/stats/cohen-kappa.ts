import { at, type Measured, undefinedBecause } from './measured.ts';

export type Weights = 'none' | 'linear' | 'quadratic';

/**
 * Cohen's kappa of two raters from their square table (row: first rater's category, column: second's):
 * κ = 1 − Σ w·O / Σ w·E, E from the margins; w = 1 off the diagonal (`none`), |i − j| (`linear`), (i − j)² (`quadratic`).
 *
 * Range (−∞, 1]: 1 agreement, 0 what the margins alone give. Weights need ordered categories.
 * Both raters use one and the same category only → `constant` (chance agreement is total). No items → `empty`;
 * not square → `length_mismatch`. Cost O(categories²). Source: Cohen, Educ. Psychol. Meas. 20 (1960); Cohen, Psychol.
 * Bull. 70 (1968) for weights; read with prevalence in mind (Feinstein & Cicchetti 1990), or see `gwetAc1`.
 */
export function cohenKappa(
  table: readonly ArrayLike<number>[],
  options: { readonly weights?: Weights } = {},
): Measured<{ value: number; agreement: number; n: number }> {
  const size = table.length;
  const rows = new Float64Array(size);
  const columns = new Float64Array(size);
  let n = 0;
  for (const [i, row] of table.entries()) {
    if (row.length !== size) return undefinedBecause('length_mismatch');
    for (let j = 0; j < size; j += 1) {
      const count = at(row, j);
      if (!(count >= 0 && count < Infinity)) return undefinedBecause('invalid_count');
      rows[i] = at(rows, i) + count;
      columns[j] = at(columns, j) + count;
      n += count;
    }
  }
  if (n === 0) return undefinedBecause('empty');
  const weight = WEIGHT[options.weights ?? 'none'];
  let observed = 0;
  let expected = 0;
  let agreed = 0;
  for (const [i, row] of table.entries()) {
    agreed += at(row, i);
    for (let j = 0; j < size; j += 1) {
      observed += weight(i - j) * at(row, j);
      expected += (weight(i - j) * at(rows, i) * at(columns, j)) / n;
    }
  }
  if (expected === 0) return undefinedBecause('constant');
  return { kind: 'value', value: 1 - observed / expected, agreement: agreed / n, n };
}

const WEIGHT: Readonly<Record<Weights, (gap: number) => number>> = {
  none: (gap) => (gap === 0 ? 0 : 1),
  linear: (gap) => Math.abs(gap),
  quadratic: (gap) => gap * gap,
};
