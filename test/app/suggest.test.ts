import { describe, expect, it } from 'vitest';
import { document } from '../../model/documents/document.ts';
import { emptySummary, type FeatureSummary } from '../../model/feature-summary.ts';
import { systemName } from '../../model/ids.ts';
import { suggestMonitors } from '../../model/monitor-suggest.ts';
import { DAY_MS } from '../../model/time.ts';

const categorical = (feature: string, n: number): FeatureSummary => ({
  ...emptySummary(feature),
  categories: new Map([['a', n]]),
});
const numeric = (feature: string, n: number): FeatureSummary => ({
  ...emptySummary(feature),
  bins: new Map([[1, n]]),
});
const suggest = (days: number, summaries: readonly FeatureSummary[]) =>
  suggestMonitors({ system: systemName.parse('Credit Risk'), summaries, fromMs: 0, toMs: days * DAY_MS });

describe('suggested monitors', () => {
  it('can be applied as they are', () => {
    const { documents } = suggest(28, [
      categorical('@value', 28 * 24 * 3_000),
      numeric('a', 9),
      numeric('b', 9),
    ]);
    expect(documents.map((one) => document.parse(one).metadata.name)).toEqual([
      'credit-risk-quality',
      'credit-risk-drift',
      'credit-risk-together',
    ]);
  });

  it('have a window that fills, and the same hours of the week where there are weeks', () => {
    // 3,000 an hour fill an hour; four weeks have four Mondays.
    const [busy] = suggest(28, [categorical('@value', 28 * 24 * 3_000)]).documents;
    expect(busy?.spec).toMatchObject({
      window: '1h',
      reference: { kind: 'seasonal', weeks: 4 },
      severity: 'ticket',
    });
    // 100 an hour fill 2,000 in 20 hours: a day.
    const [calm] = suggest(10, [categorical('@value', 10 * 24 * 100)]).documents;
    expect(calm?.spec).toMatchObject({ window: '1d', reference: { kind: 'first', length: '28d' } });
  });

  it('look at features together only where there are some, a text being enough', () => {
    const names = (more: readonly FeatureSummary[]) =>
      suggest(28, [categorical('@value', 90_000), ...more]).documents.map(({ metadata }) => metadata.name);
    expect(names([numeric('a', 9)])).not.toContain('credit-risk-together');
    expect(names([numeric('note:chars', 9)])).toContain('credit-risk-together');
  });

  it('are none from a handful of decisions, with the reason', () => {
    expect(suggest(28, [categorical('@value', 12)])).toEqual({
      documents: [],
      reasons: ['12 decisions of Credit Risk in that stretch; 200 are asked for.'],
    });
  });
});
