import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateDrift } from '../../analyzers/drift/evaluate.ts';
import { driftOnset } from '../../analyzers/drift/onset.ts';
import { unitChange } from '../../analyzers/drift/unit-change.ts';
import { evaluateQuality } from '../../analyzers/quality/evaluate.ts';
import { categoryGroups, drawingBins, quantileGroups } from '../../model/distribution.ts';
import { monitorSpec } from '../../model/documents/monitor.ts';
import { featureSpec } from '../../model/documents/system.ts';
import { emptySummary, type FeatureSummary, mergeSummaries } from '../../model/feature-summary.ts';
import { binEdges, binKey, quantileOf, totalOf } from '../../model/numeric-bins.ts';

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 2, 1);

const numeric = (values: readonly number[], feature = 'distance'): FeatureSummary => {
  const bins = new Map<number, number>();
  for (const value of values) {
    const key = binKey(value) ?? Number.NaN;
    bins.set(key, (bins.get(key) ?? 0) + 1);
  }
  return { ...emptySummary(feature), bins, min: Math.min(...values), max: Math.max(...values) };
};
const categorical = (counts: Record<string, number>): FeatureSummary => ({
  ...emptySummary('colour'),
  categories: new Map(Object.entries(counts)),
});
/** Evenly spread from `from` to `to`. */
const uniform = (from: number, to: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => from + ((i + 0.5) * (to - from)) / n);

const drift = (more: Record<string, unknown> = {}) => {
  const spec = monitorSpec.parse({
    kind: 'drift',
    system: 's',
    window: '1h',
    reference: { kind: 'first', length: '1d' },
    ...more,
  });
  if (spec.kind !== 'drift') throw new Error('not a drift monitor');
  return spec;
};
const window = { startMs: T0, endMs: T0 + HOUR };
const evaluate = (reference: FeatureSummary, current: FeatureSummary, more: Record<string, unknown> = {}) =>
  evaluateDrift({
    spec: drift(more),
    window,
    modelVersion: '',
    segment: '',
    alpha: 0.001,
    current,
    reference: { kind: 'ready', window, summary: reference },
    onset: () => T0,
  });

describe('logarithmic bins', () => {
  it('hold every number between their edges, within 2 %', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), (value) => {
        const key = binKey(value) ?? Number.NaN;
        const { from, to } = binEdges(key);
        const slack = Math.abs(value) * 1e-9;
        expect(value).toBeGreaterThanOrEqual(from - slack);
        expect(value).toBeLessThanOrEqual(to + slack);
        if (Math.abs(value) > 1e-8) expect(Math.abs(to - from)).toBeLessThanOrEqual(Math.abs(value) * 0.0201);
      }),
    );
    expect(binKey(Number.NaN)).toBeUndefined();
    expect(binKey(Number.POSITIVE_INFINITY)).toBeUndefined();
  });

  it('know quantiles to their width', () => {
    const summary = numeric(uniform(0, 1_000, 10_000));
    for (const q of [0.1, 0.5, 0.9]) {
      const found = quantileOf(summary.bins, q) ?? Number.NaN;
      expect(Math.abs(found / (1_000 * q) - 1)).toBeLessThan(0.01);
    }
  });

  it('merge in any order to the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 })),
        (parts) => {
          const summaries = parts.map((values) => numeric(values));
          const whole = mergeSummaries('distance', summaries);
          expect(new Map(whole.bins)).toEqual(
            new Map(mergeSummaries('distance', summaries.toReversed()).bins),
          );
          expect(totalOf(whole.bins)).toBe(parts.flat().length);
        },
      ),
    );
  });
});

