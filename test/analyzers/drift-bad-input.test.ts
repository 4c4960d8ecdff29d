import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateDrift } from '../../analyzers/drift/evaluate.ts';
import { monitor as calibrated } from '../../bench/calibration/checks.ts';
import type { DocumentInput } from '../../model/documents/document.ts';
import { emptySummary } from '../../model/feature-summary.ts';
import type { Finding } from '../../model/finding.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';
import { createWorld, DAY, HOUR } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 1);
const WALL0 = T0 + 10 * DAY;
const pool = await freshClickhouse();
const world = createWorld(pool, await freshPostgres(), 'bad');
const SECONDS = 1_000;

const monitor = (name: string, spec: Record<string, unknown>): DocumentInput =>
  ({
    apiVersion: 'leeway.dev/v1',
    kind: 'Monitor',
    metadata: { name },
    spec: { kind: 'drift', system: 'flights', window: '1h', minimumN: 100, severity: 'page', ...spec },
  }) as DocumentInput;
const at = (ms: number): string => new Date(ms).toISOString();

/** Two hours, a decision each ten seconds: the first is the reference. What the features hold is bad in the second. */
const PER_HOUR = 360;
const row = (i: number): Record<string, unknown> => {
  const late = i >= PER_HOUR;
  const usual = 100 + ((i * 7) % 360);
  const only = i === PER_HOUR + 5;
  return decisionRow({
    project: world.project,
    id: `d${i}`,
    timeMs: T0 + i * 10 * SECONDS,
    loadedAtMs: WALL0,
    num: {
      healthy: usual,
      constant: 5,
      never_there_before: usual,
      ...(late ? {} : { infinite: usual, not_a_number: usual, gone: usual, once: usual, mixed: usual }),
      ...(late && i % 2 === 0 ? { mixed: usual } : {}),
      ...(only ? { once: 3 } : {}),
    },
    cat: {
      unlike: `id-${i}`,
      ...(late && i % 2 === 1 ? { mixed: 'n/a' } : {}),
    },
    missing: late ? ['gone'] : [],
  });
};

let findings: readonly Finding[] = [];
beforeAll(async () => {
  const names = ['healthy', 'constant', 'infinite', 'not_a_number', 'gone', 'once', 'mixed', 'unlike'];
  await world.apply([
    monitor('inputs', { features: names, limit: 0.5, reference: { kind: 'first', length: '1h' } }),
    monitor('later', {
      features: ['healthy'],
      reference: { kind: 'fixed', from: at(T0 + DAY), to: at(T0 + 2 * DAY) },
    }),
    monitor('before', {
      features: ['healthy'],
      reference: { kind: 'fixed', from: at(T0 - DAY), to: at(T0) },
    }),
  ]);
  const rows = Array.from({ length: 2 * PER_HOUR }, (_, i) => row(i));
  // JSON has no infinity, and no NaN: the engine reads them by name, as the collector's binary rows carry them.
  const special = rows.map((one, i) =>
    i < PER_HOUR
      ? one
      : { ...one, num: { ...(one['num'] as object), infinite: i % 2 ? 'inf' : '-inf', not_a_number: 'nan' } },
  );
  await world.insert('decisions', special);
  const ahead = { timeMs: WALL0 + 3 * DAY, loadedAtMs: WALL0 + SECONDS };
  await world.insert('decisions', [
    decisionRow({ project: world.project, id: 'future-1', ...ahead }),
    decisionRow({ project: world.project, id: 'future-2', ...ahead }),
  ]);
  await world.analyzers.tickOnce(WALL0 + HOUR);
  findings = await world.deps.findings.list({ project: world.project, limit: 1_000 });
});

const of = (monitorName: string, subject: string): Finding => {
  const found = findings.find(
    (one) => one.monitor === monitorName && one.subject === subject && one.windowStartMs >= T0 + HOUR,
  );
  if (!found) throw new Error(`${monitorName} says nothing of ${subject}`);
  return found;
};

describe('bad input', () => {
  it.each([
    [
      'inputs',
      'infinite',
      'not_enough_data',
      'all_missing',
      'all 360 values in the window are missing or not finite',
    ],
    ['inputs', 'not_a_number', 'not_enough_data', 'all_missing', 'all 360 values in the window are missing'],
    ['inputs', 'gone', 'not_enough_data', 'all_missing', 'all 360 values in the window are missing'],
    ['inputs', 'constant', 'blind', 'constant', 'it holds one value (5) in the reference and in the window'],
    ['inputs', 'once', 'not_enough_data', 'too_few', '1 value in the window, 100 are asked for'],
    [
      'inputs',
      'mixed',
      'blind',
      'mixed_types',
      '50 % of the values are text where the reference has numbers',
    ],
    [
      'inputs',
      'unlike',
      'not_enough_data',
      'too_many_categories',
      'of its values are rarer than the profile keeps apart',
    ],
    ['before', 'healthy', 'blind', 'reference_empty', 'the reference holds no value'],
    ['later', 'healthy', 'blind', 'reference_absent', 'the window is not after its reference'],
  ])('%s, %s: %s because %s', (name, subject, verdict, reason, words) => {
    const finding = of(name, subject);
    expect(finding).toMatchObject({ verdict, evidence: { reason } });
    expect(finding.sentence).toContain(words);
    expect(finding.sentence).toMatch(new RegExp(`^${subject}: .+\\.$`));
    expect(JSON.stringify(finding)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('leaves what is healthy beside it a verdict of its own', () =>
    expect(of('inputs', 'healthy')).toMatchObject({ verdict: 'ok', n: PER_HOUR, nReference: PER_HOUR }));

  it('tells of decisions from the future, once', () => {
    const told = findings.filter((one) => one.subject === '@clock');
    expect(told).toMatchObject([{ verdict: 'blind', evidence: { reason: 'clock_ahead', rows: 2 } }]);
    expect(told[0]?.sentence).toContain('2 new decisions are dated more than 10m ahead of the clock');
  });

  it('is not slowed by a million categories, and says that it cannot tell', () => {
    const names = new Map(Array.from({ length: 1_000_000 }, (_, i) => [`c${i}`, 1] as const));
    const window = { startMs: T0, endMs: T0 + HOUR };
    const finding = evaluateDrift({
      spec: calibrated({ limit: 0.2 }),
      ...{ window, modelVersion: '', segment: '', alpha: 0.05, onset: () => null },
      current: { ...emptySummary('id'), categories: names },
      reference: { kind: 'ready', window, summary: { ...emptySummary('id'), categories: names } },
    });
    expect(finding).toMatchObject({
      verdict: 'not_enough_data',
      evidence: { reason: 'too_many_categories' },
    });
    expect(JSON.stringify(finding)).not.toMatch(/NaN|Infinity/);
  });
});
