import { describe, expect, it } from 'vitest';
import * as stats from '../../../analyzers/stats/index.ts';
import { seededRandom } from '../../../model/seeded-random.ts';
// scikit-learn and scipy; DeLong by every pair, Spearman's variance by the jackknife.
import reference from '../../reference/multivariate.json' with { type: 'json' };
import { agrees, defined, undefinedFor } from './support.ts';

/** Box-Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

describe('AUC', () => {
  it.each(reference.auc.map((c, i) => [i, c] as const))(
    'agrees with scikit-learn, scipy and DeLong, case %d',
    (_, c) => {
      const result = defined(stats.auc(c.negatives, c.positives));
      agrees(result.value, c.auc, 1e-12);
      agrees(result.standardError, c.error, 1e-10);
      agrees(result.pValue, c.pValue, 1e-9);
    },
  );
  it('has a reason for each way of having none', () => {
    expect(stats.auc([], [1])).toEqual(undefinedFor('empty'));
    expect(stats.auc([1], [1, 2])).toEqual(undefinedFor('too_few'));
    expect(stats.auc([1, Number.NaN], [1, 2])).toEqual(undefinedFor('not_finite'));
    expect(stats.auc([3, 3], [3, 3])).toEqual({ kind: 'value', value: 0.5, standardError: 0, pValue: 1 });
  });
});

describe('logistic regression', () => {
  const { rows, labels, fits } = reference.logistic;
  const sparse = rows.map((row) => {
    const columns = row.flatMap((value, j) => (value === 0 ? [] : [j]));
    return { columns, values: columns.map((j) => row[j] ?? 0) };
  });
  it.each(fits)('agrees with scikit-learn at strength $strength', ({ strength, weights, intercept }) => {
    const model = stats.fitLogistic(sparse, Float64Array.from(labels), 4, { strength, iterations: 2_000 });
    agrees(model.intercept, intercept, 1e-5, 1e-6);
    for (const [j, weight] of weights.entries()) agrees(model.weights[j] ?? 0, weight, 1e-5, 1e-6);
  });
});

describe('principal components', () => {
  it('explain and reconstruct as scikit-learn does', () => {
    const model = defined(stats.fitPca(reference.pca.rows));
    expect(model.explained).toHaveLength(reference.pca.explained.length);
    for (const [i, share] of reference.pca.explained.entries()) agrees(model.explained[i] ?? 0, share, 1e-9);
    for (const [i, row] of reference.pca.new.entries())
      agrees(stats.reconstructionError(model, row), reference.pca.errors[i] ?? 0, 1e-9);
  });
  it('have a reason for each way of having none', () => {
    expect(stats.fitPca([[1], [2]])).toEqual(undefinedFor('too_few'));
    expect(stats.fitPca([[1], [1], [1]])).toEqual(undefinedFor('constant'));
    expect(stats.fitPca([[1], [1, 2], [1]])).toEqual(undefinedFor('length_mismatch'));
    expect(stats.fitPca([[1], [Number.POSITIVE_INFINITY], [1]])).toEqual(undefinedFor('not_finite'));
    expect(stats.fitPca([[1], [2], [3]], 0)).toEqual(undefinedFor('bad_parameter'));
  });
});

describe('Spearman', () => {
  it.each(reference.spearman.map((c, i) => [i, c] as const))(
    'agrees with scipy, and with the jackknife on its variance, case %d',
    (_, c) => {
      const result = defined(stats.spearman(c.x, c.y));
      agrees(result.rho, c.rho, 1e-10);
      // Two estimates of one number: they differ by terms of 1/n, n = 400.
      agrees(result.variance, c.variance, 0.03);
    },
  );
  it('has a reason for each way of having none', () => {
    const ten = Array.from({ length: 10 }, (_, i) => i);
    expect(stats.spearman([1], [1])).toEqual(undefinedFor('too_few'));
    expect(stats.spearman(ten, [1])).toEqual(undefinedFor('length_mismatch'));
    expect(
      stats.spearman(
        ten,
        ten.map(() => 1),
      ),
    ).toEqual(undefinedFor('constant'));
    expect(
      stats.spearman(
        ten,
        ten.map(() => Number.NaN),
      ),
    ).toEqual(undefinedFor('not_finite'));
  });
  it('finds no change where there is none, about as seldom as it says, whatever the dependence', () => {
    const random = seededRandom(7);
    const pairs = (n: number) => {
      const x = Array.from({ length: n }, () => normal(random));
      // Dependent and far from normal: the spread of y grows with x.
      return { x, y: x.map((one) => one + Math.exp(one) * normal(random)) };
    };
    let small = 0;
    for (let i = 0; i < 600; i += 1) {
      const [a, b] = [pairs(300), pairs(200)];
      const change = defined(stats.correlationChange(stats.spearman(a.x, a.y), stats.spearman(b.x, b.y)));
      if (change.pValue <= 0.05) small += 1;
    }
    // Binomial(600, 0.05): 30 expected; above 47 has chance 0.1 %.
    expect(small).toBeLessThanOrEqual(47);
  });
});

describe('the distance of means', () => {
  it('agrees with numpy, and its p is of the size of Hotelling’s', () => {
    const { reference: x, current: y, distance, value, hotelling } = reference.means;
    const result = defined(stats.meanDistance(x, y, { random: seededRandom(1), permutations: 999 }));
    agrees(result.distance, distance, 1e-12);
    agrees(result.value, value, 1e-12);
    expect(Math.abs(Math.log10(result.pValue / hotelling))).toBeLessThan(0.7);
  });
  it('has a reason for each way of having none', () => {
    const random = seededRandom(1);
    expect(stats.meanDistance([[1]], [[1], [2]], { random })).toEqual(undefinedFor('too_few'));
    expect(stats.meanDistance([[1], [1]], [[1], [1]], { random })).toEqual(undefinedFor('constant'));
    expect(stats.meanDistance([[1], [2, 3]], [[1], [1]], { random })).toEqual(
      undefinedFor('length_mismatch'),
    );
  });
});

describe('the tail of a permutation test', () => {
  it('is counted where there is something to count, and a gamma beyond it', () => {
    const hundred = Array.from({ length: 99 }, (_, i) => i);
    // 80 … 98 are as large: (1 + 19) / 100.
    expect(stats.permutationP(80, hundred)).toBeCloseTo(0.2, 12);
    expect(stats.permutationP(5, [1, 1, 1])).toBe(0.25);
    // Quantiles of a chi-square with 4 degrees of freedom, whose tail is exp(−x/2)(1 + x/2).
    const permuted = Array.from({ length: 999 }, (_, i) => stats.chiSquareUpperQuantile((i + 0.5) / 999, 4));
    for (const x of [20, 25, 30]) {
      const exact = Math.exp(-x / 2) * (1 + x / 2);
      expect(Math.abs(Math.log10(stats.permutationP(x, permuted) / exact))).toBeLessThan(0.5);
    }
    expect(stats.permutationP(1e6, permuted)).toBeGreaterThan(0);
  });
  it('keeps the level of the distance of means far out', () => {
    const random = seededRandom(33);
    let small = 0;
    const runs = 400;
    for (let i = 0; i < runs; i += 1) {
      const rows = () => Array.from({ length: 15 }, () => [normal(random), normal(random), normal(random)]);
      if (defined(stats.meanDistance(rows(), rows(), { random, permutations: 99 })).pValue <= 0.005)
        small += 1;
    }
    // Two expected; more than 8 has chance 0.02 %.
    expect(small).toBeLessThanOrEqual(8);
  });
});

/** Scores by one column, in the direction that separates the training rows: the smallest learner that can cheat. */
const byColumn =
  (values: readonly number[]): stats.Train =>
  (train, labels) => {
    let [sums, counts] = [
      [0, 0],
      [0, 0],
    ];
    train.forEach((row, i) => {
      const side = labels[i] ?? 0;
      sums = sums.with(side, (sums[side] ?? 0) + (values[row] ?? 0));
      counts = counts.with(side, (counts[side] ?? 0) + 1);
    });
    const sign = (sums[1] ?? 0) / (counts[1] ?? 1) >= (sums[0] ?? 0) / (counts[0] ?? 1) ? 1 : -1;
    return (rows) => Float64Array.from(rows, (row) => sign * (values[row] ?? 0));
  };

