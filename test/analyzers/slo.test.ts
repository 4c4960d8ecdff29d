import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateSlo, SLO_START, type SloInput } from '../../analyzers/slo/evaluate.ts';
import { forecastExhaustion } from '../../model/budget-forecast.ts';
import { pairStates } from '../../model/burn-pairs.ts';
import { alertPairs, BURN_PAIRS, burnFactor, exceeds, longestWindowMs } from '../../model/burn-rate.ts';
import { sloSpec } from '../../model/documents/slo.ts';
import { minuteSums } from '../../model/minute-sums.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/time.ts';

const spec = (target: string, more: Record<string, unknown> = {}) =>
  sloSpec.parse({ system: 's', sli: { kind: 'correctness' }, target, step: '1m', ...more });
const T0 = Date.UTC(2026, 2, 1);
const PER_MINUTE = 1_000;

/** Steady traffic in [fromMs, toMs) with the given bad events per minute. */
const traffic = (fromMs: number, toMs: number, bad: (minuteMs: number) => number) =>
  minuteSums(
    Array.from({ length: (toMs - fromMs) / MINUTE_MS }, (_, i) => {
      const minuteMs = fromMs + i * MINUTE_MS;
      return { minuteMs, bad: bad(minuteMs), total: PER_MINUTE };
    }),
  );

describe('burn-rate pairs', () => {
  it("are the document's own where it has some, with their factors", () => {
    // A week at 85 %: 12.5 % of the budget in 6 h is 0.125 · 168/6 = 3.5 times, that is 52.5 % of 100,000 events.
    const { target, period, pairs } = sloSpec.parse({
      system: 'x',
      sli: { kind: 'correctness' },
      target: '85%',
      period: '7d',
      pairs: [{ severity: 'page', long: '6h', short: '30m', budgetShare: 0.125 }],
    });
    const [pair, ...others] = alertPairs({ pairs });
    if (!pair) throw new Error('no pair');
    expect(others).toEqual([]);
    expect(burnFactor(pair, period)).toBe(3.5);
    expect(exceeds({ bad: 52_500, total: 100_000 }, pair, target, period)).toBe(false);
    expect(exceeds({ bad: 52_501, total: 100_000 }, pair, target, period)).toBe(true);
    expect(longestWindowMs({ pairs })).toBe(6 * 3_600_000);
    expect(alertPairs({})).toBe(BURN_PAIRS);
  });

  // SRE Workbook ch. 5, Table 5-8 and the code of iteration 6; other periods: factor = share · period / long window.
  it.each([
    [30, [14.4, 6, 3, 1]],
    [28, [13.44, 5.6, 2.8, 0.9333]],
    [90, [43.2, 18, 9, 3]],
    [7, [3.36, 1.4, 0.7, 0.2333]],
  ])('have the published factors for a period of %i days', (days, factors) => {
    BURN_PAIRS.forEach((pair, i) => {
      expect(burnFactor(pair, days * DAY_MS)).toBeCloseTo(factors[i] ?? Number.NaN, 4);
    });
  });

  it('are not calm because nothing was heard since', () => {
    // 20 % bad at a 99.9 % target for 50 minutes: 200 times the budget. Then ten minutes without an event.
    const sums = traffic(T0, T0 + 50 * MINUTE_MS, () => 200);
    const [hour] = pairStates(sums, spec('99.9%'), T0 + HOUR_MS);
    expect(hour).toMatchObject({ nShort: 0, short: null, firing: false, verdict: 'not_enough_data' });
    const calm = traffic(T0, T0 + 50 * MINUTE_MS, () => 0);
    const [calmHour, calmSixHours] = pairStates(calm, spec('99.9%'), T0 + HOUR_MS);
    // Its short window, of 30 minutes, holds events.
    expect([calmHour?.verdict, calmSixHours?.verdict]).toEqual(['not_enough_data', 'ok']);
  });

  it('do not fire exactly on the limit, and fire one event above it', () => {
    // 99.9 %, 30 d, first pair: limit 14.4 · 0.001 = 1.44 %, that is exactly 144 of 10,000.
    const { target, period } = spec('99.9%');
    const [pair] = BURN_PAIRS;
    if (!pair) throw new Error('no pair');
    expect(exceeds({ bad: 144, total: 10_000 }, pair, target, period)).toBe(false);
    expect(exceeds({ bad: 145, total: 10_000 }, pair, target, period)).toBe(true);
  });

  it('compare as exact fractions do, for any counts and targets', () => {
    const pair = BURN_PAIRS[1];
    if (!pair) throw new Error('no pair');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 999 }),
        (total, badRaw, perMille) => {
          const bad = Math.min(badRaw, total);
          const target = { good: BigInt(perMille), of: 1_000n };
          // bad/total > 6 · (1000 − perMille)/1000 at 30 d, over the common denominator.
          const expected = BigInt(bad) * 1_000n > BigInt(total) * 6n * BigInt(1_000 - perMille);
          expect(exceeds({ bad, total }, pair, target, 30 * DAY_MS)).toBe(expected);
        },
      ),
    );
  });

  it.each([
    // Workbook: detection of a total outage at 99.9 %: (1−SLO)/error ratio · long window · factor = 52 s, 2 m 10 s, 4 m 19 s.
    [0, 'page', 51.84],
    [1, 'page', 129.6],
    [2, 'ticket', 259.2],
    [3, 'ticket', 259.2],
  ])('detect a total outage when the workbook says (pair %i)', (index, severity, seconds) => {
    const outageMs = T0 + 4 * DAY_MS;
    const sums = traffic(T0, outageMs + 10 * MINUTE_MS, (ms) => (ms >= outageMs ? PER_MINUTE : 0));
    const minute = Array.from({ length: 10 }, (_, i) => i + 1).find(
      (i) => pairStates(sums, spec('99.9%'), outageMs + i * MINUTE_MS)[index]?.firing,
    );
    expect(BURN_PAIRS[index]?.severity).toBe(severity);
    // Minutes are the grain: the first minute whose end lies at or after the closed form.
    expect(minute).toBe(Math.ceil(seconds / 60));
  });

  it('tell the story of Figure 5-6: 15 % errors for 10 minutes', () => {
    // 15 % against a limit of 1.44 %: the short window is over in its first minute; the long one after 60 · 1.44/15 = 5.76
    // minutes; the alert ends when fewer than 5 · 1.44/15 = 0.48 bad minutes are in the short window: 5 minutes after.
    const startMs = T0 + 4 * DAY_MS;
    const sums = traffic(T0, startMs + 2 * HOUR_MS, (ms) =>
      ms >= startMs && ms < startMs + 10 * MINUTE_MS ? 150 : 0,
    );
    const at = (minutes: number) => pairStates(sums, spec('99.9%'), startMs + minutes * MINUTE_MS)[0];
    expect(at(5)?.firing).toBe(false);
    expect(at(6)?.firing).toBe(true);
    expect(at(14)?.firing).toBe(true);
    expect(at(15)?.firing).toBe(false);
    // The long window stays over for an hour after the first ~4 minutes of errors left: 1.44/15 · 60 = 5.76 bad minutes in it.
    expect((at(64)?.long ?? 0) > 14.4).toBe(true);
    expect((at(65)?.long ?? 0) > 14.4).toBe(false);
  });

  it('do not page on one failure among ten', () => {
    const sums = minuteSums([{ minuteMs: T0, bad: 1, total: 10 }]);
    const result = evaluateSlo({
      name: 'x',
      spec: spec('99.9%'),
      sums,
      versions: new Map(),
      fromMs: T0,
      toMs: T0 + MINUTE_MS,
      state: SLO_START,
    });
    expect(result.drafts).toMatchObject([{ verdict: 'not_enough_data', value: null }]);
  });

  it('say which pairs a low target puts out of reach', () => {
    // 90 %: a total outage burns 10 times; 14.4 is out of reach, 6 is not.
    const states = pairStates(minuteSums([]), spec('90%'), T0);
    expect(states.map((state) => state.unreachable)).toEqual([true, false, false, false]);
  });
});

