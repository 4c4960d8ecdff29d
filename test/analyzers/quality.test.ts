import { describe, expect, it } from 'vitest';
import { type Asked, countedDraft, toldDraft } from '../../analyzers/quality/check.ts';
import { evaluateQuality } from '../../analyzers/quality/evaluate.ts';
import { presence } from '../../analyzers/quality/feature-checks.ts';
import { arrival, copies, neverSeen } from '../../analyzers/quality/sending.ts';
import { type VolumeInput, volume } from '../../analyzers/quality/volume.ts';
import { qualityMonitorSpec } from '../../model/documents/monitor/quality.ts';
import { featureSpec } from '../../model/documents/system.ts';
import { emptySummary, type FeatureSummary, mergeSummaries } from '../../model/feature-summary.ts';
import { binKey } from '../../model/numeric-bins.ts';
import { seededRandom } from '../../model/seeded-random.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 2, 2);
const spec = qualityMonitorSpec.parse({ kind: 'quality', system: 's', window: '1h', minimumN: 100 });
const asked: Asked = { spec, window: { startMs: T0, endMs: T0 + HOUR } };

const numeric = (values: readonly number[], feature = 'heat'): FeatureSummary => {
  const bins = new Map<number, number>();
  for (const value of values) {
    const key = binKey(value) ?? Number.NaN;
    bins.set(key, (bins.get(key) ?? 0) + 1);
  }
  return { ...emptySummary(feature), bins, min: Math.min(...values), max: Math.max(...values) };
};
const categorical = (counts: Record<string, number>, feature = 'colour'): FeatureSummary => ({
  ...emptySummary(feature),
  categories: new Map(Object.entries(counts)),
});
const uniform = (from: number, to: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => from + ((i + 0.5) * (to - from)) / n);
const find = (
  statistic: string,
  current: FeatureSummary,
  reference: FeatureSummary | undefined,
  feature?: object,
) =>
  evaluateQuality({
    ...asked,
    current,
    reference,
    feature: feature ? featureSpec.parse(feature) : undefined,
  }).find((draft) => draft.statistic === statistic);

