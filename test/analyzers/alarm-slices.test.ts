import { beforeAll, describe, expect, it } from 'vitest';
import type { DocumentInput } from '../../model/documents/document.ts';
import { type Finding, isFiring } from '../../model/finding.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';
import { createWorld, DAY } from './support/world.ts';

const T0 = Date.UTC(2026, 2, 2);
const PER_DAY = 1_200;
const DAYS = 15;
/** One decision in six is long-haul; from here those fly twice as far. */
const FAULT_MS = T0 + 8 * DAY;
/** Decides half of the cases from here on, and reads its weights in another unit. */
const CANARY_MS = T0 + 13 * DAY;
const CANARY_UNTIL_MS = CANARY_MS + DAY;
/** From Monday, T0: planes are full on Sundays. */
const SUNDAYS = [6, 13];
const pool = await freshClickhouse();
const world = createWorld(pool, await freshPostgres(), 'slices');
let findings: readonly Finding[] = [];

const document = (kind: string, name: string, spec: unknown): DocumentInput =>
  ({ apiVersion: 'leeway.dev/v1', kind, metadata: { name }, spec }) as DocumentInput;
const iso = (ms: number): string => new Date(ms).toISOString();

beforeAll(async () => {
  await world.apply([
    document('System', 'flights', {
      segments: ['haul'],
      plannedChanges: [
        {
          from: iso(T0 + 3 * DAY),
          to: iso(T0 + 4 * DAY),
          reason: 'the price list of March',
          features: ['price'],
        },
      ],
    }),
    document('Monitor', 'inputs', {
      kind: 'drift',
      system: 'flights',
      features: ['distance', 'price', 'load', 'seats', 'weight'],
      window: '1d',
      severity: 'page',
      reference: { kind: 'first', length: '2d' },
    }),
  ]);
  const random = seededRandom(4);
  // Two beyond the last day: it closes when a later one is seen.
  const rows = Array.from({ length: DAYS * PER_DAY + 2 }, (_, i) => {
    const timeMs = T0 + Math.floor((i * DAY) / PER_DAY);
    const day = Math.floor((timeMs - T0) / DAY);
    const long = random() < 1 / 6;
    const canary = timeMs >= CANARY_MS && timeMs < CANARY_UNTIL_MS && random() < 0.5;
    return decisionRow({
      project: world.project,
      id: `d${i}`,
      timeMs,
      version: canary ? 'v2' : 'v1',
      segments: { haul: long ? 'long' : 'short' },
      num: {
        distance: 500 * (1 + random()) * (long && timeMs >= FAULT_MS ? 2 : 1),
        // Dearer on the day of the new list only.
        price: 100 * (1 + random()) * (day === 3 ? 2 : 1),
        load: 50 * (1 + random()) * (SUNDAYS.includes(day) ? 2 : 1),
        seats: 50 * (1 + random()),
        weight: 10 * (1 + random()) * (canary ? 2.204623 : 1),
      },
    });
  });
  await world.insert('decisions', rows);
  await world.analyzers.tickOnce(T0 + (DAYS + 1) * DAY);
  expect(world.events.filter((event) => event.kind.endsWith('failed'))).toEqual([]);
  findings = await world.deps.findings.list({ project: world.project, limit: 10_000 });
}, 240_000);

const firing = (subject: string, which: Partial<Finding> = {}): readonly Finding[] =>
  findings.filter(
    (one) =>
      one.subject === subject &&
      isFiring(one.verdict) &&
      Object.entries(which).every(([key, value]) => one[key as keyof Finding] === value),
  );

describe('parts of a system', () => {
  it('a segment that moved is found where the whole of it hardly shows', () => {
    const [first] = firing('distance', { segment: 'haul=long' }).toSorted(
      (a, b) => a.windowEndMs - b.windowEndMs,
    );
    expect(first).toMatchObject({ severity: 'page', windowStartMs: FAULT_MS, onsetMs: FAULT_MS });
    expect(first?.sentence).toMatch(/^distance in haul=long: PSI /);
    expect(firing('distance', { segment: 'haul=short' })).toEqual([]);
    // In ten groups of the reference a sixth that moved out is a PSI of a few tenths at most.
    const whole = findings.filter(
      (one) => one.subject === 'distance' && one.segment === '' && one.windowStartMs === FAULT_MS,
    );
    expect(whole[0]?.value).toBeLessThan(first?.value ?? 0);
  });

  it('a version is looked at by itself while it does not decide alone', () => {
    expect(firing('weight', { modelVersion: 'v2' })).toMatchObject([
      { windowStartMs: CANARY_MS, segment: '' },
    ]);
    expect(firing('weight', { modelVersion: 'v1' })).toEqual([]);
    // It is gone on the last day: that is said, so that nothing waits for it.
    const after = findings.filter(
      (one) => one.subject === 'weight' && one.modelVersion === 'v2' && one.windowStartMs === CANARY_UNTIL_MS,
    );
    expect(after).toMatchObject([{ verdict: 'ok', evidence: { reason: 'part_ended' } }]);
    const versions = new Set(
      findings.filter((one) => one.windowEndMs <= CANARY_MS).map((one) => one.modelVersion),
    );
    expect([...versions]).toEqual(['']);
  });

  it('what was announced is written down and wakes nobody', () => {
    const told = firing('price');
    expect(told.length).toBeGreaterThan(0);
    for (const finding of told) {
      expect(finding).toMatchObject({ severity: 'log', windowStartMs: T0 + 3 * DAY });
      expect(finding.sentence).toContain('Announced: the price list of March');
    }
  });

  it('a season is told from a drift once it has been there before', () => {
    const whole = firing('load', { segment: '', modelVersion: '' }).toSorted(
      (a, b) => a.windowEndMs - b.windowEndMs,
    );
    expect(whole.map((one) => [(one.windowStartMs - T0) / DAY, one.severity])).toEqual([
      [6, 'page'],
      [13, 'log'],
    ]);
    expect(whole[1]?.sentence).toContain('The same hours a week ago looked alike: an expected season.');
  });

  it('says nothing of what stayed as it was', () => expect(firing('seats')).toEqual([]));
});
