import { beforeAll, describe, expect, it } from 'vitest';
import { createContractReplay } from '../../collector/contracts/replay.ts';
import { featureMapping } from '../../model/contract-replay.ts';
import { contractSpec } from '../../model/documents/contract.ts';
import { systemSpec } from '../../model/documents/system.ts';
import { projectId, systemName } from '../../model/ids.ts';
import { createProfileStore } from '../../store/clickhouse/profiles.ts';
import { createReads } from '../../store/clickhouse/reads/reads.ts';
import { createReplayStore } from '../../store/clickhouse/replays.ts';
import { createReviewSource } from '../../store/clickhouse/review.ts';
import { createSloMinuteStore } from '../../store/clickhouse/slo-minutes.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import type { ContractReplay, ReplayPart } from '../../store/ports/replays.ts';
import { freshClickhouse } from '../support/stores.ts';
import { contractsOf, decisionOf, onClickhouse, postJson, startCollector } from './support.ts';

const PROJECT = projectId.parse('default');
const HOUR = Date.UTC(2026, 2, 1, 10);
const RANGE = { fromMs: HOUR, toMs: HOUR + 60_000 };

let pool: ClickhousePool;
beforeAll(async () => {
  pool = await freshClickhouse();
});

type Promises = Record<string, unknown>;
const promise = (system: string, onViolation: 'mark' | 'quarantine', features: Promises) =>
  contractSpec.parse({ system, onViolation, features });
const scopeOf = (system: string) => ({ project: PROJECT, system, ...RANGE });

/** What is sent arrives under the contract; the replay then has the contract as it was mended. */
async function receive(system: string, held: ReturnType<typeof promise>, features: Record<string, object>) {
  const running = await startCollector({ ...onClickhouse(pool), contracts: contractsOf(held) });
  const records = Object.entries(features).map(([id, own]) =>
    decisionOf(`${system}-${id}`, { system, latencyMs: 1, model: { version: 'v1' }, features: own }),
  );
  expect((await postJson(`${running.url}/v1/decisions`, records)).status).toBe(200);
  await running.drained();
  return running;
}
const replayUnder = (...specs: ReturnType<typeof promise>[]): ContractReplay =>
  createContractReplay({
    replays: createReplayStore(pool.api),
    contracts: contractsOf(...specs),
    loaderId: 'test',
    nowMs: Date.now,
    onChanged: async () => undefined,
  });

const counts = ({ contract: _, next: __, ...rest }: ReplayPart) => rest;
const NONE = { released: 0, marked: 0, quarantined: 0, unmaskable: 0, changed: 0 };

/** Every number of the product that a decision which is kept apart must not be in. */
async function seen(system: string) {
  const filter = { ...scopeOf(system), systems: [system], rules: [] };
  const reads = createReads(pool.api);
  const ids = async (quarantined?: 'only' | 'include') =>
    (await reads.page({ ...filter, ...(quarantined ? { quarantined } : {}) }, 50)).rows
      .map(({ id }) => id.slice(system.length + 1))
      .sort();
  const profiles = createProfileStore(pool.analyzers);
  const spec = systemSpec.parse({});
  await profiles.profile(PROJECT, system, [RANGE], spec, Date.now());
  const merged = await profiles.merged({ ...scopeOf(system), features: ['distance'] });
  const slos = createSloMinuteStore(pool.analyzers);
  const definition = { slo: system, sli: { kind: 'latency', thresholdMs: 10 }, system: spec } as const;
  await slos.count(PROJECT, system, definition, [RANGE], Date.now());
  const [minute] = await slos.series(PROJECT, system, RANGE.fromMs, RANGE.toMs);
  const [histogram] = await reads.histogram(filter, 60_000);
  const affected = createReviewSource(pool.api).countAffected({
    project: PROJECT,
    system: systemName.parse(system),
    modelVersion: 'v1',
    sinceMs: HOUR,
  });
  return {
    listed: await ids(),
    apart: await ids('only'),
    all: await ids('include'),
    histogram: histogram?.n ?? 0,
    distance: merged[0]?.sum ?? 0,
    slo: minute?.total ?? 0,
    affected: await affected,
  };
}

