import { describe, expect, it } from 'vitest';
import { systemSpec } from '../../model/documents/system.ts';
import { kindOf } from '../../model/feature-summary.ts';
import { projectId } from '../../model/ids.ts';
import { createProfileStore } from '../../store/clickhouse/profiles.ts';
import { freshClickhouse } from '../support/stores.ts';
import { type DecisionFixture, decisionRow } from './support/rows.ts';

// A Monday.
const T0 = Date.UTC(2026, 2, 2, 12);
const MINUTE = 60_000;
const pool = await freshClickhouse();
const profiles = createProfileStore(pool.analyzers);

/** What the profile of one minute says: the mean of what is numeric, the counts of what is not. */
async function profiled(
  name: string,
  rows: readonly Omit<DecisionFixture, 'project' | 'id'>[],
  features: Record<string, { type: 'timestamp' | 'text' | 'embedding' }> = {},
): Promise<Record<string, unknown>> {
  const project = projectId.parse(name);
  await pool.loader.insertRows(
    'decisions',
    rows.map((row, i) => decisionRow({ project, id: `d${i}`, ...row })),
  );
  const spec = systemSpec.parse({ features });
  const range = { fromMs: T0, toMs: T0 + MINUTE };
  await profiles.profile(project, 'flights', [range], spec, T0);
  const all = await profiles.merged({ project, system: 'flights', ...range });
  return Object.fromEntries(
    all.map((one): [string, unknown] => {
      if (kindOf(one) === 'categorical') return [one.feature, Object.fromEntries(one.categories)];
      const n = [...one.bins.values()].reduce((sum, count) => sum + count, 0);
      return [
        one.feature,
        { n, mean: n > 0 ? Number((one.sum / n).toFixed(9)) : null, missing: one.missing },
      ];
    }),
  );
}
const mean = (value: number, n = 1, missing = 0) => ({ n, mean: Number(value.toFixed(9)), missing });

describe('a profile', () => {
  it('says of a text what can be said in any language, counted by hand', async () => {
    // "Hello, World 42!": 16 characters; Hello, World, 42; 10 letters, 2 of them capitals; a comma and an exclamation mark.
    expect(await profiled('latin', [{ timeMs: T0, text: { c: 'Hello, World 42!' } }])).toEqual({
      '@value': { go: 1 },
      'c:chars': mean(16),
      'c:tokens': mean(3),
      'c:token_length': mean(4),
      'c:letters': mean(10 / 16),
      'c:digits': mean(2 / 16),
      'c:punctuation': mean(2 / 16),
      'c:upper': mean(2 / 10),
      'c:non_ascii': mean(0),
      'c:script': { Latin: 1 },
    });
    // «Зал № 7», да: guillemets and the comma are punctuation, № is a symbol.
    expect(await profiled('cyrillic', [{ timeMs: T0, text: { c: '«Зал № 7», да' } }])).toMatchObject({
      'c:chars': mean(13),
      'c:tokens': mean(3),
      'c:letters': mean(5 / 13),
      'c:digits': mean(1 / 13),
      'c:punctuation': mean(3 / 13),
      'c:upper': mean(1 / 5),
      'c:non_ascii': mean(8 / 13),
      'c:script': { Cyrillic: 1 },
    });
    expect(
      await profiled('scripts', [
        { timeMs: T0, text: { c: '列車が遅れたのに何もない' } },
        { timeMs: T0 + 1, text: { c: '火车晚点了。' } },
        { timeMs: T0 + 2, text: { c: '기차가 늦었다' } },
        { timeMs: T0 + 3, text: { c: 'القطار متأخر' } },
        { timeMs: T0 + 4, text: { c: '12.50' } },
      ]),
    ).toMatchObject({ 'c:script': { Kana: 1, Han: 1, Hangul: 1, Arabic: 1, none: 1 } });
  });

  it('counts the missing of a text or embedding beside those that are there, and an empty text as a length of zero', async () => {
    expect(
      await profiled('gaps', [
        { timeMs: T0, text: { c: 'abcd' }, embedding: { e: [3, 4] } },
        { timeMs: T0 + 1, missing: ['c', 'e'] },
        { timeMs: T0 + 2, text: { c: '' } },
      ]),
    ).toMatchObject({
      'c:chars': { n: 2, mean: 2, missing: 1 },
      'c:letters': { n: 1, mean: 1, missing: 0 },
      'e:norm': { n: 1, mean: 5, missing: 1 },
      'e:dimension': { 2: 1 },
    });
  });

  it('says of a declared timestamp its age, hour, weekday and gaps, whatever its unit, and nothing of its value', async () => {
    const hourAgo = T0 - 3_600_000;
    const seen = await profiled(
      'stamps',
      [
        { timeMs: T0, num: { at: hourAgo } },
        { timeMs: T0 + 1_000, num: { at: hourAgo / 1_000 } },
        { timeMs: T0 + 2_000, num: { at: (hourAgo + 10_000) * 1_000 } },
        { timeMs: T0 + 3_000, cat: { at: '2026-03-01T11:00:13Z' } },
        { timeMs: T0 + 4_000, cat: { at: 'soon' } },
        { timeMs: T0 + 5_000, missing: ['at'] },
        { timeMs: T0 + 6_000, num: { at: -5 } },
        { timeMs: T0 + 7_000, num: { other: 1 } },
      ],
      { at: { type: 'timestamp' } },
    );
    expect(seen).toMatchObject({
      // 3600, 3601, 3592 and a day more than 3590.
      'at:age_s': { n: 4, mean: (3_600 + 3_601 + 3_592 + 86_400 + 3_590) / 4, missing: 3 },
      'at:hour': { 11: 4 },
      'at:weekday': { Mon: 3, Sun: 1 },
      // 0, 10 and back by a day less three seconds.
      'at:gap_s': { n: 3, mean: Number(((0 + 10 - 86_397) / 3).toFixed(9)) },
    });
    expect(seen).not.toHaveProperty('at');
    expect(seen).toHaveProperty('other');
  });

  it('watches what was decided, the score and the confidence', async () => {
    expect(
      await profiled('predictions', [
        { timeMs: T0, value: 'go', score: 0.5, confidence: 0.75 },
        { timeMs: T0 + 1, value: 'hold' },
      ]),
    ).toEqual({
      '@value': { go: 1, hold: 1 },
      '@score': mean(0.5),
      '@confidence': mean(0.75),
    });
  });
});
