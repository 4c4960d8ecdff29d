import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as stats from '../../../analyzers/stats/index.ts';
// scipy, astropy, scikit-learn, and full enumeration for KS under ties.
import reference from '../../reference/samples.json' with { type: 'json' };
import { agrees, defined, undefinedFor } from './support.ts';

describe.each(Object.entries(reference.cases))('two samples, %s, against scipy', (_, c) => {
  const { reference: x, current: y } = c;
  it('KS asymptotic', () => {
    const ks = defined(stats.ks(x, y, { method: 'asymptotic' }));
    agrees(ks.statistic, c.ks.statistic, 1e-12);
    agrees(ks.pValue, c.ks.asymptotic, 1e-9);
    expect(ks.location).toBe(c.ks.location);
  });
  it('Cramér-von Mises', () => {
    const cvm = defined(stats.cramerVonMises(x, y));
    agrees(cvm.statistic, c.cvm.statistic, 1e-9, 1e-10);
    // scipy stops its series at terms of 1e-7.
    agrees(cvm.pValue, c.cvm.pValue, 1e-6, 1e-8);
  });
  it('Epps-Singleton', () => {
    const es = defined(stats.eppsSingleton(x, y));
    agrees(es.statistic, c.es.statistic, 1e-8);
    agrees(es.pValue, c.es.pValue, 1e-7);
  });
  it('Anderson-Darling', () => {
    const ad = defined(stats.andersonDarling([x, y]));
    agrees(ad.statistic, c.anderson.statistic, 1e-9);
    agrees(ad.pValue, c.anderson.pValue, 1e-8);
  });
  it('t tests', () => {
    const welch = defined(stats.welchT(x, y));
    agrees(welch.statistic, c.welch.statistic, 1e-9);
    agrees(welch.degreesOfFreedom, c.welch.df, 1e-9);
    agrees(welch.pValue, c.welch.pValue, 1e-8);
    const student = defined(stats.studentT(x, y));
    agrees(student.statistic, c.student.statistic, 1e-9);
    agrees(student.pValue, c.student.pValue, 1e-8);
  });
  it('energy and Wasserstein distances', () => {
    agrees(defined(stats.energyDistance(x, y)).value, c.energy, 1e-9);
    agrees(defined(stats.wasserstein(x, y)).value, c.wasserstein, 1e-10);
    agrees(defined(stats.wasserstein(x, y, { scale: 'reference_sd' })).value, c.wassersteinScaled, 1e-10);
  });
  it('Kuiper', () => {
    const kuiper = defined(stats.kuiper(x, y));
    agrees(kuiper.statistic, c.kuiper.statistic, 1e-10);
    agrees(kuiper.pValue, Math.min(1, stats.kuiperSf(c.kuiper.lambda)), 1e-8);
  });
  it('Mann-Whitney', () => {
    const mwu = defined(stats.mannWhitney(x, y));
    expect(mwu.statistic).toBe(c.mannWhitney.statistic);
    if (mwu.method === 'asymptotic') agrees(mwu.pValue, c.mannWhitney.pValue, 1e-9);
  });
});