describe('groups', () => {
  it('hold about a tenth of the reference each, and all counts of both sides', () => {
    const reference = numeric(uniform(100, 1_000, 5_000)).bins;
    const current = numeric(uniform(500, 3_000, 700)).bins;
    const groups = quantileGroups(reference, current, 10);
    expect(groups.length).toBe(10);
    for (const group of groups) expect(Math.abs(group.reference / 5_000 - 0.1)).toBeLessThan(0.03);
    expect(groups.reduce((sum, group) => sum + group.reference, 0)).toBe(5_000);
    expect(groups.reduce((sum, group) => sum + group.current, 0)).toBe(700);
  });

  it('keep a constant apart, so that it is seen to move', () => {
    const groups = quantileGroups(new Map([[0, 500]]), new Map([[40, 500]]), 10);
    expect(groups.map(({ reference, current, isNew }) => ({ reference, current, isNew }))).toEqual([
      { reference: 500, current: 0, isNew: false },
      { reference: 0, current: 500, isNew: true },
    ]);
  });

  it('draw on equal widths without losing a value', () => {
    const bins = drawingBins(numeric(uniform(0, 100, 1_000)).bins, numeric(uniform(50, 150, 400)).bins, 20);
    expect(bins.length).toBe(20);
    expect(bins.reduce((sum, bin) => sum + bin.reference, 0)).toBeCloseTo(1_000, 6);
    expect(bins.reduce((sum, bin) => sum + bin.current, 0)).toBeCloseTo(400, 6);
  });

  it('put rare categories together', () => {
    const groups = categoryGroups(
      new Map([
        ['a', 9],
        ['b', 5],
        ['c', 1],
      ]),
      new Map([
        ['a', 1],
        ['d', 1],
      ]),
      2,
    );
    expect(groups.map((group) => [group.label, group.reference, group.current])).toEqual([
      ['a', 9, 1],
      ['b', 5, 0],
      ['other', 1, 1],
    ]);
  });
});

describe('drift', () => {
  it('measures the PSI of two coins in closed form', () => {
    // 50:50 against 75:25: (¼)·ln(1.5) + (−¼)·ln(0.5) = ¼ · ln 3.
    const draft = evaluate(categorical({ a: 500, b: 500 }), categorical({ a: 750, b: 250 }));
    expect(draft).toMatchObject({
      verdict: 'drift',
      statistic: 'psi',
      n: 1_000,
      nReference: 1_000,
      onsetMs: T0,
    });
    expect(draft.value).toBeCloseTo(Math.log(3) / 4, 12);
  });

  it('is ok on the limit and drift above it', () => {
    const limit =
      evaluate(categorical({ a: 500, b: 500 }), categorical({ a: 750, b: 250 })).value ?? Number.NaN;
    const at = (value: number) =>
      evaluate(categorical({ a: 500, b: 500 }), categorical({ a: 750, b: 250 }), { limit: value }).verdict;
    expect(at(limit)).toBe('ok');
    expect(at(limit * (1 - 1e-9))).toBe('drift');
  });

  it('gives the Kolmogorov-Smirnov distance with the bins own error', () => {
    // Uniform on [100, 200] against [150, 250]: D = 0.5.
    const draft = evaluate(numeric(uniform(100, 200, 2_000)), numeric(uniform(150, 250, 2_000)), {
      statistic: 'ks',
      limit: 0.1,
    });
    const bound = Number(draft.evidence['errorBound']);
    expect(Math.abs((draft.value ?? Number.NaN) - 0.5)).toBeLessThanOrEqual(bound);
    expect(bound).toBeLessThan(0.05);
    expect(evaluate(categorical({ a: 500 }), categorical({ a: 500 }), { statistic: 'ks' }).verdict).toBe(
      'blind',
    );
  });

  it('has a verdict for each way of not knowing', () => {
    const many = numeric(uniform(1, 2, 500));
    const few = numeric(uniform(1, 2, 20));
    expect(evaluate(many, few)).toMatchObject({ verdict: 'not_enough_data', n: 20, value: null });
    expect(evaluate(few, many)).toMatchObject({ verdict: 'not_enough_data', nReference: 20 });
    expect(evaluate(many, emptySummary('distance')).verdict).toBe('not_enough_data');
    const blind = evaluateDrift({
      spec: drift(),
      window,
      modelVersion: '',
      segment: '',
      alpha: 0.001,
      current: many,
      reference: { kind: 'absent', because: 'no reference' },
      onset: () => null,
    });
    expect(blind).toMatchObject({ verdict: 'blind', value: null, sentence: 'distance: no reference.' });
  });

  it('does not call sampling noise drift, however low the limit', () => {
    // 20 categories, 200 of one distribution against 200 of the same: E[PSI] = 19 · (1/200 + 1/200) = 0.19.
    const even = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`c${i}`, 10]));
    const uneven = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`c${i}`, i % 2 === 0 ? 13 : 7]));
    const draft = evaluate(categorical(even), categorical(uneven), { limit: 0.05 });
    expect(draft.value).toBeGreaterThan(0.05);
    expect(draft.verdict).toBe('not_enough_data');
  });

  it('finds the slot in which a feature moved', () => {
    const slots = Array.from({ length: 48 }, (_, i) => ({
      ...numeric(i < 30 ? uniform(100, 200, 25) : uniform(130, 260, 25)),
      startMs: T0 + i * HOUR,
    }));
    expect(driftOnset(numeric(uniform(100, 200, 1_000)), slots, 'numeric')).toBe(T0 + 30 * HOUR);
    const colours = slots.map((slot, i) => ({
      ...categorical({ a: i < 12 ? 10 : 5, b: 5, c: i < 12 ? 0 : 5 }),
      startMs: slot.startMs,
    }));
    expect(driftOnset(categorical({ a: 200, b: 100 }), colours, 'categorical')).toBe(T0 + 12 * HOUR);
  });
});