describe('a replay', () => {
  it('releases what the mended contract allows, into every list, count, profile and SLO, once', async () => {
    const narrow = { distance: { type: 'numeric', range: [0, 100] } };
    const wide = { distance: { type: 'numeric', range: [0, 1_000] } };
    const sent = { a: { distance: 1 }, b: { distance: 500 }, c: { distance: 5_000 } };
    const running = await receive('mended', promise('mended', 'quarantine', narrow), sent);
    const before = { listed: ['a'], apart: ['b', 'c'], all: ['a', 'b', 'c'] };
    const one = { histogram: 1, distance: 1, slo: 1, affected: 1 };
    expect(await seen('mended')).toEqual({ ...before, ...one });

    const replay = replayUnder(promise('mended', 'quarantine', wide));
    const would = { ...NONE, released: 1, quarantined: 1 };
    // The names of both contracts are one (`mended@3`): what changes is the verdict, of one decision.
    const dry = await replay.part({ scope: scopeOf('mended'), dryRun: true, by: 'eve' });
    expect(counts(dry)).toEqual({ ...would, changed: 1 });
    expect(await seen('mended')).toEqual({ ...before, ...one });

    expect(await replay.count(scopeOf('mended'))).toBe(2);
    const part = await replay.part({ scope: scopeOf('mended'), dryRun: false, by: 'eve' });
    expect([counts(part), part.next]).toEqual([{ ...would, changed: 1 }, null]);
    const after = { listed: ['a', 'b'], apart: ['c'], all: ['a', 'b', 'c'] };
    const two = { histogram: 2, distance: 501, slo: 2, affected: 2 };
    expect(await seen('mended')).toEqual({ ...after, ...two });

    // Again: nothing is left to change. And who sends again adds nothing.
    expect(counts(await replay.part({ scope: scopeOf('mended'), dryRun: false, by: 'eve' }))).toEqual({
      ...NONE,
      quarantined: 1,
    });
    await postJson(`${running.url}/v1/decisions`, [
      decisionOf('mended-b', { system: 'mended', latencyMs: 1, features: { distance: 500 } }),
    ]);
    await running.drained();
    expect(await seen('mended')).toEqual({ ...after, ...two });
  });

  it('keeps apart what a stricter contract asks for, and lets it go again', async () => {
    const narrow = { distance: { range: [0, 100] } };
    await receive('stricter', promise('stricter', 'mark', narrow), {
      a: { distance: 1 },
      b: { distance: 200 },
    });
    expect(await seen('stricter')).toMatchObject({ listed: ['a', 'b'], distance: 201, slo: 2 });
    const strict = replayUnder(promise('stricter', 'quarantine', narrow));
    expect(counts(await strict.part({ scope: scopeOf('stricter'), dryRun: false, by: 'eve' }))).toMatchObject(
      {
        quarantined: 1,
        changed: 1,
      },
    );
    expect(await seen('stricter')).toMatchObject({ listed: ['a'], apart: ['b'], distance: 1, slo: 1 });
    // Nobody promises anything any more.
    const none = await replayUnder().part({ scope: scopeOf('stricter'), dryRun: false, by: 'eve' });
    expect(none).toMatchObject({ contract: '', released: 1, changed: 1 });
    expect(await seen('stricter')).toMatchObject({ listed: ['a', 'b'], apart: [], distance: 201, slo: 2 });
    const history = await createReplayStore(pool.api).history(PROJECT, 'stricter-b');
    expect(history.map(({ contract, quarantined }) => [contract, quarantined])).toEqual([
      ['stricter@3', false],
      ['stricter@3', true],
      ['', false],
    ]);
    expect(history.map(({ replayedAtMs }) => replayedAtMs === null)).toEqual([true, false, false]);
  });

  it('by a mapping: names, texts for numbers, units and values; always from what came in', async () => {
    const features = {
      distance: { type: 'numeric', range: [0, 100], required: true },
      carrier: { allowed: ['AA'] },
    };
    const contract = contractSpec.parse({
      system: 'mapped',
      onViolation: 'quarantine',
      unknownFeatures: 'violation',
      features,
    });
    await receive('mapped', contract, {
      a: { dist: '5000', carrier: 'American', debug: 'x' },
      b: { dist: 'far', carrier: 'AA' },
    });
    const mapping = featureMapping.parse({
      drop: ['debug'],
      rename: { dist: 'distance' },
      numeric: ['distance'],
      scale: { distance: 0.001 },
      values: { carrier: { American: 'AA' } },
    });
    const replay = replayUnder(contract);
    const run = () => replay.part({ scope: scopeOf('mapped'), mapping, dryRun: false, by: 'eve' });
    expect(counts(await run())).toEqual({ ...NONE, released: 1, quarantined: 1, changed: 2 });
    const rows = () =>
      pool.api.query({
        sql: `SELECT decision_id AS id, num, cat, violations, mapping != '' AS mapped FROM decisions
          WHERE system = 'mapped' AND replayed_at > fromUnixTimestamp64Milli(0) ORDER BY id`,
      });
    const restated = [
      { id: 'mapped-a', num: { distance: 5 }, cat: { carrier: 'AA' }, violations: [], mapped: 1 },
      {
        id: 'mapped-b',
        num: {},
        cat: { distance: 'far', carrier: 'AA' },
        violations: ['type:distance'],
        mapped: 1,
      },
    ];
    expect(await rows()).toEqual(restated);
    expect(await seen('mapped')).toMatchObject({ listed: ['a'], apart: ['b'], distance: 5 });
    // The second time finds the one that is left, and it stands as it would.
    expect(counts(await run())).toEqual({ ...NONE, quarantined: 1 });
    expect(await rows()).toEqual(restated);
  });

  it('masks a value that it moves to a name with a rule, and leaves alone what cannot be masked', async () => {
    const named = contractSpec.parse({
      system: 'moved',
      onViolation: 'quarantine',
      unknownFeatures: 'violation',
      features: {
        age: { mask: { kind: 'generalise', bands: [18, 65] } },
        street: { mask: { kind: 'drop' } },
      },
    });
    await receive('moved', named, { a: { years: 40, st: 'Main' }, b: { years: 'old' } });
    const mapping = featureMapping.parse({ rename: { years: 'age', st: 'street' } });
    const part = await replayUnder(named).part({
      scope: scopeOf('moved'),
      mapping,
      dryRun: false,
      by: 'eve',
    });
    expect(counts(part)).toEqual({ ...NONE, released: 1, unmaskable: 1, changed: 1 });
    const [row] = await pool.api.query<{ num: object; cat: object }>({
      sql: `SELECT num, cat FROM decisions WHERE decision_id = 'moved-a' AND replayed_at > fromUnixTimestamp64Milli(0)`,
    });
    expect(row).toEqual({ num: {}, cat: { age: '18..65' } });
  });

  it('of many comes in parts that meet, and never sees one twice', async () => {
    const many = Object.fromEntries(Array.from({ length: 2_100 }, (_, at) => [`${at}`, { distance: -1 }]));
    await receive('many', promise('many', 'quarantine', { distance: { range: [0, 1] } }), many);
    const replay = replayUnder(promise('many', 'mark', { distance: { range: [0, 1] } }));
    const parts: ReplayPart[] = [];
    for (let after: ReplayPart['next'] | undefined; after !== null; ) {
      const part: ReplayPart = await replay.part({
        scope: scopeOf('many'),
        dryRun: false,
        by: 'eve',
        ...(after ? { after } : {}),
      });
      parts.push(part);
      after = part.next;
    }
    expect(parts.map(({ marked }) => marked)).toEqual([1_000, 1_000, 100]);
    expect(await seen('many')).toMatchObject({ apart: [], slo: 2_100, distance: -2_100 });
  });
});
