import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenMass, evenWidth, numberLabel } from '../../analyzers/compare/bins.ts';
import type { Facts } from '../../analyzers/compare/facts.ts';
import type { Gathered } from '../../analyzers/compare/gathered.ts';
import { judgeColumns } from '../../analyzers/compare/judge.ts';
import { unitFactor } from '../../analyzers/compare/unit.ts';
import { times } from './support-pure.ts';

/** Mulberry32: seeded, so that a repeat draws the same. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const factsOf = (rows: number, numbers: number): Facts => ({
  rows,
  missing: 0,
  nan: 0,
  infinite: 0,
  numbers,
  times: 0,
  clocked: 0,
  texts: rows - numbers,
  spaced: 0,
  distinct: 500,
  whole: 0,
  low: 0,
  high: 1,
  earliestMs: Number.NaN,
  latestMs: Number.NaN,
});

/** A column whose two sides are drawn from one distribution. */
function unchanged(name: string, n: number, m: number, random: () => number): Gathered {
  const numeric = random() < 0.5;
  const cells = numeric ? 60 : 12;
  // Shares of 1, 1/2, 1/3, …: a few large ones and a tail.
  const weights = times(cells, (i) => (numeric ? 1 : 1 / (i + 1)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const draw = (rows: number): number[] => {
    const counts = new Array<number>(cells).fill(0);
    for (let i = 0; i < rows; i += 1) {
      let at = random() * total;
      let cell = 0;
      while (cell < cells - 1 && at > (weights[cell] ?? 0)) {
        at -= weights[cell] ?? 0;
        cell += 1;
      }
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    return counts;
  };
  const [reference, current] = [draw(n), draw(m)];
  const both = times(cells, (i) => ({ reference: reference[i] ?? 0, current: current[i] ?? 0 }));
  return {
    name,
    kind: numeric ? 'numeric' : 'categorical',
    reference: factsOf(n, numeric ? n : 0),
    current: factsOf(m, numeric ? m : 0),
    because: '',
    numbers: null,
    more: [],
    coverage: null,
    fine: numeric ? both.map((counts, i) => ({ from: i, to: i, ...counts })) : [],
    categories: numeric ? [] : both.map((counts, i) => ({ value: `v${i}`, ...counts })),
  };
}

describe('the family of a report', () => {
  it('raises a false drift in at most 5 % of unchanged files, however few rows and many columns', () => {
    const repeats = 200;
    // Any effect counts here, so that nothing but the p-values holds false alarms back.
    const limits = { alpha: 0.05, limit: 1e-9 };
    let alarms = 0;
    const random = randomFrom(20_261_122);
    for (let i = 0; i < repeats; i += 1) {
      const columns = times(12, (k) => unchanged(`c${k}`, 200, 150, random));
      if (judgeColumns(columns, limits).some(({ verdict }) => verdict === 'drift')) alarms += 1;
    }
    // 2.58 standard errors of 200 draws: one run in 200 would exceed it by luck.
    expect(alarms / repeats).toBeLessThanOrEqual(0.05 + 2.58 * Math.sqrt((0.05 * 0.95) / repeats));
  });
});

const fineBins = fc
  .array(fc.record({ step: fc.integer({ min: 1, max: 50 }), r: fc.nat(200), c: fc.nat(200) }), {
    minLength: 2,
    maxLength: 80,
  })
  .map((steps) => {
    let from = -100;
    return steps.map(({ step, r, c }) => {
      from += step / 4;
      return { from, to: from, reference: r, current: c };
    });
  })
  .filter((bins) => bins.some(({ reference, current }) => reference + current > 0));

describe('bins', () => {
  it('lose no row, whatever the values', () => {
    fc.assert(
      fc.property(fineBins, fc.integer({ min: 2, max: 40 }), (fine, most) => {
        const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
        const [r, c] = [sum(fine.map((bin) => bin.reference)), sum(fine.map((bin) => bin.current))];
        const mass = evenMass(fine, most);
        expect([sum(mass.reference), sum(mass.current)]).toEqual([r, c]);
        expect(mass.reference.length).toBeLessThanOrEqual(most);
        const drawn = evenWidth(fine, most);
        if (drawn.length === 1) return;
        expect(sum(drawn.map((bin) => bin.reference))).toBeCloseTo(r, 6);
        expect(sum(drawn.map((bin) => bin.current))).toBeCloseTo(c, 6);
      }),
    );
  });

  it('of whole numbers have a whole width', () => {
    const fine = times(100, (i) => ({ from: i, to: i, reference: 1, current: 1 }));
    for (const bin of evenWidth(fine, 36)) expect((bin.to ?? 0) - (bin.from ?? 0)).toBe(3);
  });

  it.each([
    [2015, '2015'],
    [68_785, '68,785'],
    [0.00012345, '0.0001235'],
    [1234.5678, '1235'],
    [Number.NaN, 'none'],
  ])('label %d as %s', (value, label) => {
    expect(numberLabel(value)).toBe(label);
  });
});

describe('a factor of units', () => {
  const side = (levels: number[]) => ({ mean: 0, sd: 1, low: 0, high: 1, levels });
  it('is named when every quantile agrees, and not for a shift', () => {
    expect(unitFactor(side([1, 2, 3, 4, 5]), side([100, 200, 300, 400, 500]))?.factor).toBe(100);
    expect(unitFactor(side([10, 20, 30, 40, 50]), side([16.09, 32.2, 48.3, 64.4, 80.5]))?.factor).toBe(
      1.609344,
    );
    expect(unitFactor(side([1, 2, 3, 4, 5]), side([101, 102, 103, 104, 105]))).toBeNull();
    expect(unitFactor(side([0, 0, 0, 1, 2]), side([0, 0, 0, 100, 200]))).toBeNull();
  });
});
