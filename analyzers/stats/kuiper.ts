import { at, type TestResult, testResult } from './measured.ts';
import { type Sample, tieGroups } from './tie-groups.ts';

const TERMS = 100;
const NEGLIGIBLE = 1e-17;
/** Below this λ the tail is 1 to 7 digits and the alternating-free series no longer converges usefully. */
const CERTAIN_BELOW = 0.4;

/**
 * Two-sample Kuiper: V = D⁺ + D⁻, sensitive in the tails as in the middle, and on a circle (hour of day) independent of
 * where the circle is cut. p: Q(λ) = 2 Σ (4j²λ² − 1) e^{−2j²λ²} at λ = (√N + 0.155 + 0.24/√N) V, N = nm/(n+m).
 *
 * Ties: V between tie groups, p conservative. Empty → `empty`; NaN or infinite → `not_finite`. Cost O(N log N).
 * Source: Kuiper, Proc. KNAW A 63 (1960); Stephens, JRSS B 32 (1970), § 4 for the small-sample factor.
 */
export function kuiper(reference: Sample, current: Sample): TestResult {
  const groups = tieGroups(reference, current);
  if (groups.kind === 'undefined') return groups;
  const { nReference: n, nCurrent: m } = groups;
  let f = 0;
  let g = 0;
  let above = 0;
  let below = 0;
  for (let k = 0; k < groups.values.length; k += 1) {
    f += at(groups.reference, k);
    g += at(groups.current, k);
    above = Math.max(above, f / n - g / m);
    below = Math.max(below, g / m - f / n);
  }
  const statistic = above + below;
  const root = Math.sqrt((n * m) / (n + m));
  return testResult(statistic, kuiperSf((root + 0.155 + 0.24 / root) * statistic));
}

/** Upper tail of Kuiper's limit distribution. */
export function kuiperSf(lambda: number): number {
  if (lambda < CERTAIN_BELOW) return 1;
  let sum = 0;
  for (let j = 1; j < TERMS; j += 1) {
    const a = 2 * j * j * lambda * lambda;
    const term = (2 * a - 1) * Math.exp(-a);
    sum += term;
    if (Math.abs(term) < NEGLIGIBLE) break;
  }
  return 2 * sum;
}
