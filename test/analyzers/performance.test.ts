import { describe, expect, it } from 'vitest';
import {
  BINARY,
  BINARY_ERRORS,
  type BinaryRow,
  brierParts,
  reliabilityOf,
} from '../../analyzers/performance/binary.ts';
import { isotonic } from '../../analyzers/performance/calibrate.ts';
import { compareMeasures, judgeLoss } from '../../analyzers/performance/compare.ts';
import { costChange, costOf, costWords } from '../../analyzers/performance/costs.ts';
import { coverageOf, stretched } from '../../analyzers/performance/coverage.ts';
import { expectedMeasures } from '../../analyzers/performance/expected.ts';
import { expectedError } from '../../analyzers/performance/expected-error.ts';
import { fairnessGap } from '../../analyzers/performance/fairness.ts';
import { ageOfMaturity, maturityCurve, readinessOf } from '../../analyzers/performance/maturity.ts';
import { MULTICLASS } from '../../analyzers/performance/multiclass.ts';
import { evaluateRealised } from '../../analyzers/performance/realised.ts';
import { REGRESSION } from '../../analyzers/performance/regression.ts';
import { binomialDraw, poissonDraw } from '../../analyzers/performance/resample.ts';
import { outsideOf } from '../../analyzers/performance/support.ts';
import { brier as brierOfSamples } from '../../analyzers/stats/brier.ts';
import {
  type BinaryWorld,
  coverageOfEstimates,
  drawBinary,
  mergedCells,
  NO_CELL,
  taskOf,
} from '../../bench/performance/known-truth.ts';
import { performanceMonitorSpec } from '../../model/documents/monitor/performance.ts';
import { systemSpec } from '../../model/documents/system.ts';
import { DELAY_EDGES_MS } from '../../model/label-delays.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import type { Cell, DelayCount } from '../../store/ports/cohorts.ts';
import published from '../reference/performance.json' with { type: 'json' };

type Counted = readonly (readonly number[])[];
const ROUND = 10_000;

const rowsOf = (counted: Counted): readonly BinaryRow[] =>
  counted.map(([p = 0, predicted = 0, label = 0, n = 0]) => ({
    bin: p < 0.01 ? 50 : Math.floor(p * 100 + 1e-9) * 100,
    predicted: predicted === 1,
    n,
    positive: label === 1 ? n : 0,
    negative: label === 1 ? 0 : n,
    p,
    pSq: p * p,
    logP: Math.log(p),
    logQ: Math.log(1 - p),
  }));
const cell = (part: Partial<Cell>): Cell => ({ ...NO_CELL, ...part });
const cellsOf = (counted: Counted): readonly Cell[] =>
  rowsOf(counted).map((row) =>
    cell({
      ...row,
      value: row.predicted ? 'yes' : 'no',
      truth: row.positive > 0 ? 'yes' : 'no',
      by: 'label',
      known: row.n,
    }),
  );
const whole = (cells: readonly Cell[]) => new Map([['', cells]]);
const rules = { correct: {}, deferred: [] };
const { task } = performanceMonitorSpec.parse({
  kind: 'performance',
  system: 's',
  window: '1d',
  bounds: { accuracy: 0 },
  task: { kind: 'binary', positive: ['yes'], metrics: ['accuracy', 'precision', 'recall', 'f1', 'roc_auc'] },
});