describe('exact, published and enumerated values', () => {
  // scipy's exact p ignores ties, so it can be compared where there are none.
  const untied = Object.entries(reference.cases).filter(([, c]) => !c.hasTies);
  it.each(untied)('KS exact against scipy, %s', (_, c) =>
    agrees(defined(stats.ks(c.reference, c.current, { method: 'exact' })).pValue, c.ks.exact, 1e-9),
  );
  it.each(reference.ksTies)('KS under ties equals the share of all deals: $reference $current', (c) =>
    agrees(defined(stats.ks(c.reference, c.current)).pValue, c.pValue, 1e-12),
  );
  it.each(reference.mannWhitneyExact)('Mann-Whitney exact against scipy', (c) => {
    const result = defined(stats.mannWhitney(c.reference, c.current));
    expect(result.method).toBe('exact');
    agrees(result.pValue, c.pValue, 1e-10);
  });
  it.each(reference.cvmLimit)(
    'Cramér-von Mises limit: F(%f) = %f (Anderson & Darling 1952, table 1)',
    (x, p) => agrees(1 - stats.cvmLimitSf(x ?? NaN), p ?? NaN, 1e-5),
  );
  it.each(reference.cvmTail)('Cramér-von Mises tail at %f, the Bessel series in 30 digits', (x, p) =>
    agrees(stats.cvmLimitSf(x ?? NaN), p ?? NaN, 1e-9),
  );
  it.each(reference.kuiperSf)('Kuiper tail at %f', (x, p) =>
    agrees(stats.kuiperSf(x ?? NaN), p ?? NaN, 1e-12),
  );
  it('Anderson-Darling of three samples, with ties', () => {
    const ad = defined(stats.andersonDarling(reference.andersonThree.samples));
    agrees(ad.statistic, reference.andersonThree.statistic, 1e-9);
    agrees(ad.pValue, reference.andersonThree.pValue, 1e-8);
  });
  it("Student's sleep data, unpaired: t = −1.8608, p = 0.07939 by Welch, df 17.776 (R documentation, t.test)", () => {
    const drug1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const drug2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const t = defined(stats.welchT(drug1, drug2));
    agrees(t.statistic, 1.8608, 1e-4);
    agrees(t.degreesOfFreedom, 17.776, 1e-4);
    agrees(t.pValue, 0.07939, 1e-4);
  });
  it('KS of disjoint samples of 5 and 5: p = 2 / C(10, 5)', () =>
    agrees(defined(stats.ks([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).pValue, 2 / 252, 1e-12));
  it('KS says where and which way', () => {
    const up = defined(stats.ks([1, 2, 3, 4], [3, 4, 5, 6]));
    expect(up).toMatchObject({ location: 2, sign: -1, statistic: 0.5 });
  });
});

describe('MMD', () => {
  const { reference: x, current: y, gamma, statistic } = reference.mmd;
  // A linear congruential generator (Numerical Recipes' constants): the permutation needs any fixed stream.
  const stream = (seed: number) => {
    let state = seed;
    return () => {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  };
  it('statistic against scikit-learn kernels', () =>
    agrees(defined(stats.mmd(x, y, { gamma, random: stream(1) })).statistic, statistic, 1e-10));
  it('far apart: no permutation reaches it, p = 1/200', () => {
    const far = y.map((row) => row.map((value) => value + 50));
    agrees(defined(stats.mmd(x, far, { random: stream(2) })).pValue, 1 / 200);
  });
  it('refuses what it cannot compare', () => {
    expect(stats.mmd([[1]], [[1], [2]], { random: stream(1) })).toEqual(undefinedFor('too_few'));
    expect(stats.mmd([[1], [1, 2]], [[1], [2]], { random: stream(1) })).toEqual(
      undefinedFor('length_mismatch'),
    );
    expect(stats.mmd([[1], [1]], [[1], [1]], { random: stream(1) })).toEqual(undefinedFor('constant'));
    expect(stats.mmd([[1], [NaN]], [[1], [1]], { random: stream(1) })).toEqual(undefinedFor('not_finite'));
  });
});

describe('properties', () => {
  const sample = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 6, maxLength: 40 });
  const tests = [stats.ks, stats.cramerVonMises, stats.kuiper, stats.mannWhitney] as const;
  it('p does not depend on which side is called reference, on order, nor on a monotone change of unit', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        for (const test of tests) {
          const p = defined(test(x, y)).pValue;
          agrees(defined(test(y, x)).pValue, p, 1e-9, 1e-12);
          agrees(defined(test(x.toReversed(), y.toSorted())).pValue, p, 1e-9, 1e-12);
          agrees(
            defined(
              test(
                x.map((v) => v ** 3),
                y.map((v) => v ** 3),
              ),
            ).pValue,
            p,
            1e-9,
            1e-12,
          );
        }
      }),
      { seed: 4, numRuns: 100 },
    );
  });
  it('a shift by s is a Wasserstein distance of |s|; distances are symmetric', () => {
    fc.assert(
      fc.property(sample, sample, fc.integer({ min: -99, max: 99 }), (x, y, s) => {
        agrees(
          defined(
            stats.wasserstein(
              x,
              x.map((v) => v + s),
            ),
          ).value,
          Math.abs(s),
          1e-9,
          1e-9,
        );
        for (const f of [stats.wasserstein, stats.energyDistance]) {
          agrees(defined(f(x, y)).value, defined(f(y, x)).value, 1e-9, 1e-9);
        }
      }),
      { seed: 5, numRuns: 100 },
    );
  });
  it('W₁ ≥ |difference of means|, and energy² ≤ 2 W₁ (|F − G| ≤ 1)', () => {
    fc.assert(
      fc.property(sample, sample, (x, y) => {
        const w = defined(stats.wasserstein(x, y)).value;
        const mean = (v: number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
        expect(w).toBeGreaterThanOrEqual(Math.abs(mean(x) - mean(y)) - 1e-9);
        expect(defined(stats.energyDistance(x, y)).value ** 2).toBeLessThanOrEqual(2 * w + 1e-9);
      }),
      { seed: 6, numRuns: 200 },
    );
  });
});

describe('what cannot be computed says why', () => {
  const all = [
    stats.ks,
    stats.cramerVonMises,
    stats.kuiper,
    stats.mannWhitney,
    stats.eppsSingleton,
    stats.welchT,
    stats.studentT,
    stats.wasserstein,
    stats.energyDistance,
    (x: number[], y: number[]) => stats.andersonDarling([x, y]),
  ] as const;
  it.each(all.map((f) => [f.name || 'andersonDarling', f] as const))('%s', (_, f) => {
    const good = [1, 2, 3, 4, 5, 6];
    expect(f([], good)).toEqual(undefinedFor('empty'));
    expect(f(good, [])).toEqual(undefinedFor('empty'));
    expect(f([...good, Number.NaN], good)).toEqual(undefinedFor('not_finite'));
    expect(f(good, [...good, Infinity])).toEqual(undefinedFor('not_finite'));
    expect(f([...good, -Infinity], good)).toEqual(undefinedFor('not_finite'));
  });
  it('constant and tiny samples', () => {
    const flat = [2, 2, 2, 2, 2, 2];
    expect(stats.welchT(flat, flat)).toEqual(undefinedFor('constant'));
    expect(stats.eppsSingleton(flat, flat)).toEqual(undefinedFor('constant'));
    expect(stats.andersonDarling([flat, flat])).toEqual(undefinedFor('constant'));
    expect(stats.wasserstein(flat, [3], { scale: 'reference_sd' })).toEqual(undefinedFor('constant'));
    expect(stats.welchT([1], [1, 2])).toEqual(undefinedFor('too_few'));
    expect(stats.cramerVonMises([1], [1, 2])).toEqual(undefinedFor('too_few'));
    expect(defined(stats.ks(flat, flat))).toMatchObject({ statistic: 0, pValue: 1, sign: 0 });
    expect(defined(stats.mannWhitney(flat, flat))).toMatchObject({
      pValue: 1,
      probabilityOfSuperiority: 0.5,
    });
  });
});
