import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as stats from '../../../analyzers/stats/index.ts';
// scipy, statsmodels and 40-digit formulas.
import reference from '../../reference/counts.json' with { type: 'json' };
import { agrees, defined, undefinedFor } from './support.ts';

describe.each(Object.entries(reference.cases))('binned counts, %s, against scipy', (_, c) => {
  const { reference: r, current: q } = c;
  it('PSI', () => agrees(defined(stats.psi(r, q)).value, c.psi, 1e-12));
  it('Jensen-Shannon', () => {
    agrees(defined(stats.jensenShannonDistance(r, q)).value, c.jsDistanceBase2);
    agrees(defined(stats.jensenShannonDistance(r, q, { base: Math.E })).value, c.jsDistanceBaseE);
    agrees(defined(stats.jensenShannonDivergence(r, q)).value, c.jsDistanceBase2 ** 2);
  });
  it('Kullback-Leibler', () => {
    const kl = defined(stats.kl(r, q)).value;
    if (c.kl === 'inf') expect(kl).toBe(Infinity);
    else agrees(kl, Number(c.kl), 1e-11);
    if (c.klBase2 !== 'inf') agrees(defined(stats.kl(r, q, { base: 2 })).value, Number(c.klBase2), 1e-11);
  });
  it('Hellinger, total variation, L-infinity', () => {
    agrees(defined(stats.hellinger(r, q)).value, c.hellinger, 1e-11);
    agrees(defined(stats.totalVariation(r, q)).value, c.totalVariation, 1e-12);
    agrees(defined(stats.lInfinity(r, q)).value, c.lInfinity, 1e-12);
  });
  it('KS', () => {
    const ks = defined(stats.ksFromCounts(r, q));
    agrees(ks.statistic, c.ks.statistic, 1e-12);
    agrees(ks.pValue, c.ks.pValue, 1e-9);
  });
  it('chi-square, with and without Yates; G', () => {
    const chi = defined(stats.chiSquareContingency(r, q));
    agrees(chi.statistic, c.chiSquare.statistic, 1e-12);
    agrees(chi.pValue, c.chiSquare.pValue, 1e-10);
    expect(chi.degreesOfFreedom).toBe(c.chiSquare.df);
    const yates = defined(stats.chiSquareContingency(r, q, { correction: 'yates' }));
    agrees(yates.statistic, c.chiSquareYates.statistic, 1e-12);
    const g = defined(stats.gTest(r, q));
    agrees(g.statistic, c.g.statistic, 1e-11);
    agrees(g.pValue, c.g.pValue, 1e-9);
  });
  it("Cramér's V without correction", () =>
    agrees(defined(stats.cramersV(r, q, { bias: 'uncorrected' })).value, c.cramersV, 1e-11));
  it('Wasserstein, by integration on a fine grid', () =>
    agrees(defined(stats.wassersteinFromCounts(c.wassersteinEdges, r, q)).value, c.wasserstein, 1e-6));
});

describe('closed forms', () => {
  it('PSI of shares (¼, ¾) and (¾, ¼) is ln 3', () =>
    agrees(defined(stats.psi([1, 3], [3, 1])).value, Math.log(3)));
  it('KL of (½, ½) from (¼, ¾) is ½ ln(4/3)', () =>
    agrees(defined(stats.kl([1, 1], [1, 3])).value, Math.log(4 / 3) / 2));
  it('disjoint: every bounded distance is 1', () => {
    for (const f of [stats.jensenShannonDistance, stats.hellinger, stats.totalVariation, stats.lInfinity]) {
      agrees(defined(f([7, 0], [0, 3])).value, 1);
    }
  });
  it('Wasserstein of one unit-wide bin moved by 5 is 5', () =>
    agrees(
      defined(stats.wassersteinFromCounts([0, 1, 2, 3, 4, 5, 6], [9, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 4]))
        .value,
      5,
    ));
  it('PSI noise level: mean (B − 1)(1/n + 1/m), 95 % point with chi-square .95 of 9 df = 16.919', () => {
    const critical = defined(stats.psiCritical(10, 1000, 500, 0.05));
    agrees(critical.meanUnderNoChange, 0.027, 1e-12);
    agrees(critical.value, 0.003 * 16.919, 1e-5);
  });
  it("Cramér's V corrected: χ² = 5.33… of 4 bins, N = 200 (Bergsma eq. 5-7 by hand)", () => {
    // φ² = 16/3/200; minus 3·1/199; r̃ = 2 − 1/199, span = r̃ − 1 = 198/199.
    const exact = Math.sqrt((16 / 600 - 3 / 199) / (198 / 199));
    agrees(defined(stats.cramersV([10, 20, 30, 40], [20, 20, 20, 40])).value, exact);
  });
  it.each(reference.chiSquareUpperQuantile)('chi-square quantile %f of %i df', (tail, df, value) =>
    agrees(stats.chiSquareUpperQuantile(tail ?? NaN, df ?? NaN), value ?? NaN, 1e-9),
  );
});

