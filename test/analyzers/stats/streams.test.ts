import { describe, expect, it } from 'vitest';
import * as stats from '../../../analyzers/stats/index.ts';
import { normalFrom, uniformStream } from '../../../bench/calibration/random.ts';
// Positions found by river.
import reference from '../../reference/streaming.json' with { type: 'json' };
import { agrees, undefinedFor } from './support.ts';

const driftsOf = (detector: stats.StreamDetector, stream: readonly number[]): number[] =>
  stream.flatMap((value, i) => (detector.update(value).kind === 'drift' ? [i] : []));

const DETECTORS = {
  ddm: () => stats.createDdm(),
  eddm: () => stats.createEddm(),
  hddmA: () => stats.createHddmA(),
  hddmATwoSided: () => stats.createHddmA({ direction: 'both' }),
  hddmW: () => stats.createHddmW(),
  hddmWTwoSided: () => stats.createHddmW({ direction: 'both' }),
  pageHinkley: () => stats.createPageHinkley(),
  pageHinkleySharp: () => stats.createPageHinkley({ threshold: 10, direction: 'increase' }),
} as const;

const STREAMS = [
  ...Object.entries(reference.binary).map(([name, s]) => ({
    ...s,
    name,
    stream: Array.from(s.stream, Number),
  })),
  ...Object.entries(reference.numeric).map(([name, s]) => ({ ...s, name })),
];

describe.each(STREAMS)('stream $name: the same drifts as river', ({ stream, drifts, adwin }) => {
  it.each(Object.entries(drifts))('%s', (detector, positions) =>
    expect(driftsOf(DETECTORS[detector as keyof typeof DETECTORS](), stream)).toEqual(positions),
  );
  it.each(Object.entries(adwin))(
    'ADWIN, looking every %s values: first cut and what it keeps',
    (every, expected) => {
      const detector = stats.createAdwin({ every: Number(every) });
      const first = stream.findIndex((value) => detector.update(value).kind === 'drift');
      expect(first < 0 ? null : first).toBe(expected.first);
      expect(detector.window().n).toBe(expected.width);
      agrees(detector.window().mean, expected.mean, 1e-9, 1e-12);
    },
  );
});

/** Mean run length of a chart on normal values shifted by `shift` sd. */
const meanRunLength = (make: () => stats.StreamDetector, shift: number, runs: number): number => {
  const random = uniformStream(77);
  let total = 0;
  for (let r = 0; r < runs; r += 1) {
    const detector = make();
    do total += 1;
    while (detector.update(normalFrom(random) + shift).kind !== 'drift');
  }
  return total / runs;
};

describe('control charts have their published run lengths (Montgomery 2009, tables 9.4 and 9.11)', () => {
  const known = { mean: 0, sd: 1 };
  // 5 % covers 2.5 standard errors of 2,500 nearly geometric run lengths.
  it.each([
    [5, 0, 465],
    [5, 1, 10.4],
    [4, 0, 168],
    [4, 1, 8.38],
  ])('CUSUM k=½ h=%i at shift %i: %f', (limitSd, shift, published) =>
    agrees(
      meanRunLength(() => stats.createCusum({ ...known, limitSd }), shift, 2_500),
      published,
      0.05,
    ),
  );
  it.each([
    [0, 500],
    [0.5, 31.3],
    [1, 10.3],
  ])('EWMA λ=0.1 L=2.814 at shift %f: %f', (shift, published) =>
    agrees(
      meanRunLength(() => stats.createEwma({ ...known, limits: 'steady' }), shift, 2_500),
      published,
      0.06,
    ),
  );
});