describe('the domain classifier', () => {
  it('does not tell apart what is one, about as seldom as it says', () => {
    const random = seededRandom(11);
    let small = 0;
    const runs = 600;
    for (let i = 0; i < runs; i += 1) {
      const values = Array.from({ length: 120 }, () => normal(random));
      if (defined(stats.domainClassifier(60, 60, byColumn(values), { random })).pValue <= 0.05) small += 1;
    }
    // 30 expected; above 47 has chance 0.1 %.
    expect(small).toBeLessThanOrEqual(47);
  });
  it('tells apart what differs, with the AUC that the shift has', () => {
    const random = seededRandom(12);
    // Quantiles of the normal, so that the sample has the AUC of the distribution.
    const quantile = (i: number): number => -stats.normalUpperQuantile(((i % 2_000) + 0.5) / 2_000);
    const values = Array.from({ length: 4_000 }, (_, i) => quantile(i) + (i >= 2_000 ? 0.5 : 0));
    const found = defined(stats.domainClassifier(2_000, 2_000, byColumn(values), { random }));
    // Φ(0.5/√2) for two normals half a deviation apart.
    expect(found.auc).toBeCloseTo(stats.normalCdf(0.5 / Math.SQRT2), 1);
    expect(found.pValue).toBeLessThan(1e-9);
    expect(found.interval[0]).toBeLessThan(2 * stats.normalCdf(0.5 / Math.SQRT2) - 1);
    expect(found.interval[1]).toBeGreaterThan(2 * stats.normalCdf(0.5 / Math.SQRT2) - 1);
    expect(stats.domainClassifier(10, 2_000, byColumn(values), { random })).toEqual(undefinedFor('too_few'));
  });
});
