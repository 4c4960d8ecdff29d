import { describe, expect, it } from 'vitest';
import * as stats from '../../../analyzers/stats/index.ts';
import { agrees, defined, undefinedFor } from './support.ts';

/** Marsaglia's xorshift32: a fixed stream of uniform numbers. */
const uniform = (seed: number) => {
  let s = seed;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) / 2 ** 32;
  };
};

describe('e-values', () => {
  it('calibrator: its mean over uniform p is 1 (Vovk & Wang 2021), by the midpoint rule', () => {
    // Substituting p = e^{−t} leaves a smooth integrand; the tail beyond t = T holds ∫ (e^{-p}…)/t² ≈ 1/T.
    const T = 4000;
    let sum = 0;
    const step = 0.01;
    for (let t = step / 2; t < T; t += step) {
      const p = Math.exp(-t);
      // e(p)·p has no overflow: (1 − p + p ln p)/ln²p.
      sum += (t < 700 ? defined(stats.pToE(p)).value * p : 1 / (t * t)) * step;
    }
    agrees(sum + 1 / T, 1, 1e-4);
  });
  it('limits and domain', () => {
    expect(defined(stats.pToE(0)).value).toBe(Infinity);
    agrees(defined(stats.pToE(1)).value, 0.5);
    agrees(defined(stats.pToE(1 - 1e-5)).value, 0.5 + 1e-5 / 6, 1e-6);
    expect(stats.pToE(Number.NaN)).toEqual(undefinedFor('bad_parameter'));
    agrees(defined(stats.eToP(20)).value, 0.05);
    expect(defined(stats.eToP(0.2)).value).toBe(1);
    expect(stats.eToP(-1)).toEqual(undefinedFor('bad_parameter'));
    agrees(defined(stats.averageE([0, 1, 5])).value, 2);
    expect(stats.averageE([])).toEqual(undefinedFor('empty'));
  });
  it('e-BH by hand: m = 4, α = 0.1 needs e₍ₖ₎ ≥ 40/k', () => {
    // 40/1 = 40 fails (35), 40/2 = 20 holds (21), 40/3 = 13.3 fails (13): two rejected.
    expect(defined(stats.eBenjaminiHochberg([13, 35, 0, 21], 0.1)).rejected).toEqual([1, 3]);
    expect(defined(stats.eBenjaminiHochberg([], 0.1)).rejected).toEqual([]);
    expect(defined(stats.eBenjaminiHochberg([Infinity, Infinity], 0.1)).rejected).toEqual([0, 1]);
    expect(stats.eBenjaminiHochberg([Number.NaN], 0.1)).toEqual(undefinedFor('bad_parameter'));
  });
});

describe('confidence sequence of a proportion', () => {
  it('is the set where the mixture martingale stays below 1/α: its ends give exactly 20', () => {
    // B(3.5, 7.5)/B(.5, .5) by the beta function of half-integers: Γ(3.5)Γ(7.5)/Γ(11)/π.
    const gamma = (half: number): number => {
      let value = Math.sqrt(Math.PI);
      for (let k = 0.5; k < half; k += 1) value *= k;
      return value;
    };
    const mixture = (gamma(3.5) * gamma(7.5)) / 3628800 / Math.PI;
    const { low, high } = defined(stats.proportionConfidenceSequence(3, 10));
    for (const p of [low, high]) agrees(mixture / (p ** 3 * (1 - p) ** 7), 20, 1e-6);
  });
  it('covers the truth at every step in at least 95 % of streams', () => {
    const random = uniform(11);
    const streams = 200;
    let kept = 0;
    for (let s = 0; s < streams; s += 1) {
      let successes = 0;
      let covered = true;
      for (let n = 1; n <= 500 && covered; n += 1) {
        if (random() < 0.2) successes += 1;
        const { low, high } = defined(stats.proportionConfidenceSequence(successes, n));
        covered = low <= 0.2 && 0.2 <= high;
      }
      if (covered) kept += 1;
    }
    expect(kept / streams).toBeGreaterThanOrEqual(0.95);
  });
  it('edges', () => {
    expect(defined(stats.proportionConfidenceSequence(0, 0))).toMatchObject({ low: 0, high: 1 });
    expect(defined(stats.proportionConfidenceSequence(5, 5)).high).toBe(1);
    expect(stats.proportionConfidenceSequence(6, 5)).toEqual(undefinedFor('invalid_count'));
    expect(stats.proportionConfidenceSequence(1, 5, 1)).toEqual(undefinedFor('bad_parameter'));
  });
});

describe('confidence sequence of a mean in [0, 1]', () => {
  it('covers a skewed mean at every step in at least 95 % of streams, and narrows', () => {
    const random = uniform(5);
    const truth = 1 / 3; // E[u²] of a uniform u
    let kept = 0;
    let width = 1;
    const streams = 300;
    for (let s = 0; s < streams; s += 1) {
      let state = stats.emptyMeanSequence;
      let covered = true;
      for (let n = 0; n < 500; n += 1) {
        const next = stats.updateMeanSequence(state, random() ** 2);
        if ('kind' in next) throw new Error(next.reason);
        state = next;
        const { low, high } = stats.meanConfidenceSequence(state);
        covered &&= low <= truth && truth <= high;
        width = high - low;
      }
      if (covered) kept += 1;
    }
    expect(kept / streams).toBeGreaterThanOrEqual(0.95);
    expect(width).toBeLessThan(0.2);
  });
  it('refuses a value outside [0, 1], and starts at [0, 1]', () => {
    expect(stats.updateMeanSequence(stats.emptyMeanSequence, 1.1)).toEqual(undefinedFor('not_finite'));
    expect(stats.updateMeanSequence(stats.emptyMeanSequence, Number.NaN)).toEqual(undefinedFor('not_finite'));
    expect(stats.meanConfidenceSequence(stats.emptyMeanSequence)).toEqual({ low: 0, high: 1 });
  });
});
