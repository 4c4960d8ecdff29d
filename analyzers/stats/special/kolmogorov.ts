/** Both series are cut where terms fall below 1e-17. */
const TERMS = 100;
const NEGLIGIBLE = 1e-17;
/** Where the two series cost the same; either is exact here. */
const SWITCH = 1;

/**
 * Upper tail of the Kolmogorov distribution, the limit of √n · D: Q(x) = 2 Σ (−1)^{k−1} e^{−2k²x²}.
 * Below the switch the Jacobi-transformed series of the distribution function converges instead.
 * Source: Kolmogorov (1933); Smirnov, Ann. Math. Stat. 19 (1948); Feller (1948) for the transformed series.
 */
export function kolmogorovSf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 1;
  return x < SWITCH ? 1 - lowerSeries(x) : upperSeries(x);
}

const upperSeries = (x: number): number => {
  let sum = 0;
  for (let k = 1; k < TERMS; k += 1) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < NEGLIGIBLE) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
};

const lowerSeries = (x: number): number => {
  let sum = 0;
  for (let k = 1; k < TERMS; k += 1) {
    const term = Math.exp((-((2 * k - 1) ** 2) * Math.PI ** 2) / (8 * x * x));
    sum += term;
    if (term < NEGLIGIBLE) break;
  }
  return (Math.sqrt(2 * Math.PI) / x) * sum;
};
