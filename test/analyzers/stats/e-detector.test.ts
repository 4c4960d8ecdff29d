import { describe, expect, it } from 'vitest';
import * as stats from '../../../analyzers/stats/index.ts';
import { detectionDelay, falseAlarmsPer10k } from '../../../bench/calibration/rates.ts';
import { agrees, defined, undefinedFor } from './support.ts';

const build = (options: Partial<stats.EDetectorOptions> = {}): stats.EDetector =>
  defined(
    stats.createEDetector({
      reference: { successes: 100, trials: 1_000 },
      averageRunLength: 1_000,
      direction: 'increase',
      ...options,
    }),
  ).detector;

/** Feeds tallies of one until the alarm; null when there is none. */
const alarmAt = (detector: stats.EDetector, values: readonly number[]) => {
  let state = stats.startOf(detector);
  for (const [i, value] of values.entries()) {
    const step = defined(stats.stepEDetector(detector, state, { successes: value, trials: 1 }));
    if (step.alarm) return { at: i, ...step.alarm };
    state = step.state;
  }
  return null;
};
const repeat = (n: number, value: number): number[] => Array.from({ length: n }, () => value);
const tenth = (n: number): number[] => Array.from({ length: n }, (_, i) => (i % 10 === 0 ? 1 : 0));

describe('the e-detector', () => {
  it('is fair: under the edge rate the expected evidence grows by exactly one per value (E[R − n] = 0)', () => {
    const detector = build();
    // The edge is the rate e at which every alternative's likelihood ratio has mean 1: solve it from the first one.
    const [first] = detector.alternatives;
    if (!first) throw new Error('no alternatives');
    const edge = first.rate / Math.exp(first.success);
    const state = stats.startOf(detector);
    const evidenceOf = (successes: number): number =>
      defined(stats.stepEDetector(detector, state, { successes, trials: 1 })).evidence;
    agrees(edge * evidenceOf(1) + (1 - edge) * evidenceOf(0), 1, 1e-12);
    // A minute of three: the binomial mean of the evidence is 3.
    const minute = (successes: number): number =>
      defined(stats.stepEDetector(detector, state, { successes, trials: 3 })).evidence;
    const q = 1 - edge;
    const mean =
      q ** 3 * minute(0) +
      3 * edge * q ** 2 * minute(1) +
      3 * edge ** 2 * q * minute(2) +
      edge ** 3 * minute(3);
    agrees(mean, 3, 1e-12);
  });
  it('takes as edge the upper 90 % point of the reference rate: Beta(100.5, 900.5)', () => {
    const [first] = build().alternatives;
    const edge = (first?.rate ?? NaN) / Math.exp(first?.success ?? NaN);
    agrees(stats.betaLower(edge, 100.5, 900.5), 0.9, 1e-9);
  });
  it('rings after a rise, names the onset, and does not ring on a fall when asked for rises', () => {
    const alarm = alarmAt(build(), [...tenth(300), ...repeat(40, 1)]);
    expect(alarm?.at).toBeGreaterThanOrEqual(300);
    expect(Math.abs((alarm?.onset ?? NaN) - 300)).toBeLessThanOrEqual(10);
    expect(alarmAt(build(), [...tenth(300), ...repeat(500, 0)])).toBeNull();
  });
  it('rings on a fall when asked for falls or both', () => {
    for (const direction of ['decrease', 'both'] as const) {
      const alarm = alarmAt(build({ direction }), [...tenth(300), ...repeat(500, 0)]);
      expect(alarm?.at).toBeGreaterThan(300);
      expect(alarm?.rate).toBeLessThan(0.1);
    }
  });
  it('keeps its promise over random references, and the delay its gate (seeded; long runs in bench/calibration)', () => {
    const perTenThousand = falseAlarmsPer10k(0.1, 2_000, { references: 60, length: 10_000 }, 1);
    expect(perTenThousand).toBeLessThanOrEqual(10_000 / 2_000);
    const { meanDelay, share } = detectionDelay(0.1, 0.2, 12_000, 300, 1);
    expect(share).toBe(1);
    expect(meanDelay).toBeLessThanOrEqual(175);
  });
  it('says why it cannot', () => {
    const options = { averageRunLength: 1_000, direction: 'both' } as const;
    const create = (successes: number, trials: number, more = {}) =>
      stats.createEDetector({ ...options, reference: { successes, trials }, ...more });
    expect(create(0, 0)).toEqual(undefinedFor('empty'));
    expect(create(3, 2)).toEqual(undefinedFor('invalid_count'));
    expect(create(1, 2, { averageRunLength: 0 })).toEqual(undefinedFor('bad_parameter'));
    const detector = build();
    const state = stats.startOf(detector);
    expect(stats.stepEDetector(detector, state, { successes: 2, trials: 1 })).toEqual(
      undefinedFor('invalid_count'),
    );
    expect(defined(stats.stepEDetector(detector, state, { successes: 0, trials: 0 })).state).toEqual(state);
  });
  it('a reference without a single success still has an edge above zero', () => {
    const detector = build({ reference: { successes: 0, trials: 50 } });
    expect(alarmAt(detector, repeat(200, 0))).toBeNull();
    expect(alarmAt(detector, repeat(200, 1))).not.toBeNull();
  });
});
