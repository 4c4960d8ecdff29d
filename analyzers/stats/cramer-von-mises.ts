import { at, type TestResult, testResult, undefinedBecause } from './measured.ts';
import { besselKScaled } from './special/bessel.ts';
import { logGamma } from './special/gamma.ts';
import { type Sample, tieGroups } from './tie-groups.ts';

/** Below this the limit distribution is 0 to 16 digits, and its series no longer converges. */
const SMALLEST = 0.003;
/** From here the tail is below 0.01, and one term of Smirnov's integral is exact to 1e-13 of it. */
const TAIL_FROM = 0.75;
/** Midpoint rule on a periodic, smooth integrand. */
const INTEGRATION_POINTS = 400;
const TERMS = 60;
const NEGLIGIBLE = 1e-17;

/**
 * Two-sample Cramér-von Mises: T = U/(nm(n+m)) − (4nm − 1)/(6(n+m)), U = n Σ (rᵢ − i)² + m Σ (sⱼ − j)², r and s the
 * pooled midranks of the sorted samples. p from the limit distribution after matching T's exact mean and variance.
 *
 * Ties: midranks; p is approximate then. At least 2 values per side, else `too_few`. Cost O(N log N).
 * Source: Anderson, Ann. Math. Stat. 33 (1962), eq. 10 and § 4; Csörgő & Faraway, JRSS B 58 (1996), eq. 1.2.
 */
export function cramerVonMises(reference: Sample, current: Sample): TestResult {
  const groups = tieGroups(reference, current);
  if (groups.kind === 'undefined') return groups;
  const { nReference: n, nCurrent: m } = groups;
  if (n < 2 || m < 2) return undefinedBecause('too_few');
  let i = 0;
  let j = 0;
  let sumX = 0;
  let sumY = 0;
  for (let k = 0; k < groups.values.length; k += 1) {
    const x = at(groups.reference, k);
    const y = at(groups.current, k);
    const midrank = i + j + (x + y + 1) / 2;
    sumX += squaredGaps(midrank, i, x);
    sumY += squaredGaps(midrank, j, y);
    i += x;
    j += y;
  }
  const total = n + m;
  const product = n * m;
  const t = (n * sumX + m * sumY) / (product * total) - (4 * product - 1) / (6 * total);
  const mean = (1 + 1 / total) / 6;
  const variance =
    ((total + 1) * (4 * product * total - 3 * (n * n + m * m) - 2 * product)) /
    (45 * total * total * 4 * product);
  return testResult(t, cvmLimitSf(1 / 6 + (t - mean) / Math.sqrt(45 * variance)));
}

/** Σ (midrank − rank)² over the `count` ranks after `before`. */
const squaredGaps = (midrank: number, before: number, count: number): number => {
  const first = midrank - before;
  // Σ_{r=1..c} (f − r)² = c f² − f c(c+1) + c(c+1)(2c+1)/6
  return count * first * first - first * count * (count + 1) + (count * (count + 1) * (2 * count + 1)) / 6;
};

/** Upper tail of the limit distribution: the series of scaled Bessel functions in the body, an integral in the tail. */
export function cvmLimitSf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x < SMALLEST) return 1;
  return x < TAIL_FROM ? 1 - bodySeries(x) : tailIntegral(x);
}

/** Csörgő & Faraway eq. 1.2, with K_{1/4}. */
const bodySeries = (x: number): number => {
  let sum = 0;
  for (let k = 0; k < TERMS; k += 1) {
    const weight = Math.exp(logGamma(k + 0.5) - logGamma(k + 1)) / (Math.PI ** 1.5 * Math.sqrt(x));
    const y = 4 * k + 1;
    const q = (y * y) / (16 * x);
    const term = weight * Math.sqrt(y) * Math.exp(-2 * q) * besselKScaled(0.25, q);
    sum += term;
    if (term < NEGLIGIBLE) break;
  }
  return Math.min(1, sum);
};

/**
 * Smirnov's inversion, (2/π) Σ (−1)^{k+1} ∫_{(2k−1)π}^{2kπ} √(−u / sin u) e^{−x u²/2} du / u. It has no 1 − F to lose
 * digits to. u = (2k−1)π + π sin²φ makes both ends smooth. The second term is e^{−4π²x} of the first: one is enough.
 * Source: Smirnov (1937), as given by Durbin, Distribution Theory for Tests Based on the Sample DF (1973), § 4.4.
 */
const tailIntegral = (x: number): number => {
  const step = Math.PI / 2 / INTEGRATION_POINTS;
  let sum = 0;
  for (let i = 0; i < INTEGRATION_POINTS; i += 1) {
    const phi = (i + 0.5) * step;
    const s = Math.PI * Math.sin(phi) ** 2;
    const u = Math.PI + s;
    const jacobian = 2 * Math.PI * Math.sin(phi) * Math.cos(phi);
    sum += (Math.sqrt(u / Math.sin(s)) * Math.exp((-x * u * u) / 2) * jacobian) / u;
  }
  return (2 / Math.PI) * sum * step;
};
