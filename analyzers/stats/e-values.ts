import { at, type Measured, undefinedBecause } from './measured.ts';

/**
 * E-values: evidence with E[e] ≤ 1 when nothing changed. They multiply across independent steps, average under any
 * dependence, and P(e ≥ 1/α) ≤ α (Markov). An e-value may be Infinity (refuted) and 0 (no evidence), never NaN.
 */

/**
 * An e-value from a p-value: ∫₀¹ κ p^{κ−1} dκ = (1 − p + p ln p) / (p ln² p), needing no choice of κ. p 1 → ½ (the limit); p 0 → Infinity.
 * Outside [0, 1] → `bad_parameter`. Source: Vovk & Wang, Ann. Stat. 49 (2021), eq. 2 in § 2.
 */
export function pToE(p: number): Measured<{ value: number }> {
  if (!(p >= 0 && p <= 1)) return undefinedBecause('bad_parameter');
  if (p === 0) return { kind: 'value', value: Infinity };
  const log = Math.log(p);
  // Near 1 the quotient is 0/0; its expansion there is ½ − ln p / 6.
  const value = -log < 1e-4 ? 0.5 - log / 6 : (1 - p + p * log) / (p * log * log);
  return { kind: 'value', value };
}

/** The p-value an e-value vouches for: min(1, 1/e). Source: Vovk & Wang (2021), prop. 2.2. */
export const eToP = (e: number): Measured<{ value: number }> =>
  e >= 0 ? { kind: 'value', value: Math.min(1, 1 / e) } : undefinedBecause('bad_parameter');

const bad = (values: ArrayLike<number>): boolean => !Array.from(values).every((e) => e >= 0);

/** The mean: the best symmetric merge under any dependence. None → `empty`. Source: Vovk & Wang (2021), thm 3.2. */
export function averageE(values: ArrayLike<number>): Measured<{ value: number }> {
  if (values.length === 0) return undefinedBecause('empty');
  if (bad(values)) return undefinedBecause('bad_parameter');
  const sum = Array.from(values).reduce((total, e) => total + e, 0);
  return { kind: 'value', value: sum / values.length };
}

/**
 * e-BH: which of m hypotheses to reject so that the expected share of false ones stays ≤ alpha under ANY dependence:
 * the k* largest, k* the largest k with k · e₍ₖ₎ ≥ m / alpha.
 *
 * Answers indices in the order given (ties with the k*-th value are included by the rule itself). No values → none.
 * A negative or NaN value → `bad_parameter`. Cost O(m log m). Source: Wang & Ramdas, JRSS B 84 (2022), § 4.1.
 */
export function eBenjaminiHochberg(
  values: ArrayLike<number>,
  alpha: number,
): Measured<{ rejected: readonly number[] }> {
  if (!(alpha > 0 && alpha < 1) || bad(values)) return undefinedBecause('bad_parameter');
  const m = values.length;
  const order = Array.from({ length: m }, (_, i) => i).sort((a, b) =>
    compareDown(at(values, a), at(values, b)),
  );
  let count = 0;
  for (const [k, index] of order.entries()) {
    if ((k + 1) * at(values, index) >= m / alpha) count = k + 1;
  }
  return { kind: 'value', rejected: order.slice(0, count).sort((a, b) => a - b) };
}

/**
 * The e-value of a p-value that is one of m and is judged by e-BH at `alpha`: m / (α · ⌈p · m · Hₘ / α⌉), Hₘ = 1 + … + 1/m,
 * and 0 where the rounded-up number exceeds m. All its evidence lies on the steps that e-BH asks for, so far less is lost
 * than by `pToE`; e-BH on these rejects the k smallest with p₍ₖ₎ ≤ k · α / (m · Hₘ), under any dependence.
 * Outside its domain → `bad_parameter`. Source: Wang & Ramdas, JRSS B 84 (2022), § 4.4 (the calibrator of BY).
 */
export function pToStepE(p: number, m: number, alpha: number): Measured<{ value: number }> {
  if (!(p >= 0 && p <= 1) || !(m >= 1) || !(alpha > 0 && alpha < 1)) return undefinedBecause('bad_parameter');
  const step = Math.max(1, Math.ceil((p * m * harmonic(m)) / alpha));
  return { kind: 'value', value: step > m ? 0 : m / (alpha * step) };
}

/** 1 + 1/2 + … + 1/m. */
export const harmonic = (m: number): number => {
  let sum = 0;
  for (let k = 1; k <= m; k += 1) sum += 1 / k;
  return sum;
};

/** Infinity − Infinity is NaN, so compare instead of subtracting. */
const compareDown = (a: number, b: number): number => (a === b ? 0 : a > b ? -1 : 1);