describe('detectors with no reference implementation at hand', () => {
  const bits = (parts: readonly (readonly [number, number])[], seed: number): number[] => {
    const random = uniformStream(seed);
    return parts.flatMap(([n, p]) => Array.from({ length: n }, () => (random() < p ? 1 : 0)));
  };
  it('STEPD by hand: 60 clean values, then errors only: rings at the first p < 0.003', () => {
    // k errors among the newest 30, none among n₀ = 30 + k older: z = (k/30 − ½(1/n₀ + 1/30))/√(p(1−p)(1/n₀ + 1/30)).
    const pAt = (k: number): number => {
      const n0 = 30 + k;
      const per = 1 / n0 + 1 / 30;
      const p = k / (n0 + 30);
      return stats.normalTwoSided((k / 30 - per / 2) / Math.sqrt(p * (1 - p) * per));
    };
    let k = 1;
    while (pAt(k) >= 0.003) k += 1;
    const stream = [...Array.from({ length: 60 }, () => 0), ...Array.from({ length: 30 }, () => 1)];
    expect(driftsOf(stats.createStepd(), stream)[0]).toBe(60 + k - 1);
  });
  it('RDDM and DDM agree on a short stream when RDDM is given the limits of DDM', () => {
    const stream = bits(
      [
        [800, 0.1],
        [400, 0.5],
      ],
      3,
    );
    const [rddm, ddm] = [
      stats.createRddm({ minimumN: 31, warningSigmas: 2, driftSigmas: 3 }),
      stats.createDdm(),
    ];
    expect(driftsOf(rddm, stream)[0]).toBe(driftsOf(ddm, stream)[0]);
  });
  it('RDDM stays quick after 30,000 stable values, where DDM has grown slow', () => {
    const stream = bits(
      [
        [30_000, 0.1],
        [3_000, 0.2],
      ],
      9,
    );
    const firstAfter = (detector: stats.StreamDetector): number =>
      driftsOf(detector, stream).find((i) => i >= 30_000) ?? Infinity;
    const reactive = firstAfter(stats.createRddm({ longestN: 8_000, keptN: 2_000 }));
    expect(reactive).toBeLessThan(firstAfter(stats.createDdm()));
    expect(reactive - 30_000).toBeLessThan(600);
  });
  it('RDDM: a warning that will not end is a drift', () => {
    // One error in ten throughout, then one in eight: enough to warn, not to drift.
    const calm = Array.from({ length: 2_000 }, (_, i) => (i % 10 === 0 ? 1 : 0));
    const worse = Array.from({ length: 3_000 }, (_, i) => (i % 8 === 0 ? 1 : 0));
    const limits = { driftSigmas: 1_000, warningSigmas: 1, longestWarningN: 200 };
    expect(driftsOf(stats.createRddm(limits), [...calm, ...worse]).length).toBeGreaterThan(0);
    expect(driftsOf(stats.createRddm({ ...limits, longestWarningN: 1e9 }), [...calm, ...worse])).toEqual([]);
  });
  it('KSWIN: disjoint halves ring as soon as enough of the newest 30 are new; exact p of k new in 30 against 30 old', () => {
    // All old values are 0, so D = k/30 and p = P(D ≥ k/30) with ties: every new value in one sample, 2·C(60−k, 30)/C(60, 30) (k > 0).
    const p = (k: number): number => 2 * Math.exp(stats.logChoose(60 - k, 30) - stats.logChoose(60, 30));
    let k = 1;
    while (p(k) > 0.005) k += 1;
    const stream = [...Array.from({ length: 100 }, () => 0), ...Array.from({ length: 30 }, () => 1)];
    expect(driftsOf(stats.createKswin({ random: uniformStream(1) }), stream)[0]).toBe(100 + k - 1);
  });
});

describe('what is no value', () => {
  it.each(Object.entries(DETECTORS))('%s refuses NaN and goes on as if it had not been', (_, make) => {
    const random = uniformStream(4);
    const stream = Array.from({ length: 600 }, (__, i) => (random() < (i < 300 ? 0.1 : 0.7) ? 1 : 0));
    const [clean, dirty] = [make(), make()];
    for (const value of stream) {
      expect(dirty.update(Number.NaN).kind).toBe('undefined');
      expect(dirty.update(value)).toEqual(clean.update(value));
    }
  });
  it('error detectors refuse anything but 0 and 1', () =>
    expect(stats.createDdm().update(0.5)).toEqual(undefinedFor('bad_parameter')));
  it('charts without a spread are refused', () => {
    expect(() => stats.createCusum({ mean: 0, sd: 0 })).toThrow(RangeError);
    expect(() => stats.createEwma({ mean: Number.NaN, sd: 1 })).toThrow(RangeError);
  });
});
