import { describe, expect, it } from 'vitest';
import { spend, stepLevels } from '../../analyzers/alarm/budget.ts';
import { type Burn, burnOf, burnWords, type SloCounts } from '../../analyzers/alarm/burn.ts';
import { plannedFor } from '../../analyzers/alarm/expected.ts';
import { type Harm, harmOf } from '../../analyzers/alarm/harm.ts';
import { type ImpactInput, impactOf } from '../../analyzers/alarm/impact.ts';
import { decideDrift } from '../../analyzers/drift/evaluate.ts';
import { spansOf } from '../../analyzers/drift/spans.ts';
import { inputOf, lookOf, monitor } from '../../bench/calibration/checks.ts';
import { monitorSpec } from '../../model/documents/monitor.ts';
import { sloSpec } from '../../model/documents/slo.ts';
import { systemSpec } from '../../model/documents/system.ts';
import { emptySummary } from '../../model/feature-summary.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';

const budget = systemSpec.parse({}).falseAlarms;
const quality = monitorSpec.parse({ kind: 'quality', system: 's', window: '1h', severity: 'page' });

describe('the budget', () => {
  it('is a rate: an hourly step of a month of 720 hours spends 1/720 of a page', () =>
    expect(stepLevels(budget, monitor(), [monitor()])).toEqual({ page: 1 / 720, ticket: 1 / 168 }));

  it('is shared by the monitors that may spend it', () => {
    const [loud, quiet] = [monitor(), monitor({ severity: 'ticket' })];
    const levels = stepLevels(budget, loud, [loud, quiet, quality, loud]);
    expect(levels.page).toBeCloseTo(1 / 720 / 2, 15);
    expect(levels.ticket).toBeCloseTo(1 / 168 / 3, 15);
  });

  it('holds nothing to less than an ordinary test', () =>
    expect(stepLevels(budget, monitor({ window: '7d' }), [monitor()])).toEqual({ page: 0.05, ticket: 0.05 }));

  it('is spent by e-BH: k · α / (m · Hₘ) for k found among m', () => {
    // H₄ = 25/12, so a lone one of four needs 0.12 α, two 0.24 α.
    const levels = { page: 0.01, ticket: 0.05 };
    const of = (...pValues: (number | null)[]) => spend(pValues, levels).ticket;
    expect(of(0.3)).toBeCloseTo(0.05, 15);
    expect(of(0.5, 0.5, 0.5, 0.5)).toBeCloseTo(0.006, 15);
    expect(of(0.001, 0.011, 0.5, 0.5)).toBeCloseTo(0.012, 15);
    expect(of(0.001, 0.013, 0.5, 0.5)).toBeCloseTo(0.006, 15);
    // A look that tested nothing costs nothing.
    expect(of(null, null, 0.3)).toBeCloseTo(0.05, 15);
    expect(spend([], levels)).toEqual(levels);
  });
});

describe('harm', () => {
  const judged = (wrong: number, n: number, decisions = n) => ({ decisions, judged: n, wrong });
  it.each([
    [judged(200, 1_000), judged(300, 1_000), 0.25, 'seen'],
    // ± 3.5 points of 1,000 against 1,000 do not rule out a quarter of a budget of five.
    [judged(200, 1_000), judged(200, 1_000), 0.05, 'unknown'],
    [judged(4_000, 20_000), judged(4_000, 20_000), 0.05, 'none_seen'],
    [judged(4_000, 20_000), judged(3_000, 20_000), null, 'none_seen'],
    [judged(200, 1_000), judged(300, 1_000, 2_500), 0.25, 'unknown'],
    [judged(200, 1_000), judged(60, 60), 0.25, 'unknown'],
    [judged(0, 0, 9), judged(0, 0, 9), 0.25, 'unknown'],
  ] as const)('%j then %j, %d allowed: %s', (before, now, allowed, kind) =>
    expect(harmOf(before, now, allowed).kind).toBe(kind),
  );
});

const noSlo = burnOf([], { kind: 'unknown', because: 'no_labels' });

