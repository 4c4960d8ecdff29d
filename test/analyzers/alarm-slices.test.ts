import { beforeAll, describe, expect, it } from 'vitest';
import { affectedFromProfiles } from '../../alerts/outbox/affected.ts';
import type { DocumentInput } from '../../model/documents/document.ts';
import { type Finding, isFiring } from '../../model/finding.ts';
import { systemName } from '../../model/ids.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { decisionRow } from './support/rows.ts';
import { createWorld, DAY, HOUR } from './support/world.ts';

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
const DEMAND_MS = T0 + 4 * DAY;
const TIDE_MS = T0 + 8 * DAY;
const pool = await freshClickhouse();
const world = createWorld(pool, await freshPostgres(), 'slices');
let findings: readonly Finding[] = [];
/** Decisions of v2. */
let canaries = 0;

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
  await world.apply([
    ...['hot', 'cool'].flatMap((system) => [
      document('System', system, {}),
      document('Monitor', `${system}-inputs`, {
        ...{ kind: 'drift', system, window: '1d', severity: 'page', features: ['demand'] },
        reference: { kind: 'first', length: '2d' },
      }),
      document('SLO', `${system}-latency`, {
        ...{ system, sli: { kind: 'latency', thresholdMs: 100 }, target: '99%' },
      }),
    ]),
    document('System', 'slight', {}),
    ...Object.entries({ narrow: 0.008, wide: 0.2 }).map(([name, limit]) =>
      document('Monitor', name, {
        ...{ kind: 'drift', system: 'slight', window: '6h', severity: 'log', features: ['tide'], limit },
        reference: { kind: 'first', length: '7d' },
      }),
    ),
  ]);
  await world.insert('decisions', demandRows());
  await pool.loader.command(tideRows());
  const random = seededRandom(4);
  // Two beyond the last day: it closes when a later one is seen.
  const rows = Array.from({ length: DAYS * PER_DAY + 2 }, (_, i) => {
    const timeMs = T0 + Math.floor((i * DAY) / PER_DAY);
    const day = Math.floor((timeMs - T0) / DAY);
    const long = random() < 1 / 6;
    const canary = timeMs >= CANARY_MS && timeMs < CANARY_UNTIL_MS && random() < 0.5;
    if (canary) canaries += 1;
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
}, 600_000);

/** Demand doubles in both systems; in the hot one a tenth of the decisions is slow from then on: ten times its budget of 1 %. */
function demandRows(): Record<string, unknown>[] {
  const random = seededRandom(5);
  return ['hot', 'cool'].flatMap((system) =>
    Array.from({ length: 6 * PER_DAY + 2 }, (_, i) => {
      const timeMs = T0 + Math.floor((i * DAY) / PER_DAY);
      const moved = timeMs >= DEMAND_MS;
      return decisionRow({
        ...{ project: world.project, system, id: `${system}${i}`, timeMs },
        latencyMs: system === 'hot' && moved && random() < 0.1 ? 200 : 50,
        num: { demand: 50 * (1 + random()) * (moved ? 2 : 1) },
      });
    }),
  );
}

/** 125 decisions an hour, standard normal about 50 by Box and Muller, and 0.1 higher from `TIDE_MS` on. */
const tideRows = () => ({
  sql: `
INSERT INTO decisions (project, system, decision_id, time, value, actor, route, weight, num, source, received_at, loaded_at, loader, batch)
SELECT {project:String}, 'slight', concat('s', toString(number)), fromUnixTimestamp64Milli(at, 'UTC'), 'go', 'ai', 'auto', 1,
  map('tide', 50 + z + if(at >= {moved:Int64}, 0.1, 0.)), 'json', fromUnixTimestamp64Milli(at, 'UTC'), fromUnixTimestamp64Milli({to:Int64}, 'UTC'), 'one', 'b'
FROM (
  SELECT number, {from:Int64} + number * 28800 AS at,
    sqrt(-2 * log((cityHash64(number, 'u') % 4294967296 + 0.5) / 4294967296)) * cos(2 * pi() * (cityHash64(number, 'v') % 4294967296) / 4294967296) AS z
  FROM numbers(toUInt64(({to:Int64} - {from:Int64}) / 28800) + 2)
)`,
  params: { project: world.project, from: T0, moved: TIDE_MS, to: T0 + DAYS * DAY },
});

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

  it('a drift is as loud as the error budget that burns with it', () => {
    const first = (system: string) =>
      firing('demand', { system: system as Finding['system'] }).toSorted(
        (a, b) => a.windowEndMs - b.windowEndMs,
      )[0];
    expect(first('hot')).toMatchObject({ severity: 'page', windowStartMs: DEMAND_MS });
    expect(first('hot')?.evidence['impact']).toMatchObject({
      reason: 'burning',
      burn: { slo: 'hot-latency' },
    });
    expect(first('hot')?.sentence).toMatch(/hot-latency burns its error budget [\d.]+× since, 0× before/);
    expect(first('cool')).toMatchObject({ severity: 'ticket', windowStartMs: DEMAND_MS });
    expect(first('cool')?.evidence['impact']).toMatchObject({ reason: 'budget_calm' });
    expect(first('cool')?.sentence).toContain('The error budget of cool-latency is well: it burns 0×.');
  });

  it('a tenth of a standard deviation is found when it lasts, and said to be slight where the limit allows it', () => {
    const narrow = firing('tide', { monitor: 'narrow' as Finding['monitor'] }).toSorted(
      (a, b) => a.windowEndMs - b.windowEndMs,
    );
    expect(narrow[0]?.windowEndMs).toBeGreaterThan(TIDE_MS);
    expect(narrow[0]?.windowEndMs).toBeLessThanOrEqual(TIDE_MS + 7 * DAY);
    expect(narrow.some(({ sentence }) => /^tide over the last \d+d: PSI /.test(sentence))).toBe(true);
    // Six hours alone could not have seen it, and so does not end it.
    expect(narrow.at(-1)?.windowEndMs).toBeGreaterThan(T0 + (DAYS - 1) * DAY);
    expect(firing('tide', { monitor: 'wide' as Finding['monitor'] })).toEqual([]);
    const slight = findings.filter(
      ({ monitor, evidence }) => monitor === 'wide' && evidence['slight'] !== undefined,
    );
    expect(slight.length).toBeGreaterThan(0);
    for (const { verdict, sentence, windowEndMs } of slight) {
      expect(verdict).toBe('ok');
      expect(windowEndMs).toBeGreaterThan(TIDE_MS);
      expect(sentence).toMatch(
        /over the last \d+d: .* a real change, but within the limit 0\.2 that you set\./,
      );
    }
  });

  it('decisions that a fault hit are counted without a raw row, of one version or of all', async () => {
    const nowMs = T0 + (DAYS + 1) * DAY;
    const count = affectedFromProfiles(world.deps.profiles, () => nowMs);
    const of = (modelVersion: string, sinceMs: number, untilMs?: number) =>
      count({
        ...{ project: world.project, system: systemName.parse('flights'), modelVersion, sinceMs },
        ...(untilMs === undefined ? {} : { untilMs }),
      });
    // Two days and five hours of 1,200 a day; the decisions that close the last day wait to be summarised.
    expect(await of('', T0 + 12 * DAY + 19 * HOUR, T0 + DAYS * DAY)).toBe(2 * PER_DAY + (5 / 24) * PER_DAY);
    expect(await of('v2', T0)).toBe(canaries);
    expect(await of('v2', CANARY_UNTIL_MS)).toBe(0);
  });

  it('says nothing of what stayed as it was', () => expect(firing('seats')).toEqual([]));
});
