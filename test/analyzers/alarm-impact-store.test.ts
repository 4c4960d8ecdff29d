import { beforeAll, describe, expect, it } from 'vitest';
import { projectId } from '../../model/ids.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { createImpactStore } from '../../store/clickhouse/impact.ts';
import { freshClickhouse } from '../support/stores.ts';
import { decisionRow, outcomeRow } from './support/rows.ts';
import { DAY, HOUR, MINUTE } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 2);
const project = projectId.parse('impact');
const pool = await freshClickhouse();
const impact = createImpactStore(pool.analyzers);
const query = { project, system: 'loans', range: { fromMs: T0, toMs: T0 + DAY } };
const SPEC = { correct: { grant: ['paid'], refuse: ['lost'] }, deferred: ['refer'] };

beforeAll(async () => {
  const random = seededRandom(9);
  // 1,200 decisions: a sixth is referred, every tenth of the rest is never known, every fourth known one is wrong.
  const decisions = Array.from({ length: 1_200 }, (_, i) => {
    const kind = i % 3;
    return decisionRow({
      ...{ project, system: 'loans', id: `d${i}`, timeMs: T0 + i * MINUTE, version: i % 2 ? 'v2' : 'v1' },
      value: i % 6 === 0 ? 'refer' : 'grant',
      score: kind / 2,
      num: { decides: 10 ** kind, idle: 1 + 1_000 * random() },
      cat: { also: `k${kind}` },
      segments: { channel: i % 4 === 0 ? 'web' : 'desk' },
    });
  });
  await pool.loader.insertRows('decisions', [...decisions, ...decisions.slice(0, 50)]);
  const outcomes = Array.from({ length: 1_200 }, (_, i) => i)
    .filter((i) => i % 10 !== 9)
    .map((i) =>
      outcomeRow({
        ...{ project, system: 'loans', id: `d${i}`, timeMs: T0 + i * MINUTE + HOUR },
        value: i % 4 === 1 ? 'lost' : 'paid',
      }),
    );
  await pool.loader.insertRows('outcomes', outcomes);
});

describe('what a drift is weighed with', () => {
  it('decisions of a stretch and what became of them, each once', async () => {
    // Not referred: 1,000. Of those every i ≡ 9 (mod 10) is unknown: 120 of 1,200, none referred but those ≡ 9 (mod 30)… all odd, so none.
    const known = Array.from({ length: 1_200 }, (_, i) => i).filter((i) => i % 6 !== 0 && i % 10 !== 9);
    const wrong = known.filter((i) => i % 4 === 1);
    expect(await impact.judged({ ...query, knownBeforeMs: T0 + 2 * DAY }, SPEC)).toEqual({
      ...{ decisions: 1_000, judged: known.length, wrong: wrong.length },
    });
  });

  it('as far as it was known then, of one version, of one segment', async () => {
    const early = await impact.judged({ ...query, knownBeforeMs: T0 + HOUR }, SPEC);
    expect(early).toEqual({ decisions: 1_000, judged: 0, wrong: 0 });
    const of = (more: object) => impact.judged({ ...query, ...more, knownBeforeMs: T0 + 2 * DAY }, SPEC);
    // Odd ones are v2, and none of them is referred.
    expect(await of({ modelVersion: 'v2' })).toMatchObject({ decisions: 600 });
    // Every fourth is web; every twelfth of all is referred among them.
    expect(await of({ segment: 'channel=web' })).toMatchObject({ decisions: 200 });
  });

  it('how much of the score goes with each feature', async () => {
    const found = await impact.associations(query, 10_000);
    expect([...found.keys()]).toEqual(['also', 'decides', 'idle']);
    expect(found.get('decides')).toBeCloseTo(1, 9);
    expect(found.get('also')).toBeCloseTo(1, 9);
    // ε² of what has nothing to do with it is 0 on average, with a spread of about √(2 · groups) / n.
    expect(found.get('idle')).toBeLessThan(0.02);
  });
});
