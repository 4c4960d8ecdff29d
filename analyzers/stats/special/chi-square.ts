import { gammaLower, gammaUpper } from './gamma.ts';
import { monotoneRoot } from './root.ts';

/** Chi-square distribution function with `df` degrees of freedom (> 0, need not be an integer). */
export const chiSquareCdf = (x: number, df: number): number => (x <= 0 ? 0 : gammaLower(df / 2, x / 2));

/** Its upper tail, exact far out. */
export const chiSquareSf = (x: number, df: number): number => (x <= 0 ? 1 : gammaUpper(df / 2, x / 2));

/** The x whose upper tail is `tail`; tail in (0, 1). Bisection to 1e-12 relative: about 60 tail evaluations. */
export const chiSquareUpperQuantile = (tail: number, df: number): number =>
  tail >= 1 ? 0 : monotoneRoot((x) => tail - chiSquareSf(x, df), df);
