import { describe, expect, it } from 'vitest';
import type { FindingDraft } from '../../analyzers/finding-draft.ts';
import { draftsOf, type Question } from '../../analyzers/multivariate/evaluate.ts';
import { createThread } from '../../analyzers/multivariate/thread.ts';
import { multivariateMonitorSpec } from '../../model/documents/monitor/multivariate.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import type { SampledDecision } from '../../store/ports/samples.ts';

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 2, 2);
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const decision = (more: Partial<SampledDecision>): SampledDecision => ({
  ...{
    id: '',
    value: 'go',
    score: null,
    confidence: null,
    num: {},
    cat: {},
    missing: [],
    text: {},
    embedding: {},
  },
  ...more,
});
const many = (n: number, make: (i: number) => Partial<SampledDecision>): SampledDecision[] =>
  Array.from({ length: n }, (_, i) => decision(make(i)));

function question(
  reference: readonly SampledDecision[],
  current: readonly SampledDecision[],
  more: Record<string, unknown> = {},
): Question {
  const spec = multivariateMonitorSpec.parse({
    ...{ kind: 'multivariate', system: 's', window: '1h', reference: { kind: 'previous', length: '1h' } },
    ...more,
  });
  return {
    ...{ spec, reference, current, features: {} },
    window: { startMs: T0, endMs: T0 + HOUR },
    referenceWindow: { startMs: T0 - HOUR, endMs: T0 },
  };
}
const ask = (...of: Parameters<typeof question>): FindingDraft[] => draftsOf(question(...of));
const of = (drafts: readonly FindingDraft[], statistic: string, subject: string): FindingDraft | undefined =>
  drafts.find((draft) => draft.statistic === statistic && draft.subject === subject);

/** Two numbers that each are standard normal, and go together by `rho`. */
const pair = (random: () => number, rho: number) => {
  const x = normal(random);
  return { x, y: rho * x + Math.sqrt(1 - rho * rho) * normal(random), z: normal(random) };
};

describe('features together', () => {
  it('that come apart though each alone stays are seen by classifier, reconstruction and correlation, and named', () => {
    const random = seededRandom(3);
    const before = many(2_000, () => ({ num: pair(random, 0.9) }));
    const now = many(2_000, () => ({ num: pair(random, -0.3) }));
    const drafts = ask(before, now);
    expect(drafts.map((draft) => `${draft.statistic} ${draft.subject}`)).toEqual([
      'domain_auc @predictions',
      'domain_auc @features',
      'reconstruction @features',
      'correlation @features',
    ]);
    expect(of(drafts, 'domain_auc', '@predictions')?.verdict).toBe('ok');
    expect(of(drafts, 'domain_auc', '@features')).toMatchObject({ verdict: 'drift', onsetMs: T0 });
    expect(of(drafts, 'reconstruction', '@features')?.verdict).toBe('drift');
    const correlation = of(drafts, 'correlation', '@features');
    // Spearman of a normal pair is 6/π · asin(ρ/2): 0.891 and −0.288.
    expect(correlation?.value).toBeCloseTo((6 / Math.PI) * (Math.asin(0.45) + Math.asin(0.15)), 1);
    expect(correlation?.evidence['pairs']).toMatchObject([{ a: 'x', b: 'y' }, {}, {}]);
    expect(correlation?.sentence).toMatch(/^@features: x and y go together as −0\.\d\d where it was 0\.\d\d/);
  });

  it('that did not change are told as changed about as seldom as alpha says', () => {
    const random = seededRandom(4);
    let loud = 0;
    for (let i = 0; i < 24; i += 1) {
      const rows = () => many(200, () => ({ num: pair(random, 0.7), score: normal(random) }));
      const drafts = ask(rows(), rows(), {
        alpha: 0.05,
        limits: { domain: 0, reconstruction: 0, correlation: 0 },
        seed: i,
      });
      if (drafts.some((draft) => draft.verdict === 'drift')) loud += 1;
    }
    // Binomial(24, 0.05): 1.2 expected; above 5 has chance 0.1 %.
    expect(loud).toBeLessThanOrEqual(5);
  });

  it('with a shift of the score name it among the predictions, before the features', () => {
    const random = seededRandom(5);
    const rows = (shift: number) =>
      many(2_000, () => ({ score: normal(random) + shift, num: { x: normal(random) } }));
    const drafts = ask(rows(0), rows(1));
    expect(drafts[0]).toMatchObject({ subject: '@predictions', verdict: 'drift' });
    expect(drafts[0]?.evidence['by']).toMatchObject([{ feature: '@score', share: 1 }]);
    expect(of(drafts, 'domain_auc', '@features')?.verdict).toBe('ok');
  });

  it('leave out ids, and never say NaN where there is nothing to compare', () => {
    const rows = (from: number) =>
      many(400, (i) => ({ cat: { customer: `c${from + i}` }, num: { constant: 1, wild: Number.NaN } }));
    const drafts = ask(rows(0), rows(1_000));
    // Nothing is left to learn from: every score is the same, and 400 decisions could not show a tenth.
    expect(of(drafts, 'domain_auc', '@features')).toMatchObject({ verdict: 'not_enough_data', value: 0 });
    expect(of(drafts, 'reconstruction', '@features')?.verdict).toBe('not_enough_data');
    const two = ask(
      many(400, () => ({ num: { a: 1, b: 2 } })),
      many(400, () => ({ num: { a: 1, b: 2 } })),
    );
    expect(of(two, 'reconstruction', '@features')).toMatchObject({ verdict: 'not_enough_data', value: null });
    expect(of(two, 'correlation', '@features')).toMatchObject({ verdict: 'not_enough_data', value: null });
    expect(two.map((draft) => draft.sentence).join(' ')).not.toContain('NaN');
  });
});