describe('a feature', () => {
  it('that stopped moving is said to be stuck, with its value and what to do; one that always stood still is not', () => {
    const frozen = numeric(Array.from({ length: 200 }, () => 42));
    expect(find('stuck_share', frozen, numeric(uniform(0, 100, 1_000)))).toMatchObject({
      verdict: 'breach',
      value: 1,
      onsetMs: T0,
      evidence: { value: '42' },
    });
    expect(find('stuck_share', frozen, numeric(uniform(0, 100, 1_000)))?.sentence).toMatch(
      /^heat: it stopped moving: each of its 200 values is 42, .* Since 2 Mar 00:00\. Look /,
    );
    expect(find('stuck_share', frozen, frozen)?.verdict).toBe('ok');
    // 200 values that are all what 97 of 100 were: 0.97^200 = 0.0023, which happens.
    expect(find('stuck_share', categorical({ red: 200 }), categorical({ red: 970, blue: 30 }))?.verdict).toBe(
      'ok',
    );
    expect(
      find('stuck_share', categorical({ red: 2_000 }), categorical({ red: 970, blue: 30 }))?.verdict,
    ).toBe('breach');
  });

  it('whose categories come no more is told with their share, unless chance would do it', () => {
    const before = categorical({ red: 500, blue: 480, rare: 20 });
    expect(find('vanished_category_share', categorical({ red: 500, rare: 5 }), before)).toMatchObject({
      verdict: 'breach',
      value: 0.48,
      evidence: { categories: ['blue'] },
    });
    // 2 % of 150: (1 - 0.02)^150 = 0.048.
    expect(find('vanished_category_share', categorical({ red: 80, blue: 70 }), before)?.verdict).toBe('ok');
    // Blue stayed away for one of four pieces of the reference, as it does now: it comes in spells.
    const spells = [160, 160, 160, 0].map((blue) => categorical({ red: 250 - blue, blue }));
    const now = categorical({ red: 500, rare: 5 });
    const verdictAfter = (referenceParts: readonly FeatureSummary[]) =>
      evaluateQuality({ ...asked, current: now, reference: before, feature: undefined, referenceParts }).find(
        ({ statistic }) => statistic === 'vanished_category_share',
      )?.verdict;
    expect(verdictAfter(spells)).toBe('ok');
    expect(verdictAfter(spells.slice(0, 3))).toBe('breach');
    // What is only counted may hold it.
    expect(
      find('vanished_category_share', categorical({ red: 500, '\u0000other': 500 }), before)?.verdict,
    ).toBe('ok');
  });

  describe('whose values come in spells', () => {
    const HOURS = 7 * 24;
    const PER_HOUR = 500;
    /** A value that is drawn anew with the chance 1 / (mean spell length in rows), else the one before: a chain of known rate. */
    const spells = (
      seed: number,
      meanRows: number,
      draw: (random: () => number) => string,
      pieces = 2 * HOURS,
      perPiece = PER_HOUR,
    ): readonly FeatureSummary[] => {
      const random = seededRandom(seed);
      let value = draw(random);
      return Array.from({ length: pieces }, () => {
        const counts: Record<string, number> = {};
        for (let i = 0; i < perPiece; i += 1) {
          if (random() < 1 / meanRows) value = draw(random);
          counts[value] = (counts[value] ?? 0) + 1;
        }
        return categorical(counts);
      });
    };
    /** A week as the reference, the next hour by hour: how many of its windows are told. */
    const told = (
      statistic: string,
      hours: readonly FeatureSummary[],
      change = (one: FeatureSummary) => one,
    ) => {
      const referenceParts = hours.slice(0, HOURS);
      const reference = mergeSummaries('colour', referenceParts);
      return hours.slice(HOURS).filter((hour) =>
        evaluateQuality({
          ...asked,
          current: change(hour),
          reference,
          feature: undefined,
          referenceParts,
        }).some((draft) => draft.statistic === statistic && draft.verdict === 'breach'),
      ).length;
    };
    const oneOf = (names: readonly string[]) => (random: () => number) =>
      names[Math.floor(random() * names.length)] ?? '';
    /** An eighth of all rows are blue, in whatever spells. */
    const rareBlue = (random: () => number) =>
      random() < 1 / 8 ? 'blue' : random() < 1 / 2 ? 'red' : 'green';
    const frozen = () => categorical({ red: PER_HOUR });

    it.each([1, 50, 500, 2_000, 6_000])('of %i rows are neither stuck nor gone', (meanRows) => {
      for (const seed of [1, 2, 3]) {
        expect(told('stuck_share', spells(seed, meanRows, oneOf(['red', 'green', 'blue'])))).toBe(0);
        expect(told('vanished_category_share', spells(seed, meanRows, rareBlue))).toBe(0);
      }
    });

    it('are stuck and gone where rows, or short spells, would not do that', () => {
      for (const meanRows of [1, 4]) {
        const hours = spells(4, meanRows, oneOf(['red', 'green', 'blue']));
        expect(told('stuck_share', hours, frozen)).toBe(HOURS);
        expect(told('vanished_category_share', hours, frozen)).toBe(HOURS);
      }
    });

    it('are told after hours of reference too where rows would not do that, and not where spells do', () => {
      // Four hours of two rows a minute, in minutes; then a window of an hour.
      const toldAfter = (
        seed: number,
        meanRows: number,
        statistic: string,
        change = (one: FeatureSummary) => one,
      ) => {
        const minutes = spells(seed, meanRows, oneOf(['red', 'green', 'blue']), 300, 2);
        const referenceParts = minutes.slice(0, 240);
        return evaluateQuality({
          ...asked,
          current: change(mergeSummaries('colour', minutes.slice(240))),
          reference: mergeSummaries('colour', referenceParts),
          feature: undefined,
          referenceParts,
        }).some((draft) => draft.statistic === statistic && draft.verdict === 'breach');
      };
      const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
      const now = () => categorical({ red: 120 });
      for (const statistic of ['stuck_share', 'vanished_category_share']) {
        // (2/3)^120 = 7e-22 for rows that know nothing of each other.
        expect(seeds.filter((seed) => toldAfter(seed, 1, statistic, now))).toEqual(seeds);
        // With spells of 20 rows a colour is missing from (2/3)(1 − 1/60)^119 = 9 % of such windows, and nothing broke.
        for (const meanRows of [5, 20, 40])
          expect(seeds.filter((seed) => toldAfter(seed, meanRows, statistic))).toEqual([]);
      }
    });

    it('or that some callers bring in bursts are not gone between two of them', () => {
      const random = seededRandom(6);
      let brings = true;
      const pieces = Array.from({ length: 2 * HOURS }, () => {
        let brought = 0;
        // Bursts and pauses of 1,000 decisions each, two hours on average.
        for (let i = 0; i < PER_HOUR; i += 1) {
          if (random() < 1 / 1_000) brings = !brings;
          if (brings) brought += 1;
        }
        return { brought, all: PER_HOUR };
      });
      const reference = pieces.slice(0, HOURS);
      const brought = reference.reduce((sum, piece) => sum + piece.brought, 0);
      const verdicts = (parts: readonly { readonly brought: number; readonly all: number }[]) =>
        presence({
          ...asked,
          current: emptySummary('heat'),
          reference: categorical({ yes: brought }, 'heat'),
          feature: undefined,
          decisions: PER_HOUR,
          referenceDecisions: HOURS * PER_HOUR,
          pieces: parts,
        })?.verdict;
      expect(pieces.slice(HOURS).some((piece) => piece.brought === 0)).toBe(true);
      expect(verdicts(reference)).toBeUndefined();
      expect(verdicts(reference.map(({ all }) => ({ brought: brought / HOURS, all })))).toBe('breach');
    });
  });

  it('that comes as another type is told, against what is declared or what was', () => {
    const mixed = { ...numeric(uniform(0, 1, 900)), categories: new Map([['n/a', 100]]) };
    expect(find('type_change_share', mixed, numeric(uniform(0, 1, 1_000)))).toMatchObject({
      verdict: 'breach',
      value: 0.1,
      n: 1_000,
    });
    expect(find('type_change_share', mixed, undefined, { type: 'categorical' })).toMatchObject({
      value: 0.9,
    });
    expect(find('type_change_share', mixed, undefined)).toBeUndefined();
  });

  it.each([
    [
      'Fahrenheit where Celsius were',
      (c: number) => (c * 9) / 5 + 32,
      'degrees Fahrenheit where Celsius were',
    ],
    ['kelvins', (c: number) => c + 273.15, 'kelvins where degrees Celsius were'],
  ])('in %s is named as such, and back', (_, change, guess) => {
    const celsius = uniform(-5, 35, 2_000);
    const changed = celsius.map(change);
    const there = find('unit_ratio', numeric(changed), numeric(celsius));
    expect(there).toMatchObject({ verdict: 'breach', evidence: { unitChange: { guess } } });
    const back = find('unit_ratio', numeric(celsius), numeric(changed));
    expect(back?.verdict).toBe('breach');
    expect(back?.sentence).toContain('degrees Celsius where');
    // A warm summer is no other unit.
    expect(find('unit_ratio', numeric(celsius.map((c) => c + 8)), numeric(celsius))?.verdict).toBe('ok');
  });

  it('that is gone, or new, is a change of schema', () => {
    const of = (current: FeatureSummary, reference: FeatureSummary | undefined) =>
      presence({
        ...asked,
        current,
        reference,
        feature: undefined,
        decisions: 1_000,
        referenceDecisions: 5_000,
      });
    expect(of(emptySummary('heat'), numeric(uniform(0, 1, 4_900)))).toMatchObject({
      verdict: 'breach',
      value: 0,
      evidence: { schema: 'gone' },
    });
    expect(of(numeric(uniform(0, 1, 900)), undefined)).toMatchObject({
      verdict: 'breach',
      value: 0.9,
      evidence: { schema: 'new' },
    });
    expect(of(numeric(uniform(0, 1, 900)), numeric(uniform(0, 1, 5_000)))).toBeUndefined();
    // One in a thousand, once in 5,000 decisions: a window may be without it.
    expect(of(emptySummary('heat'), numeric([1]))).toBeUndefined();
  });

  it('with too many values to list is judged by how new the reference was to itself', () => {
    const of = (unseen: number, n = 1_000) =>
      toldDraft(
        asked,
        neverSeen(asked, 'customer', {
          ...{ n, distinct: 800, unseen, referenceDistinct: 9_000 },
          ...{ baselineN: 5_000, baselineUnseen: 1_000, truncated: false },
        }),
      );
    expect(of(210)).toMatchObject({ verdict: 'ok', value: 0.21 });
    expect(of(300)).toMatchObject({ verdict: 'breach', value: 0.3 });
    expect(of(300).sentence).toContain(
      '30 % (300 of 1000) of its values were never seen before, and 20 % is usual',
    );
    expect(of(30, 50).verdict).toBe('not_enough_data');
  });
});

