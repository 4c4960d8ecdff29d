import { describe, expect, it } from 'vitest';
import { compact, count, decimal, featureText, share, times } from '../../dashboard/src/lib/data/format.ts';
import { lookOfBudget, lookOfOutcome, lookOfVerdict } from '../../dashboard/src/lib/data/status.ts';
import { ago, dateTime, fullTime, longDuration } from '../../dashboard/src/lib/time/format-time.ts';

describe('numbers for people', () => {
  it('missing and NaN are never a number, least of all zero', () => {
    for (const format of [count, compact, share, decimal, times]) {
      expect([format(null), format(Number.NaN), format(Number.POSITIVE_INFINITY)]).toEqual(['–', '–', '–']);
    }
    expect(featureText(null, 'min')).toBe('missing');
  });
  it.each([
    [0, '0 %'],
    [1, '100 %'],
    [0.1234, '12.3 %'],
    // Near the ends a rounded share would lie: 99.95 % of a million leaves 500 bad ones.
    [0.9995, '99.95 %'],
    [0.99999, '99.999 %'],
    [-0.18, '−18.0 %'],
  ])('share %f is %s', (value, text) => expect(share(value)).toBe(text));
  it.each([
    [1.92345, '1.92'],
    [12_430, '12,430'],
    [0.000_012, '1.2e-5'],
    [0, '0'],
  ])('decimal %f is %s', (value, text) => expect(decimal(value)).toBe(text));
  it('counts small numbers to the last one', () =>
    expect([compact(9_812), compact(1_284_330)]).toEqual(['9,812', '1.3M']));
});

describe('time for people', () => {
  // 2026-03-29 01:00 UTC is when Berlin goes from +1 to +2 (EU directive 2000/84/EC).
  const BEFORE = Date.parse('2026-03-29T00:59:59Z');
  const AFTER = Date.parse('2026-03-29T01:00:00Z');
  it('names the zone as it is at that instant', () => {
    expect(fullTime(BEFORE, 'Europe/Berlin')).toBe('29 Mar 2026, 01:59:59 CET');
    expect(fullTime(AFTER, 'Europe/Berlin')).toBe('29 Mar 2026, 03:00:00 CEST');
  });
  it('gives the year only when it is another', () => {
    expect(dateTime(AFTER, AFTER, 'UTC')).toBe('29 Mar, 01:00');
    expect(dateTime(Date.parse('2025-12-31T23:59:00Z'), AFTER, 'UTC')).toBe('31 Dec 2025, 23:59');
  });
  it.each([
    [7_080_000, '1 h 58 min'],
    [2 * 86_400_000, '2 d'],
    [12.4, '12 ms'],
    [45_000, '45 s'],
    [3_600_000 - 1, '1 h'],
  ])('%d ms is %s', (ms, text) => expect(longDuration(ms)).toBe(text));
  it('has no words for a length that is not known', () =>
    expect([longDuration(null), longDuration(-5)]).toEqual(['unknown', 'unknown']));
  it('looks both ways', () =>
    expect([ago(0, 240_000), ago(7_200_000, 0), ago(0, 1_000)]).toEqual(['4 min ago', 'in 2 h', 'just now']));
});

describe('status', () => {
  it('what is not known is never healthy', () => {
    expect(
      [
        lookOfBudget(null),
        lookOfBudget(Number.NaN),
        lookOfVerdict(''),
        lookOfVerdict('brand_new'),
        lookOfOutcome(null, ''),
      ].map((look) => look.tone),
    ).toEqual(['none', 'none', 'none', 'none', 'none']);
  });
  it('a spent budget is bad, exactly from zero on', () => {
    expect([lookOfBudget(0).word, lookOfBudget(0.01).word, lookOfBudget(0.25).word]).toEqual([
      'Spent',
      'Low',
      'Healthy',
    ]);
  });
});
