import { describe, it } from 'vitest';
import * as stats from '../../../analyzers/stats/index.ts';
// 40-digit values by mpmath.
import reference from '../../reference/special.json' with { type: 'json' };
import { agrees } from './support.ts';

/** Rows of arguments with the value last. */
const each = (rows: number[][], call: (...args: number[]) => number, relative: number): void => {
  for (const row of rows) agrees(call(...row.slice(0, -1)), row.at(-1) ?? Number.NaN, relative, 1e-300);
};
const binary =
  (f: (a: number, b: number) => number) =>
  (...args: number[]): number =>
    f(args[0] ?? NaN, args[1] ?? NaN);

describe('special functions against mpmath', () => {
  it('ln Γ', () => each(reference.logGamma, (x = NaN) => stats.logGamma(x), 1e-13));
  it('Q(a, x)', () => each(reference.gammaUpper, binary(stats.gammaUpper), 2e-11));
  it('P(a, x)', () => each(reference.gammaLower, binary(stats.gammaLower), 2e-11));
  it('I_x(a, b)', () =>
    each(reference.betaLower, (x = NaN, a = NaN, b = NaN) => stats.betaLower(x, a, b), 1e-10));
  it('normal upper tail, out to 30 sigma', () =>
    each(reference.normalSf, (z = NaN) => stats.normalSf(z), 1e-12));
  it('Student t, two-sided', () => each(reference.studentTwoSided, binary(stats.studentTwoSided), 1e-9));
  it('Kolmogorov upper tail', () => each(reference.kolmogorovSf, (x = NaN) => stats.kolmogorovSf(x), 1e-12));
  it('Bessel K', () => each(reference.besselKScaled, binary(stats.besselKScaled), 1e-10));
});

describe('quantiles undo their tails', () => {
  // Published to 4 digits in every table: z .975 = 1.9600, t .975 with 10 df = 2.2281, chi2 .95 with 10 df = 18.3070.
  it('agree with printed tables', () => {
    agrees(stats.normalUpperQuantile(0.025), 1.959963984540054, 1e-10);
    agrees(stats.studentUpperQuantile(0.025, 10), 2.2281, 2e-5);
    agrees(stats.chiSquareUpperQuantile(0.05, 10), 18.307, 1e-5);
  });
  it('are odd about the median', () =>
    agrees(stats.normalUpperQuantile(0.9), -stats.normalUpperQuantile(0.1), 1e-12));
});

describe('outside their domain they are NaN, which every statistic refuses', () => {
  it('says so', () => {
    for (const value of [stats.logGamma(-1), stats.gammaUpper(0, 1), stats.betaLower(2, 1, 1)]) {
      if (!Number.isNaN(value)) throw new Error(`expected NaN, got ${value}`);
    }
  });
});