describe('the sending', () => {
  const facts = { decisions: 2_000, repeatedIds: 0, whole: 2_000, copies: 0, future: 0, delayMs: 30_000 };
  it('of copies and late decisions is a breach beyond the limits', () => {
    const copied = (n: number) => countedDraft(asked, copies(asked, { ...facts, copies: n }));
    expect(copied(2).verdict).toBe('ok');
    expect(copied(3)).toMatchObject({ verdict: 'breach', value: 0.0015, subject: '@volume' });
    expect(arrival(asked, facts, undefined)).toBeUndefined();
    expect(arrival(asked, facts, facts)).toMatchObject({ verdict: 'ok', value: 30, limit: 120 });
    expect(arrival(asked, { ...facts, delayMs: 121_000 }, facts)).toMatchObject({ verdict: 'breach' });
    expect(arrival(asked, { ...facts, whole: 0, delayMs: null }, facts)?.verdict).toBe('not_enough_data');
  });
});

/** Poisson by Knuth's product, in pieces so that it does not underflow. */
function poisson(mean: number, random: () => number): number {
  let sum = 0;
  for (let left = mean; left > 0; left -= 30) {
    const stop = Math.exp(-Math.min(30, left));
    let product = random();
    while (product > stop) {
      sum += 1;
      product *= random();
    }
  }
  return sum;
}