describe('metrics from cells', () => {
  it.each(['reference', 'current'] as const)(
    'are those of scikit-learn on the decisions themselves: %s',
    (side) => {
      const rows = rowsOf(published[side]);
      for (const [metric, value] of Object.entries(published.metrics[side]))
        expect([metric, BINARY[metric as keyof typeof BINARY](rows)]).toEqual([
          metric,
          expect.closeTo(value, 9),
        ]);
    },
  );

  it('have the standard errors of their definitions', () => {
    // DeLong by hand: positives .35 .75, negatives .15 .55; V10 = ½, 1; V01 = 1, ½: √(⅛/2 + ⅛/2).
    const few = rowsOf([
      [0.35, 0, 1, 1],
      [0.75, 1, 1, 1],
      [0.15, 0, 0, 1],
      [0.55, 1, 0, 1],
    ]);
    expect(BINARY.roc_auc(few)).toBe(0.75);
    expect(BINARY_ERRORS.roc_auc?.(few)).toBeCloseTo(Math.sqrt(0.125), 12);
    // Squared errors .4225 .0625 .0225 .3025: mean and s/√n.
    const losses = [0.4225, 0.0625, 0.0225, 0.3025];
    const mean = losses.reduce((a, b) => a + b) / 4;
    const s2 = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / 3;
    expect(BINARY_ERRORS.brier?.(few)).toBeCloseTo(Math.sqrt(s2 / 4), 12);
  });

  it('have no value rather than a wrong one where the metric has no meaning', () => {
    const onlyNegative = rowsOf([[0.35, 0, 0, 10]]);
    expect(
      [BINARY.precision, BINARY.recall, BINARY.roc_auc, BINARY.pr_auc].map((of) => of(onlyNegative)),
    ).toEqual([null, null, null, null]);
    const points = onlyNegative.map((row) => ({ ...row, bin: 20_000 }));
    expect([BINARY.log_loss(points), BINARY.brier(points), BINARY.calibration_error(points)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(Object.values(BINARY).map((of) => of([]))).toEqual(Object.keys(BINARY).map(() => null));
  });

  it('take the Brier score apart as the statistics library does on the decisions', () => {
    const [p, y] = [[] as number[], [] as number[]];
    for (const [score = 0, , label = 0, n = 0] of published.current)
      for (let i = 0; i < n; i += 1) [p[p.length], y[y.length]] = [score, label];
    const whole = brierOfSamples(p, y, { bins: 10 });
    const parts = brierParts(rowsOf(published.current));
    if (whole.kind !== 'value' || parts === null) throw new Error('no value');
    for (const name of ['score', 'reliability', 'resolution', 'uncertainty'] as const)
      expect(parts[name]).toBeCloseTo(whole[name], 9);
    expect(reliabilityOf(rowsOf(published.current)).reduce((sum, tenth) => sum + tenth.n, 0)).toBe(p.length);
  });

  it('of several classes are macro means as in scikit-learn', () => {
    const rows = published.multiclass.counts.map(([value = 0, truth = 0, n = 0]) => ({
      value: `c${value}`,
      truth: `c${truth}`,
      bin: 0,
      n,
      known: n,
      p: 0,
    }));
    for (const [metric, value] of Object.entries(published.multiclass.metrics))
      expect(MULTICLASS[metric as keyof typeof MULTICLASS](rows)).toBeCloseTo(value, 12);
  });

  it('of numbers come from sums', () => {
    const pairs = published.regression.pairs.map(([f = 0, y = 0]) => ({ e: f - y, y }));
    const sum = (part: (pair: { e: number; y: number }) => number) =>
      pairs.reduce((total, pair) => total + part(pair), 0);
    const sums = {
      n: pairs.length,
      known: pairs.length,
      errorSum: sum(({ e }) => e),
      errorAbs: sum(({ e }) => Math.abs(e)),
      errorSq: sum(({ e }) => e ** 2),
      errorQuad: sum(({ e }) => e ** 4),
      apeN: pairs.length,
      apeSum: sum(({ e, y }) => Math.abs(e / y)),
      apeSq: sum(({ e, y }) => (e / y) ** 2),
      truthSum: sum(({ y }) => y),
      truthSq: sum(({ y }) => y ** 2),
      truthCu: sum(({ y }) => y ** 3),
      truthQuad: sum(({ y }) => y ** 4),
      errorSqTruth: sum(({ e, y }) => e ** 2 * y),
      errorSqTruthSq: sum(({ e, y }) => e ** 2 * y ** 2),
    };
    for (const [metric, value] of Object.entries(published.regression.metrics))
      expect(REGRESSION[metric as keyof typeof REGRESSION](sums)?.value).toBeCloseTo(value, 9);
    // The influence function summed over the pairs themselves, which sums of powers only stand for.
    const [mean, n] = [sums.truthSum / pairs.length, pairs.length];
    const [a, s2] = [sums.errorSq / n, sum(({ y }) => (y - mean) ** 2) / n];
    const influence = sum(({ e, y }) => ((a / s2 ** 2) * (y - mean) ** 2 - e ** 2 / s2) ** 2) / n;
    expect(REGRESSION.r2(sums)?.se).toBeCloseTo(Math.sqrt(influence / (n - 1)), 9);
    expect(REGRESSION.mae({ ...sums, known: 0 })).toBeNull();
    expect(REGRESSION.r2({ ...sums, truthSum: 40 * 7, truthSq: 40 * 49 })).toBeNull();
  });
});

describe('estimates without labels', () => {
  it('agree with NannyML, whose calibration is isotonic too', () => {
    const [reference, current] = [cellsOf(published.reference), cellsOf(published.current)];
    const measures = expectedMeasures(
      task.metrics,
      task,
      whole(reference),
      whole(current),
      rules,
      seededRandom(1),
    ).measures;
    for (const [metric, theirs] of Object.entries(published.cbpe.estimates))
      expect([metric, measures.get(metric as never)?.value]).toEqual([metric, expect.closeTo(theirs, 3)]);
  });

  /** P(yes | s) = s^1.3, so that scores are not calibrated; the window's scores lie higher than the reference's. */
  const twisted = (a: number): BinaryWorld => ({
    density: (s) => s ** (a - 1) * (1 - s) ** 1.2,
    truth: (s) => s ** 1.3,
  });

  it('have intervals that hold what the labels then say', () => {
    const told = coverageOfEstimates(
      task.metrics,
      task,
      (random) => ({
        reference: drawBinary(1_500, twisted(1.2), random),
        current: drawBinary(500, twisted(2), random),
      }),
      40,
      99,
    );
    expect([...told.keys()]).toEqual(task.metrics);
    // Nominal 95 %: fewer than 34 of 40 in one of a hundred runs (binomial); bench/coverage counts a thousand.
    for (const [metric, { held, of }] of told) expect([metric, of, held >= 34]).toEqual([metric, 40, true]);
  });

  it('are calibrated by the groups in which a score means different things, and only there', () => {
    const random = seededRandom(5);
    const even = { density: () => 1, truth: (s: number) => s };
    const coin = { density: () => 1, truth: () => 0.5 };
    const groups = (inHome: number, away: number, homeWorld: BinaryWorld) => {
      const [home, other] = [drawBinary(inHome, homeWorld, random), drawBinary(away, even, random)];
      return new Map([
        ['', mergedCells([...home, ...other])],
        ['lives=home', home],
        ['lives=away', other],
      ]);
    };
    const told = (world: BinaryWorld) =>
      expectedMeasures(
        ['accuracy'],
        task,
        groups(2_000, 8_000, world),
        groups(4_000, 1_000, world),
        rules,
        random,
      );
    // At home the score is a coin: accuracy ½ there and ¾ away, so 4/5 · ½ + 1/5 · ¾ = 0.55.
    const split = told(coin);
    expect(split.splitBy).toBe('lives');
    const accuracy = split.measures.get('accuracy');
    expect(Math.abs((accuracy?.value ?? 0) - 0.55)).toBeLessThan(0.03);
    expect(accuracy?.low).toBeLessThan(0.55);
    expect(accuracy?.high).toBeGreaterThan(0.55);
    expect(told(even).splitBy).toBeNull();
  });

  it('say what of a window the reference holds no labels of', () => {
    const cells = (n: number, known: number) => [
      cell({ value: 'yes', truth: 'yes', by: 'label', bin: 5_000, n, known }),
    ];
    const reference = new Map([
      ['', cells(1_000, 1_000)],
      ['region=north', cells(1_000, 1_000)],
    ]);
    const window = new Map([
      ['', cells(500, 0)],
      ['region=north', cells(400, 0)],
      ['region=south', cells(100, 0)],
    ]);
    expect(outsideOf(reference, window)).toEqual({
      share: 0.2,
      groups: [{ name: 'region=south', share: 0.2, labels: 0 }],
    });
    expect(outsideOf(reference, reference)).toBeNull();
    const higher = [cell({ value: 'yes', bin: 9_000, n: 500 })];
    expect(outsideOf(reference, new Map([['', higher]]))?.groups[0]?.name).toBe('scores of 0.9 to 1');
  });

  it('of several classes follow the confidence in what is true instead', () => {
    // Decided `a` with confidence c: right with c² ; else `b` with chance c, `c` with chance 1 − c. `b` is always right, at random.
    const world = (n: number, a: number, random: () => number): readonly Cell[] =>
      Array.from({ length: 20 }, (_, i) => (i + 0.5) / 20).flatMap((p) => {
        const here = Math.round((n / 20) * (p < 0.5 ? 2 - a : a));
        const right = binomialDraw(here, p * p, random);
        const b = binomialDraw(here - right, p, random);
        const decided = (value: string, truth: string, known: number) =>
          cell({ value, truth, by: 'label', bin: Math.floor(p * 100) * 100, n: known, known, p });
        return [
          decided('a', 'a', right),
          decided('a', 'b', b),
          decided('a', 'c', here - right - b),
          decided('b', 'b', binomialDraw(40, 0.9, random)),
          decided('b', 'a', 4),
        ].filter((one) => one.known > 0);
      });
    const classes = taskOf({ kind: 'multiclass', metrics: ['accuracy', 'precision', 'recall', 'f1'] });
    const told = coverageOfEstimates(
      ['accuracy', 'precision', 'recall', 'f1'],
      classes,
      (random) => ({ reference: world(4_000, 1, random), current: world(1_000, 1.6, random) }),
      24,
      17,
    );
    // Nominal 95 %: fewer than 20 of 24 in one of a hundred runs (binomial).
    for (const [metric, { held, of }] of told) expect([metric, of, held >= 20]).toEqual([metric, 24, true]);
    expect(told.size).toBe(4);
  });

  it('of errors follow the inputs that make errors large', () => {
    const random = seededRandom(3);
    // The error is uniform in [0, 1] where x < ½ and in [0, 3] above: means ½ and 3/2.
    const rows = (share: number, n: number) =>
      Array.from({ length: n }, () => {
        const hard = random() < share;
        const error = random() * (hard ? 3 : 1) * (random() < 0.5 ? 1 : -1);
        return {
          num: { x: hard ? 0.5 + random() / 2 : random() / 2 },
          cat: {},
          prediction: 10 + error,
          truth: 10,
        };
      });
    const current = rows(0.8, 3_000).map((row) => ({ ...row, truth: null }));
    const estimate = expectedError('mae', rows(0.2, 3_000), current, 3_000);
    // 0.2 · ½ + 0.8 · 3/2 = 1.3.
    expect(estimate?.value).toBeGreaterThan(1.2);
    expect(estimate?.value).toBeLessThan(1.4);
    expect(estimate?.low).toBeLessThan(1.3);
    expect(estimate?.high).toBeGreaterThan(1.3);
    expect(expectedError('r2', rows(0.2, 300), current, 300)).toBeNull();
    expect(expectedError('mae', rows(0.2, 50), current, 300)).toBeNull();
  });

  it('are calibrated by the nearest non-decreasing rates', () => {
    // Rates 0, ½, ¼, 1: the middle two violate the order and pool to 3/8 (equal weights).
    const rates = [0, 2, 1, 4].map((events, i) => ({ bin: i * 1_000, p: i / 10, n: 4, events }));
    const calibrated = isotonic(rates);
    expect([0, 1, 2, 3].map((i) => calibrated(i * 1_000, i / 10))).toEqual([0, 0.375, 0.375, 1]);
    expect(calibrated(0, 0.05)).toBeCloseTo(0.1875, 12);
  });

  it('own up to intervals that did not hold', () => {
    const row = (realised: number) => ({
      metric: 'accuracy',
      windowStartMs: 0,
      windowEndMs: 1,
      estimate: 0.8,
      low: 0.78,
      high: 0.82,
      n: 100,
      realised,
      realisedN: 100,
    });
    const good = coverageOf(Array.from({ length: 20 }, (_, i) => row(i === 0 ? 0.9 : 0.8)));
    expect(good).toMatchObject({ windows: 20, held: 19, isBad: false });
    const missed = Array.from({ length: 20 }, (_, i) => row(i < 10 ? 0.74 : 0.8));
    expect(coverageOf(missed)).toMatchObject({ held: 10, isBad: true });
    // Ten of twenty missed by three half-widths: the next is three times as wide.
    expect(stretched({ value: 0.8, low: 0.79, high: 0.81, n: 1 }, missed).low).toBeCloseTo(0.77, 12);
    expect(coverageOf([{ ...row(0), realised: null }])).toBeNull();
  });
});

describe('label maturity', () => {
  const [, , , , hour = 0] = DELAY_EDGES_MS;
  const stretch = (ms: number) => DELAY_EDGES_MS.findIndex((edge) => edge > ms);

  it('is the Kaplan-Meier curve: young cohorts are censored, not unlabelled', () => {
    const day = 24 * hour;
    // Old cohort: 100 decisions, 50 labelled within the first hour-long stretch after 1 h, 25 after a day, 25 never.
    const counts: DelayCount[] = [
      { ageMs: 10 * day, delay: stretch(hour), n: 50 },
      { ageMs: 10 * day, delay: stretch(day), n: 25 },
      { ageMs: 10 * day, delay: null, n: 25 },
      // Young cohort: old enough for the first stretch only, with the same share.
      { ageMs: 2 * hour, delay: stretch(hour), n: 30 },
      { ageMs: 2 * hour, delay: null, n: 70 },
    ];
    const curve = maturityCurve(counts);
    const at = (ms: number) => curve.find((point) => point.afterMs === ms)?.share;
    // First: 80 of 200. Then 25 of the 50 old ones still at risk: 1 − 0.6 · ½.
    expect(at(2 * hour)).toBeCloseTo(0.4, 12);
    expect(at(1.5 * day)).toBeCloseTo(0.7, 12);
    expect(curve.at(-1)?.share).toBeCloseTo(0.7, 12);
    const first = curve.find((point) => point.afterMs === 2 * hour);
    expect(first?.low).toBeLessThan(0.4);
    expect(first?.high).toBeGreaterThan(0.4);
    expect(ageOfMaturity(curve, 0.8)).toBe(1.5 * day);
    const ready = readinessOf(
      { endMs: 0, n: 1_000, known: 600 },
      curve,
      { minimumN: 200, maturity: 0.8 },
      day,
    );
    expect(ready).toMatchObject({ kind: 'ready', knownShare: 0.6 });
    const wait = readinessOf(
      { endMs: 0, n: 1_000, known: 400 },
      curve,
      { minimumN: 200, maturity: 0.8 },
      day,
    );
    expect(wait).toMatchObject({ kind: 'wait', untilMs: 1.5 * day });
    // 200 decisions will have 140 labels.
    const never = readinessOf({ endMs: 0, n: 200, known: 100 }, curve, { minimumN: 200, maturity: 0.8 }, day);
    expect(never).toMatchObject({ kind: 'never' });
    expect(maturityCurve([])).toEqual([]);
    expect(readinessOf({ endMs: 0, n: 10, known: 0 }, [], { minimumN: 5, maturity: 0.8 }, day)).toMatchObject(
      { kind: 'wait', untilMs: null },
    );
  });
});

describe('verdicts', () => {
  const of = (value: number, half: number) => ({ value, low: value - half, high: value + half, n: 1_000 });
  it('need a loss that is large, evident, and not the work of early labels', () => {
    const judge = (now: number, half: number, drift = 0) =>
      judgeLoss(compareMeasures('accuracy', of(now, half), of(0.9, 0.01), drift, 0.01), 0.05, 0.01);
    expect(judge(0.8, 0.02)).toBe('breach');
    expect(judge(0.89, 0.02)).toBe('ok');
    expect(judge(0.84, 0.1)).toBe('not_enough_data');
    // The reference's own early labels said ten points less than all of them did.
    expect(judge(0.8, 0.02, 0.1)).not.toBe('breach');
    expect(judgeLoss(compareMeasures('mae', of(12, 0.5), of(10, 0.5), 0, 0.01), 0.05, 0.01)).toBe('breach');
  });
});

describe('fairness', () => {
  it('gives the gap Newcombe’s interval', () => {
    // Newcombe (1998), table II, contrast (a): 56/70 against 48/80 gives 0.0524 to 0.3339 by method 10.
    const group = (name: string, hits: number, of: number) => ({
      group: name,
      rows: rowsOf([
        [0.75, 1, 1, hits],
        [0.25, 0, 1, of - hits],
      ]),
    });
    const gap = fairnessGap('equal_opportunity', [group('a', 56, 70), group('b', 48, 80)], 10);
    expect(gap).toMatchObject({ highest: 'a', lowest: 'b', left: [] });
    expect(Math.round((gap?.low ?? 0) * ROUND) / ROUND).toBe(0.0524);
    expect(Math.round((gap?.high ?? 0) * ROUND) / ROUND).toBe(0.3339);
    // Three groups were looked at to pick two: the interval is wider.
    const three = fairnessGap(
      'equal_opportunity',
      [group('a', 56, 70), group('b', 48, 80), group('c', 50, 72)],
      10,
    );
    expect(three?.low).toBeLessThan(gap?.low ?? 0);
    expect(fairnessGap('equal_opportunity', [group('a', 56, 70), group('b', 1, 2)], 10)).toBeNull();
  });

  it('is not silent on groups that are too small', () => {
    const spec = performanceMonitorSpec.parse({
      kind: 'performance',
      system: 's',
      window: '1d',
      bounds: { accuracy: 0.5 },
      minimumN: 100,
      protected: ['sex'],
      task: { kind: 'binary', positive: ['yes'], metrics: ['accuracy'] },
    });
    const cells = (known: number) => [cell({ value: 'yes', truth: 'yes', by: 'label', n: known, known })];
    const drafts = evaluateRealised({
      spec,
      system: systemSpec.parse({}),
      window: { startMs: 0, endMs: 86_400_000 },
      atMs: 86_400_000,
      readiness: { kind: 'ready', knownShare: 1, ofExpected: 1 },
      current: new Map([
        ['', cells(208)],
        ['sex=f', cells(200)],
        ['sex=m', cells(8)],
      ]),
      reference: { kind: 'none' },
      random: seededRandom(1),
      onsetMs: () => null,
    });
    const told = drafts.map(({ statistic, segment, verdict, n }) => [statistic, segment, verdict, n]);
    expect(told).toContainEqual(['accuracy', 'sex=f', 'ok', 200]);
    expect(told).toContainEqual(['accuracy', 'sex=m', 'not_enough_data', 8]);
    expect(told).toContainEqual(['equal_opportunity', '', 'not_enough_data', 0]);
    expect(drafts.find((draft) => draft.segment === 'sex=m')?.sentence).toMatch(
      /8 labels are known, 100 are asked for/,
    );
  });
});

describe('costs', () => {
  it('are money, and silent when they may be either sign', () => {
    const costs = { unit: 'EUR', of: { approve: { bad: 100 } } };
    const side = (bad: number) => [
      cell({ value: 'approve', truth: 'bad', by: 'label', n: bad, known: bad }),
      cell({ value: 'approve', truth: 'good', by: 'label', n: 1_000 - bad, known: 1_000 - bad }),
    ];
    const [before, now] = [costOf(side(100), costs), costOf(side(300), costs)];
    if (!before || !now) throw new Error('no cost');
    expect(before).toMatchObject({ perDecision: 10, n: 1_000, unpriced: 900 });
    const change = costChange(now, before, 2_000);
    expect(change.amount).toBeCloseTo(40_000, 6);
    expect(costWords(change, costs.unit)).toMatch(/^these decisions cost about 40000 EUR more/);
    expect(costWords(costChange(before, before, 2_000), costs.unit)).toBe('');
  });
});

describe('draws', () => {
  it('have the mean and the variance of their laws', () => {
    const random = seededRandom(5);
    const moments = (draw: () => number) => {
      const drawn = Array.from({ length: 20_000 }, draw);
      const mean = drawn.reduce((a, b) => a + b) / drawn.length;
      return { mean, variance: drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / drawn.length };
    };
    for (const mean of [0.3, 4, 80]) {
      const seen = moments(() => poissonDraw(mean, random));
      // Four standard errors of 20,000 draws.
      expect(Math.abs(seen.mean - mean)).toBeLessThan(4 * Math.sqrt(mean / 20_000));
      expect(seen.variance / mean).toBeCloseTo(1, 1);
    }
    for (const [n, p] of [
      [8, 0.4],
      [500, 0.995],
      [400, 0.3],
    ] as const) {
      const seen = moments(() => binomialDraw(n, p, random));
      expect(Math.abs(seen.mean - n * p)).toBeLessThan(4 * Math.sqrt((n * p * (1 - p)) / 20_000));
      expect(seen.variance / (n * p * (1 - p))).toBeCloseTo(1, 1);
    }
  });
});