describe('the error budgets around a drift', () => {
  // 99 % over 30 days: a budget of 1 %, and the slowest page at 6×.
  const spec = (kind: 'latency' | 'correctness' | 'automation') =>
    sloSpec.parse({
      system: 's',
      target: '99%',
      sli: kind === 'latency' ? { kind, thresholdMs: 9 } : { kind },
    });
  const slo = (bad: number, before: number, more: Partial<SloCounts> = {}): SloCounts => ({
    ...{ name: 'slo', spec: spec('latency'), routedSinceMs: null },
    now: { bad, total: 10_000 },
    before: { bad: before, total: 10_000 },
    period: { bad: bad + before, total: 1_000_000 },
    ...more,
  });
  const late: Harm = { kind: 'unknown', because: 'labels_not_there_yet' };
  const none: Harm = { kind: 'none_seen', wrong: 0.1, before: 0.1, extraShare: 0 };
  it.each([
    [
      'ten times the budget, of none before',
      [slo(1_000, 10)],
      late,
      { kind: 'burning', rate: 10, severity: 'page' },
    ],
    ['twice the budget', [slo(200, 10)], late, { kind: 'burning', severity: 'ticket' }],
    // Of 10,000 · 1 % the period allows 100: 210 are more.
    [
      'twice, and the budget is gone',
      [slo(200, 10, { period: { bad: 210, total: 10_000 } })],
      late,
      { severity: 'page' },
    ],
    ['as fast as before', [slo(1_000, 1_000)], late, { kind: 'calm', rate: 10 }],
    ['within the budget', [slo(40, 10)], late, { kind: 'calm', rate: 0.4 }],
    ['at the budget', [slo(101, 99)], late, { kind: 'unknown', because: 'cannot_tell' }],
    [
      'nothing known of before',
      [slo(1_000, 0, { before: { bad: 0, total: 0 } })],
      late,
      { kind: 'burning', before: null },
    ],
    ['too few', [slo(9, 0, { now: { bad: 9, total: 99 } })], late, { kind: 'unknown', because: 'too_few' }],
    [
      'one calm, one burning',
      [slo(40, 10), slo(1_000, 10, { name: 'b' })],
      late,
      { kind: 'burning', slo: 'b' },
    ],
    [
      'one calm, one that cannot tell',
      [slo(40, 10), slo(101, 99)],
      late,
      { kind: 'unknown', because: 'cannot_tell' },
    ],
    [
      'calm labels of older decisions',
      [slo(40, 10, { spec: spec('correctness') })],
      late,
      { kind: 'unknown' },
    ],
    [
      'burning labels of older decisions',
      [slo(1_000, 10, { spec: spec('correctness') })],
      none,
      { kind: 'unknown' },
    ],
    [
      'people by design',
      [slo(9_999, 10, { spec: spec('automation'), routedSinceMs: 0 })],
      late,
      { because: 'by_design' },
    ],
    ['people, and nobody said so', [slo(9_999, 10, { spec: spec('automation') })], late, { kind: 'burning' }],
    ['no SLO', [], late, { kind: 'unknown', because: 'no_slo' }],
  ] as const)('%s', (_, slos, harm, expected) => expect(burnOf(slos, harm)).toMatchObject(expected));

  it('says what went, and what is left out', () => {
    // 1,000 of the 10,000 that the period's million allows.
    expect(burnWords(burnOf([slo(1_000, 10)], late))).toBe(
      'slo burns its error budget 10× since, 0.1× before: 10 % of it went in the window.',
    );
    const routed = slo(9_999, 10, { spec: spec('automation'), routedSinceMs: Date.UTC(2026, 2, 14, 6) });
    expect(burnWords(burnOf([routed], late))).toBe(
      'slo is left out: the gate sends decisions to people since 14 Mar 06:00.',
    );
  });
});

describe('spans', () => {
  const first = (over: object) =>
    monitor({ window: '1h', reference: { kind: 'first', length: '7d' }, ...over });
  const hoursOf = (spec: ReturnType<typeof monitor>, atHour: number, firstHour = 0) =>
    spansOf(spec, atHour * HOUR_MS, firstHour * HOUR_MS).map(({ window: { startMs, endMs }, due }) => [
      (endMs - startMs) / HOUR_MS,
      due.whole,
      due.part,
    ]);
  it('are whole days and weeks of windows, each looked at four times in its length', () => {
    expect(hoursOf(first({}), 28 * 24)).toEqual([
      [6, true, true],
      [24, true, true],
      [168, true, true],
      [672, true, true],
    ]);
    expect(hoursOf(first({}), 28 * 24 + 6).map(([h, whole, part]) => [h, whole, part])).toEqual([
      [6, true, true],
      [24, true, false],
      [168, false, false],
      [672, false, false],
    ]);
    expect(hoursOf(first({ window: '1d' }), 14 * 24)).toEqual([[168, true, true]]);
  });
  it('are full, and no longer than a reference that moves along', () => {
    expect(hoursOf(first({}), 48, 24)).toEqual([
      [6, true, true],
      [24, true, true],
    ]);
    const moving = first({ reference: { kind: 'previous', length: '1d' } });
    expect(hoursOf(moving, 28 * 24).map(([hours]) => hours)).toEqual([6, 24]);
  });
});