describe('volume', () => {
  /** Busy days and quiet nights, weekends at a third, and a growth of 2 % a week. */
  const rate = (hour: number): number => {
    const week = 1 + hour / (168 * 50);
    const weekend = Math.floor(hour / 24) % 7 >= 5 ? 1 / 3 : 1;
    return 100 * week * weekend * (hour % 24 >= 7 && hour % 24 < 20 ? 4 : 1);
  };
  const history = (weeks: number, seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: weeks * 168 }, (_, hour) => poisson(rate(hour), random));
  };
  const ask = (counts: readonly number[], hour: number, more: Partial<VolumeInput> = {}) =>
    volume({
      ...{ limit: 0.5, windowMs: HOUR, stepMs: HOUR, firstEventMs: T0, endMs: T0 + (hour + 1) * HOUR },
      countAt: (endMs) => counts[(endMs - T0) / HOUR - 1] ?? 0,
      ...more,
    });

  it('knows the hour of the week: a weekend and a night are no outage, and a quarter of a Tuesday noon is', () => {
    const counts = history(8, 1);
    const tuesdayNoon = 7 * 168 + 24 + 12;
    for (let hour = 7 * 168; hour < 8 * 168; hour += 1) expect(ask(counts, hour)?.verdict).toBe('ok');
    const broken = counts.with(tuesdayNoon, Math.round((counts[tuesdayNoon] ?? 0) / 4));
    const told = ask(broken, tuesdayNoon);
    expect(told).toMatchObject({ verdict: 'breach', subject: '@volume' });
    expect(told?.value).toBeCloseTo(0.25, 1);
    expect(ask(counts.with(tuesdayNoon, 0), tuesdayNoon)).toMatchObject({ verdict: 'breach', value: 0 });
    expect(ask(counts.with(tuesdayNoon, 1_200), tuesdayNoon)?.verdict).toBe('breach');
  });

  it('leaves its interval about as seldom as it says, under Poisson counts', () => {
    // One in a thousand windows at each of 10 histories × 168 windows: 1.7 expected; 7 or more has chance 0.3 %.
    let beyond = 0;
    for (let seed = 2; seed < 12; seed += 1) {
      const counts = history(8, seed);
      for (let hour = 7 * 168; hour < 8 * 168; hour += 1)
        if (ask(counts, hour, { limit: 1e-9 })?.verdict === 'breach') beyond += 1;
    }
    expect(beyond).toBeLessThan(7);
  });

  it('falls back on days, then on windows, then says what it lacks', () => {
    const counts = history(2, 30);
    expect(ask(counts, 168 + 12)?.evidence).toMatchObject({ season: 'these hours of the day', windows: 7 });
    expect(ask(counts, 30)?.evidence).toMatchObject({ season: 'a window', windows: 24 });
    expect(ask(counts, 5)).toMatchObject({ verdict: 'not_enough_data', value: null });
    expect(ask(counts, 15 * DAY, { firstEventMs: Number.MAX_SAFE_INTEGER })?.verdict).toBe('not_enough_data');
  });
});