describe('an SLO over time', () => {
  const startMs = T0 + 4 * DAY_MS;
  const endMs = startMs + 3 * HOUR_MS;
  const sums = traffic(T0, endMs + 6 * HOUR_MS, (ms) => (ms >= startMs && ms < endMs ? 200 : 0));
  const run = (fromMs: number, toMs: number, state = SLO_START) =>
    evaluateSlo({
      name: 'x',
      spec: spec('99%'),
      sums,
      versions: new Map([['v2', sums]]),
      fromMs,
      toMs,
      state,
    });

  it('starts and ends burning once, with the minute it began', () => {
    const { drafts } = run(startMs - HOUR_MS, endMs + 6 * HOUR_MS);
    const paged = drafts.find((draft) => draft.severity === 'page');
    // 20 % against 14.4 %: 60 · 14.4/20 = 43.2 minutes.
    expect(paged?.windowEndMs).toBe(startMs + 44 * MINUTE_MS);
    expect(paged?.onsetMs).toBe(startMs);
    expect(drafts.filter((draft) => draft.verdict === 'burning').every((d) => d.onsetMs === startMs)).toBe(
      true,
    );
    expect(drafts.at(-1)?.verdict).toBe('ok');
  });

  it('is not led astray by errors that stood alone before', () => {
    // One error an hour at 1 event a minute, the last 59 minutes before; then every second event: 30 % of six hours is
    // passed when (t/2 + (360 − t)/60) > 108, that is after 211 minutes.
    const faultMs = T0 + 3 * DAY_MS;
    const sparse = minuteSums(
      Array.from({ length: 3 * 1_440 + 300 }, (_, i) => ({
        minuteMs: T0 + i * MINUTE_MS,
        bad: i >= 3 * 1_440 ? (i + 1) % 2 : Number(i % 60 === 1),
        total: 1,
      })),
    );
    const { drafts } = evaluateSlo({
      name: 'x',
      spec: spec('95%', { minimumN: 20 }),
      sums: sparse,
      versions: new Map(),
      fromMs: faultMs - HOUR_MS,
      toMs: faultMs + 5 * HOUR_MS,
      state: SLO_START,
    });
    const burning = drafts.find((draft) => draft.verdict === 'burning');
    expect(burning?.windowEndMs).toBeLessThanOrEqual(faultMs + 4 * HOUR_MS);
    expect(burning?.onsetMs).toBe(faultMs);
  });

  it('writes down and wakes nobody where an automation budget burns because the gate sends all to people', () => {
    const sums = traffic(T0, T0 + 7 * HOUR_MS, (minuteMs) => (minuteMs >= T0 + HOUR_MS ? PER_MINUTE : 0));
    const burning = (turns: SloInput['turns']) =>
      evaluateSlo({
        name: 'automation',
        spec: sloSpec.parse({ system: 's', sli: { kind: 'automation' }, target: '80%', period: '7d' }),
        ...{ sums, versions: new Map(), fromMs: T0, toMs: T0 + 7 * HOUR_MS, state: SLO_START },
        ...(turns ? { turns } : {}),
      }).drafts.filter(({ verdict }) => verdict === 'burning');
    expect(new Set(burning(undefined).map(({ severity }) => severity))).toContain('page');
    const routed = burning([{ atMs: T0 + HOUR_MS, route: 'review' }]);
    expect(routed.length).toBeGreaterThan(0);
    for (const { severity, sentence } of routed) {
      expect(severity).toBe('log');
      expect(sentence).toContain('That is by design: the gate sends decisions to people since 1 Mar 01:00.');
    }
    // The gate let the machine decide again, and it does not: three hours later that is news.
    const again = burning([
      { atMs: T0 + 2 * HOUR_MS, route: 'auto' },
      { atMs: T0 + HOUR_MS, route: 'review' },
    ]);
    expect(
      again.filter(({ windowEndMs }) => windowEndMs > T0 + 5 * HOUR_MS).map(({ severity }) => severity),
    ).toContain('page');
  });

  it('says the same in one run as in many', () => {
    const whole = run(startMs - HOUR_MS, endMs + 6 * HOUR_MS);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 599 }), { maxLength: 6 }), (cuts) => {
        const edges = [0, ...[...new Set(cuts)].sort((a, b) => a - b), 600].map(
          (minute) => startMs - HOUR_MS + minute * MINUTE_MS,
        );
        let state = SLO_START;
        const drafts = edges.slice(1).flatMap((toMs, i) => {
          const part = run(edges[i] ?? 0, toMs, state);
          state = part.state;
          return part.drafts;
        });
        expect(drafts).toEqual(whole.drafts);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the forecast', () => {
  it('lets a burn of exactly 2 from an untouched budget last half the period', () => {
    // 30 d at 99 %: 29 quiet days, then one day at 2 %: burn 2. Spent after a further t days: (1 + t) · 2 % of what 30
    // days allow, while quiet days leave the window; exhausted when (1 + t) · 2 > 30, at t = 14 days.
    const sums = minuteSums(
      Array.from({ length: 30 * 24 }, (_, hour) => ({
        minuteMs: T0 + hour * HOUR_MS,
        bad: hour >= 29 * 24 ? 2 : 0,
        total: 100,
      })),
    );
    const forecast = forecastExhaustion(sums, spec('99%').target, T0 + 30 * DAY_MS, 30 * DAY_MS, DAY_MS);
    expect(forecast).toEqual({ kind: 'exhausts', inMs: 14 * DAY_MS + HOUR_MS });
  });

  it('knows a budget that lasts, one that is gone, and no traffic', () => {
    const { target } = spec('99%');
    const steady = (bad: number) =>
      minuteSums(Array.from({ length: 720 }, (_, h) => ({ minuteMs: T0 + h * HOUR_MS, bad, total: 1_000 })));
    const at = T0 + 30 * DAY_MS;
    expect(forecastExhaustion(steady(9), target, at, 30 * DAY_MS, DAY_MS)).toEqual({ kind: 'lasts' });
    expect(forecastExhaustion(steady(11), target, at, 30 * DAY_MS, DAY_MS)).toEqual({ kind: 'exhausted' });
    expect(forecastExhaustion(minuteSums([]), target, at, 30 * DAY_MS, DAY_MS)).toEqual({ kind: 'unknown' });
  });
});