describe('properties', () => {
  const pair = fc
    .array(fc.tuple(fc.nat(500), fc.nat(500)), { minLength: 1, maxLength: 30 })
    .map((bins) => ({ r: [1, ...bins.map(([a]) => a)], c: [1, ...bins.map(([, b]) => b)] }));
  const symmetric = [
    stats.psi,
    stats.jensenShannonDistance,
    stats.hellinger,
    stats.totalVariation,
    stats.lInfinity,
  ] as const;
  it('symmetric, zero against itself, blind to the order of the bins and to the scale of a side', () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: 2, max: 50 }), ({ r, c }, k) => {
        for (const f of symmetric) {
          const value = defined(f(r, c)).value;
          agrees(defined(f(c, r)).value, value, 1e-9, 1e-9);
          agrees(defined(f(r, r)).value, 0);
          agrees(defined(f(r.toReversed(), c.toReversed())).value, value, 1e-9, 1e-9);
          agrees(
            defined(
              f(
                r.map((n) => n * k),
                c,
              ),
            ).value,
            value,
            1e-9,
            1e-9,
          );
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });
  it('total variation ≤ √2 · Hellinger and Hellinger² ≤ total variation (Le Cam)', () => {
    fc.assert(
      fc.property(pair, ({ r, c }) => {
        const h = defined(stats.hellinger(r, c)).value;
        const tv = defined(stats.totalVariation(r, c)).value;
        expect(tv).toBeLessThanOrEqual(Math.SQRT2 * h + 1e-12);
        expect(h * h).toBeLessThanOrEqual(tv + 1e-12);
      }),
      { seed: 2, numRuns: 200 },
    );
  });
  it('KS of the raw values lies between the binned statistic and its bound', () => {
    const values = fc.array(fc.double({ min: 0, max: 9.999, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, values, (x, y) => {
        const bin = (sample: number[]): number[] =>
          Array.from({ length: 10 }, (_, i) => sample.filter((v) => Math.floor(v) === i).length);
        const binned = defined(stats.ksFromCounts(bin(x), bin(y)));
        const raw = defined(stats.ks(x, y)).statistic;
        expect(raw).toBeGreaterThanOrEqual(binned.statistic - 1e-12);
        expect(raw).toBeLessThanOrEqual(binned.statisticUpper + 1e-12);
        expect(binned.statisticUpper).toBeLessThanOrEqual(binned.statistic + binned.errorBound + 1e-12);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe('what cannot be computed says why', () => {
  const all = [
    stats.psi,
    stats.kl,
    stats.jensenShannonDistance,
    stats.hellinger,
    stats.totalVariation,
    stats.lInfinity,
    stats.ksFromCounts,
    stats.chiSquareContingency,
    stats.gTest,
    stats.cramersV,
  ] as const;
  it.each(all.map((f) => [f.name, f] as const))('%s', (_, f) => {
    expect(f([], [])).toEqual(undefinedFor('empty'));
    expect(f([0, 0], [1, 2])).toEqual(undefinedFor('empty'));
    expect(f([1, 2], [0, 0])).toEqual(undefinedFor('empty'));
    expect(f([1, 2], [1])).toEqual(undefinedFor('length_mismatch'));
    expect(f([1, Number.NaN], [1, 2])).toEqual(undefinedFor('invalid_count'));
    expect(f([1, -1], [1, 2])).toEqual(undefinedFor('invalid_count'));
    expect(f([1, Infinity], [1, 2])).toEqual(undefinedFor('invalid_count'));
  });
  it('Wasserstein with edges that do not rise', () =>
    expect(stats.wassersteinFromCounts([0, 1, 1], [1, 2], [2, 1])).toEqual(undefinedFor('bad_parameter')));
  it('a single category on both sides is no change, not an error', () => {
    expect(defined(stats.chiSquareContingency([5], [9]))).toMatchObject({ pValue: 1, degreesOfFreedom: 0 });
    expect(defined(stats.cramersV([5], [9])).value).toBe(0);
  });
});

describe('KS on bins, exact', () => {
  it('is KS of the values the bins stand for', () => {
    const [r, c] = [
      [3, 0, 4, 2],
      [1, 2, 2, 6],
    ];
    const values = (counts: number[]): number[] =>
      counts.flatMap((n, bin) => Array.from({ length: n }, () => bin));
    const exact = defined(stats.ksFromCounts(r, c, { method: 'exact' })).pValue;
    agrees(exact, defined(stats.ks(values(r), values(c), { method: 'exact' })).pValue, 1e-12);
    expect(exact).toBeLessThan(defined(stats.ksFromCounts(r, c)).pValue);
  });
  it('refuses weights', () =>
    expect(stats.ksFromCounts([0.5, 1], [1, 1], { method: 'exact' })).toEqual(undefinedFor('invalid_count')));
});

describe('proportions', () => {
  const tally = ([successes = NaN, trials = NaN]: number[]) => ({ successes, trials });
  it.each(reference.fisher)('Fisher exact against scipy: $reference $current', (c) =>
    agrees(defined(stats.fisherExact(tally(c.reference), tally(c.current))).pValue, c.pValue, 1e-8),
  );
  it("Fisher's tea tasting: 3 of 4 right is p = 34/70 (Fisher 1935, ch. 2, two-sided)", () =>
    agrees(
      defined(stats.fisherExact({ successes: 1, trials: 4 }, { successes: 3, trials: 4 })).pValue,
      34 / 70,
      1e-10,
    ));
  it.each(reference.proportions)('z and Wilson against statsmodels: $reference $current', (c) => {
    const z = defined(stats.proportionsZ(tally(c.reference), tally(c.current)));
    agrees(z.statistic, c.statistic, 1e-11);
    agrees(z.pValue, c.pValue, 1e-10);
    const wilson = defined(stats.wilsonInterval(tally(c.current)));
    agrees(wilson.low, c.wilson[0] ?? NaN, 1e-10);
    agrees(wilson.high, c.wilson[1] ?? NaN, 1e-10);
  });
  it('refuses what is not a tally', () => {
    const good = { successes: 1, trials: 2 };
    expect(stats.fisherExact({ successes: 3, trials: 2 }, good)).toEqual(undefinedFor('invalid_count'));
    expect(stats.proportionsZ({ successes: 0, trials: 0 }, good)).toEqual(undefinedFor('empty'));
    expect(stats.wilsonInterval({ successes: 0, trials: 0 })).toEqual(undefinedFor('empty'));
  });
});

describe('corrections against statsmodels', () => {
  it.each(stats.CORRECTIONS)('%s', (correction) => {
    const { adjusted } = defined(stats.adjustPValues(reference.corrections.pValues, correction));
    for (const [i, p] of adjusted.entries())
      agrees(p, reference.corrections.adjusted[correction][i] ?? NaN, 1e-12);
  });
  it('refuses NaN: a check that was not made is not a passed check', () =>
    expect(stats.adjustPValues([0.1, Number.NaN], 'holm')).toEqual(undefinedFor('bad_parameter')));
});