describe('impact', () => {
  const none: Harm = { kind: 'none_seen', wrong: 0.1, before: 0.1, extraShare: 0 };
  const seen: Harm = { kind: 'seen', wrong: 0.3, before: 0.1, extraShare: 0.2 };
  const burning = (severity: 'page' | 'ticket'): Burn => ({
    ...{ kind: 'burning', slo: 's', rate: 10, before: 1, spentShare: 0.1, severity },
  });
  const calm: Burn = { kind: 'calm', slo: 's', rate: 0.4, before: 0.4 };
  const light = { importance: { share: 0.2, by: 'association' } } as const;
  const deployed = { kind: 'deployment', version: 'v2', atMs: 0, note: '' } as const;
  const base: ImpactInput = {
    ceiling: 'page',
    evidence: 'page',
    effect: 0.4,
    limit: 0.2,
    importance: { share: 1, by: 'declared' },
    harm: { kind: 'unknown', because: 'no_labels' },
    burn: noSlo,
    expected: undefined,
  };
  it.each([
    [{}, 'page', 'weighty'],
    [{ importance: { share: 0.2, by: 'association' } }, 'ticket', 'light'],
    [{ importance: { share: 0.2, by: 'association' }, ceiling: 'ticket' }, 'log', 'light'],
    [{ harm: none }, 'log', 'harmless'],
    [{ harm: seen, importance: { share: 0.01, by: 'declared' } }, 'page', 'harmful'],
    [{ evidence: 'ticket' }, 'ticket', 'evidence_for_a_ticket'],
    [{ expected: deployed }, 'ticket', 'expected'],
    [{ expected: deployed, harm: seen }, 'page', 'harmful'],
    [{ expected: { kind: 'season', everyMs: DAY_MS } }, 'log', 'expected'],
    [{ expected: { kind: 'announced', reason: 'r', fromMs: 0, toMs: 1 }, harm: seen }, 'log', 'expected'],
    [{ harm: seen, ceiling: 'ticket' }, 'ticket', 'harmful'],
    [{ burn: burning('page') }, 'page', 'burning'],
    [{ burn: burning('page'), harm: none }, 'page', 'burning'],
    [{ burn: burning('page'), expected: deployed }, 'page', 'burning'],
    [{ burn: burning('page'), ...light }, 'ticket', 'burning'],
    [{ burn: burning('ticket') }, 'ticket', 'burning'],
    [{ burn: burning('page'), ceiling: 'ticket' }, 'ticket', 'burning'],
    [{ burn: calm }, 'ticket', 'budget_calm'],
    [{ burn: calm, ...light }, 'log', 'budget_calm'],
    [{ burn: calm, harm: seen }, 'page', 'harmful'],
  ] as const)('%j: %s, %s', (over, severity, reason) =>
    expect(impactOf({ ...base, ...over })).toMatchObject({ severity, reason }),
  );
});

describe('what was planned', () => {
  const window = { startMs: 10 * HOUR_MS, endMs: 20 * HOUR_MS };
  const change = (from: number, to: number, features: 'all' | string[] = 'all') => ({
    ...{ from: from * HOUR_MS, to: to * HOUR_MS, reason: 'price list', features },
  });
  const v2 = { version: 'v2', atMs: 12 * HOUR_MS, note: '' };
  it.each([
    ['a change in the window', [change(19, 30)], [], 'price', null, 'announced'],
    ['one before it, where the drift began', [change(1, 5)], [], 'price', 4, 'announced'],
    ['one of another feature', [change(19, 30, ['age'])], [], 'price', null, undefined],
    ['one that is over', [change(1, 5)], [], 'price', 6, undefined],
    ['a deployment at the onset', [], [v2], 'price', 12.9, 'deployment'],
    ['a deployment hours before', [], [v2], 'price', 14, undefined],
    ['a deployment, and no onset', [], [v2], 'price', null, undefined],
  ] as const)('%s', (_, changes, deployments, feature, beganHour, kind) => {
    const beganMs = beganHour === null ? null : beganHour * HOUR_MS;
    const plans = {
      changes: changes.map((one) => ({ ...one, features: one.features as 'all' })),
      deployments,
    };
    expect(plannedFor(plans, { feature, window, beganMs })?.kind).toBe(kind);
  });
});

describe('a drift that stands', () => {
  // Half and half against ½ + d and ½ − d is a PSI of d · ln((½ + d)/(½ − d)).
  const coins = (heads: number, n: number) => ({
    ...emptySummary('coin'),
    categories: new Map([
      ['heads', heads],
      ['tails', n - heads],
    ]),
  });
  const spec = monitor({ limit: 0.2 });
  const at = (share: number, isStanding: boolean) => {
    const seen = lookOf(inputOf(spec, coins(5_000, 10_000), coins(share * 10_000, 10_000)));
    return decideDrift(seen.input, seen.look, { alpha: 1e-4, isStanding }, () => null).verdict;
  };
  it('begins over the limit and ends under four fifths of it', () => {
    // PSI 0.218, 0.180 and 0.152.
    expect([at(0.725, false), at(0.706, false), at(0.69, false)]).toEqual(['drift', 'ok', 'ok']);
    expect([at(0.725, true), at(0.706, true), at(0.69, true)]).toEqual(['drift', 'drift', 'ok']);
  });
});