describe('the sentence', () => {
  it('names the features that moved together, and none that did not', () => {
    const random = seededRandom(11);
    // a, b and c follow one hidden number before, and each its own after; d and e never had to do with them.
    const rows = (together: boolean) =>
      many(1_500, () => {
        const hidden = normal(random);
        const own = () => (together ? hidden + 0.3 * normal(random) : normal(random) * Math.sqrt(1.09));
        return { num: { a: own(), b: own(), c: own(), d: normal(random), e: normal(random) } };
      });
    const drafts = ask(rows(true), rows(false));
    expect(of(drafts, 'correlation', '@features')?.sentence).toMatch(
      /; [abc], [abc] and [abc] changed together;/,
    );
    expect(of(drafts, 'correlation', '@features')?.evidence['together']).toHaveLength(3);
    expect(of(drafts, 'reconstruction', '@features')?.sentence).toMatch(
      /most of it in [abc], [abc] and [abc];/,
    );
    expect(of(drafts, 'domain_auc', '@features')?.sentence).toMatch(/most by [abc], [abc] and [abc] \(/);
  });
});

describe('the thread beside', () => {
  const random = seededRandom(12);
  const rows = (n: number) => many(n, () => ({ num: pair(random, 0.5), score: normal(random) }));
  const small = question(rows(400), rows(400));

  it('answers as the same question here would be, one after the other, and leaves this thread free', async () => {
    const thread = createThread();
    await thread.ask(small);
    const asked = question(rows(2_000), rows(2_000));
    const before = process.threadCpuUsage();
    const here = draftsOf(asked);
    const byItself = process.threadCpuUsage(before);
    const after = process.threadCpuUsage();
    const [first, second] = await Promise.all([thread.ask(asked), thread.ask(small)]);
    const beside = process.threadCpuUsage(after);
    expect(first).toEqual({ kind: 'drafts', drafts: here });
    expect(second).toEqual({ kind: 'drafts', drafts: draftsOf(small) });
    expect(beside.user + beside.system).toBeLessThan((byItself.user + byItself.system) / 2);
    await thread.close();
  });

  it('says why it could not, and answers the next question', async () => {
    const narrow = createThread({ memoryMb: 8, limitMs: 60_000 });
    const big = question(rows(10_000), rows(10_000));
    expect(await narrow.ask(big)).toEqual({
      kind: 'ended',
      because: 'the computation asked for more than 8 MB; ask for fewer rows',
    });
    const hasty = createThread({ memoryMb: 512, limitMs: 1 });
    expect(await hasty.ask(big)).toMatchObject({
      kind: 'ended',
      because: expect.stringContaining('took longer than 0.001 s'),
    });
    const broken = { ...small, spec: { ...small.spec, features: undefined } } as unknown as Question;
    const thread = createThread();
    expect(await thread.ask(broken)).toMatchObject({
      kind: 'ended',
      because: expect.stringContaining('the computation failed'),
    });
    expect(await thread.ask(small)).toMatchObject({ kind: 'drafts' });
    await Promise.all([narrow, hasty, thread].map((one) => one.close()));
  });
});

describe('a text', () => {
  const WORDS = ['train', 'late', 'again', 'refund', 'please', 'cold', 'crowded', 'ticket', 'price', 'seat'];
  const OTHERS = ['app', 'login', 'password', 'crash', 'screen'];
  const text = (random: () => number, words: readonly string[]): string =>
    Array.from({ length: 8 }, () => words[Math.floor(random() * words.length)]).join(' ');

  it('that is about something else is told apart, with the words that came', () => {
    const random = seededRandom(6);
    const rows = (words: readonly string[]) =>
      many(150, () => ({ text: { complaint: text(random, words) } }));
    const drafts = ask(rows(WORDS), rows([...WORDS, ...OTHERS]));
    expect(of(drafts, 'domain_auc', 'complaint')).toMatchObject({ verdict: 'drift' });
    expect(of(drafts, 'out_of_vocabulary', 'complaint')).toMatchObject({ verdict: 'drift' });
    // A third of the words are others.
    expect(of(drafts, 'out_of_vocabulary', 'complaint')?.value).toBeCloseTo(1 / 3, 1);
    const examples = of(drafts, 'out_of_vocabulary', 'complaint')?.evidence['examples'];
    expect(new Set(examples as string[])).toEqual(new Set(OTHERS));
  });

  it('that is about the same is not', () => {
    const random = seededRandom(7);
    const rows = () => many(150, () => ({ text: { complaint: text(random, WORDS) } }));
    for (const draft of ask(rows(), rows()).filter(({ subject }) => subject === 'complaint'))
      expect(draft.verdict).not.toBe('drift');
  });
});

describe('an embedding', () => {
  const vectors = (random: () => number, n: number, shift: number, scale = 1) =>
    many(n, () => ({
      embedding: { v: Array.from({ length: 16 }, (_, j) => scale * normal(random) + (j === 3 ? shift : 0)) },
    }));

  it('whose mean moves is seen by all three looks', () => {
    const random = seededRandom(8);
    const drafts = ask(vectors(random, 120, 0), vectors(random, 120, 2));
    for (const statistic of ['mean_distance', 'mmd', 'domain_auc'])
      expect(of(drafts, statistic, 'v')).toMatchObject({ verdict: 'drift' });
    // Two standard deviations along one of sixteen directions: √(2² + 16 · 2/120) / √16, with a standard error of √(2/120) / √16.
    expect(Math.abs((of(drafts, 'mean_distance', 'v')?.value ?? 0) - 0.516)).toBeLessThan(3 * 0.0323);
  });

  it('whose spread changes is seen by the kernel, and not taken for another mean', () => {
    const random = seededRandom(9);
    const drafts = ask(vectors(random, 120, 0), vectors(random, 120, 0, 1.5));
    expect(of(drafts, 'mmd', 'v')?.verdict).toBe('drift');
    expect(of(drafts, 'mean_distance', 'v')?.verdict).not.toBe('drift');
  });

  it('of another length is another model, and said so', () => {
    const rows = (width: number) =>
      many(200, () => ({ embedding: { v: Array.from({ length: width }, (_, j) => j) } }));
    const [mean] = ask(rows(3), rows(4)).filter(({ subject }) => subject === 'v');
    expect(mean).toMatchObject({ verdict: 'blind', value: null });
    expect(mean?.sentence).toContain('they are not all of one length');
  });
});