describe('a change of unit', () => {
  it.each([
    [1.609344, 'kilometres where miles were'],
    [1 / 1.609344, 'miles where kilometres were'],
    [100, 'percent or cents where shares or whole units were'],
    [0.001, 'units where thousandths were'],
  ])('by %d is named', (factor, guess) => {
    const before = uniform(50, 2_500, 2_000);
    const after = before.map((value) => value * factor);
    expect(unitChange(numeric(before).bins, numeric(after).bins)?.guess).toBe(guess);
  });

  it('is not seen in a change that only moves the middle', () => {
    const before = numeric(uniform(100, 200, 2_000)).bins;
    expect(unitChange(before, numeric(uniform(220, 260, 2_000)).bins)).toBeUndefined();
    expect(unitChange(before, before)).toBeUndefined();
    expect(unitChange(new Map([[0, 10]]), before)).toBeUndefined();
  });
});

describe('quality', () => {
  const spec = monitorSpec.parse({ kind: 'quality', system: 's', window: '1h', minimumN: 100 });
  if (spec.kind !== 'quality') throw new Error('not a quality monitor');
  const check = (current: FeatureSummary, feature?: Record<string, unknown>, reference?: FeatureSummary) =>
    evaluateQuality({
      spec,
      window,
      current,
      feature: feature ? featureSpec.parse(feature) : undefined,
      reference,
    });

  it('counts missing against all that were asked for, strictly above the limit', () => {
    const at = (missing: number) =>
      check({ ...numeric(uniform(1, 2, 1_000 - missing)), missing }).find(
        (d) => d.statistic === 'null_share',
      );
    expect(at(50)).toMatchObject({ verdict: 'ok', value: 0.05, n: 1_000 });
    expect(at(51)).toMatchObject({ verdict: 'breach', value: 0.051 });
    expect(check(emptySummary('x'))).toMatchObject([{ verdict: 'not_enough_data', value: null }]);
  });

  it('counts what lies outside the range, zero and negatives exactly', () => {
    const values = [...uniform(1, 99, 960), ...uniform(110, 200, 20), ...uniform(-5, -1, 20)];
    const [, range] = check(numeric(values), { range: [0, 100] });
    expect(range).toMatchObject({
      statistic: 'out_of_range_share',
      verdict: 'breach',
      value: 0.04,
      n: 1_000,
    });
    expect(range?.evidence).toMatchObject({ below: 20, above: 20, min: Math.min(...values) });
    const [, inside] = check(numeric([...uniform(1, 99, 200), 0, 100]), { range: [0, 100] });
    expect(inside).toMatchObject({ verdict: 'ok', value: 0 });
  });

  it('names new categories, and keeps silent where it cannot know them', () => {
    const current = categorical({ red: 950, teal: 50 });
    const [, fresh] = check(current, { allowed: ['red', 'blue'] });
    expect(fresh).toMatchObject({ statistic: 'new_category_share', verdict: 'breach', value: 0.05 });
    expect(fresh?.sentence).toContain('teal');
    expect(check(current, undefined, categorical({ red: 5, '\u0000other': 1 }))).toHaveLength(1);
    expect(check(current)).toHaveLength(1);
  });

  it('calls another unit a breach', () => {
    const before = uniform(100, 2_000, 1_000);
    const drafts = check(numeric(before.map((v) => v * 1.609344)), undefined, numeric(before));
    expect(drafts.at(-1)).toMatchObject({ statistic: 'unit_ratio', verdict: 'breach' });
    expect(drafts.at(-1)?.sentence).toContain('kilometres where miles were');
  });
});
