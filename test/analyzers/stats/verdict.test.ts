import { describe, expect, it } from 'vitest';
import * as stats from '../../../analyzers/stats/index.ts';
import { GENERATORS } from '../../../bench/calibration/generators.ts';
import { alarmShare, familyAlarms } from '../../../bench/calibration/windows.ts';
import { agrees, defined, undefinedFor } from './support.ts';

const evidence = (
  over: Partial<{ effect: number; pValue: number; minimumDetectableEffect: number }>,
): stats.Evidence => ({
  kind: 'value',
  effect: 0.3,
  pValue: 0.001,
  minimumDetectableEffect: 0.1,
  nReference: 1_000,
  nCurrent: 1_000,
  ...over,
});
const limits = { alpha: 0.05, limit: 0.2 };

describe('the verdict', () => {
  it.each([
    [{}, 'drift', 'large_and_significant'],
    [{ effect: 0.1 }, 'ok', 'too_small_to_matter'],
    [{ pValue: 0.4 }, 'ok', 'no_evidence'],
    [{ pValue: 0.4, minimumDetectableEffect: 0.5 }, 'not_enough_data', 'could_not_have_seen_it'],
  ] as const)('%j is %s because %s', (over, verdict, reason) =>
    expect(stats.driftVerdict(evidence(over), limits)).toEqual({ verdict, reason }),
  );
  it('undefined evidence is never health', () =>
    expect(stats.driftVerdict({ kind: 'undefined', reason: 'empty' }, limits)).toEqual({
      verdict: 'not_enough_data',
      reason: 'empty',
    }));
  it('the same shares: noise at n = 50, drift at n = 50,000', () => {
    const of = (n: number): string => {
      const shares = (p: number): number[] => [p * n, (1 - p) * n];
      const e = stats.countsEvidence(shares(0.5), shares(0.6), 'ks', 'ordered');
      return stats.driftVerdict(e, { alpha: 0.05, limit: 0.08 }).verdict;
    };
    expect(of(50)).toBe('not_enough_data');
    expect(of(50_000)).toBe('drift');
  });
  it('a change of 0.5 % in 2 million is real and too small to matter', () => {
    const e = stats.countsEvidence([1_000_000, 1_000_000], [1_010_000, 990_000], 'psi', 'categories');
    expect(defined(e).pValue).toBeLessThan(1e-6);
    expect(stats.driftVerdict(e, { alpha: 0.05, limit: 0.1 })).toEqual({
      verdict: 'ok',
      reason: 'too_small_to_matter',
    });
  });
});

describe('minimum detectable effect', () => {
  it('PSI of two bins: λ of a chi-square test with 1 df, α 0.05, power 0.8 is 7.85 (Cohen 1988, table 9.4.6)', () => {
    // The normal form of the noncentral tail is rough at 1 df: 10 %.
    const psi = stats.detectablePsi(2, 1_000, 1_000, { alpha: 0.05, power: 0.8 });
    agrees(psi / 0.002, 7.85, 0.1);
  });
  it('λ with 10 df, α 0.05, power 0.8 is 16.24 (Cohen 1988, table 9.4.6)', () =>
    agrees(stats.detectablePsi(11, 1_000, 1_000, { alpha: 0.05, power: 0.8 }) / 0.002, 16.24, 0.05));
  it('falls with the root of n for KS', () => {
    const at = (n: number): number => stats.detectableKs(n, n, stats.DEFAULT_SENSITIVITY);
    agrees(at(100) / at(10_000), 10, 1e-9);
  });
});

describe('evidence', () => {
  it('joins rare bins: categories into one rest, ordered bins with their neighbours', () => {
    // 30 against 30: a bin needs 10 in all for an expected count of 5 on each side.
    const [r, c] = [
      [15, 2, 10, 2, 1],
      [14, 1, 12, 1, 2],
    ];
    expect(defined(stats.poolRareBins(r, c, 'categories'))).toMatchObject({
      reference: [15, 10, 5],
      current: [14, 12, 4],
    });
    expect(defined(stats.poolRareBins(r, c, 'ordered'))).toMatchObject({
      reference: [15, 15],
      current: [14, 16],
    });
  });
  it('is refused where it has no meaning', () => {
    expect(stats.countsEvidence([1, 2], [2, 1], 'ks', 'categories')).toEqual(undefinedFor('bad_parameter'));
    expect(stats.countsEvidence([0, 0], [2, 1], 'psi', 'ordered')).toEqual(undefinedFor('empty'));
    expect(stats.sampleEvidence([], [1])).toEqual(undefinedFor('empty'));
    expect(stats.sampleEvidence([1], [1], { alpha: 2, power: 0.8 })).toEqual(undefinedFor('bad_parameter'));
  });
  // The long tables are in bench/calibration; 600 repeats may exceed 5 % by 2.58 standard errors.
  it.each(GENERATORS.map((g) => [g.name, g] as const))(
    'a monitor alarms at nominal 5 %% in at most 5 %% of unchanged windows: %s, n = 100',
    (_, generator) => expect(alarmShare(generator, 100, 0, 600, 8)).toBeLessThanOrEqual(0.073),
  );
  it('and finds a quarter of a standard deviation among 500', () => {
    const [normal] = GENERATORS;
    if (!normal) throw new Error('no generators');
    // The gate is 0.90; 200 repeats may fall short of it by 2.58 standard errors.
    expect(alarmShare(normal, 500, 0.25, 200, 8)).toBeGreaterThanOrEqual(0.9 - 0.055);
  });
  it('an unchanged system of 12 features stays calm for a day of hourly looks', () =>
    expect(familyAlarms(12, 24, 200, 4, 8)).toEqual({ told: 0, pageable: 0 }));
});
