import { beforeAll, describe, expect, it } from 'vitest';
import type { RoutePlan } from '../../model/action.ts';
import { systemName } from '../../model/ids.ts';
import { createReviewSource } from '../../store/clickhouse/review.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { MINUTE, PROJECT, T0 } from './fixtures.ts';
import { applyQueue, applySystem, loadDecisions, reviewOn } from './review-setting.ts';
import { openIncident, type Stores, storesOn } from './stores.ts';

let stores: Stores;
let clickhouse: ClickhousePool;
beforeAll(async () => {
  [stores, clickhouse] = [storesOn(await freshPostgres()), await freshClickhouse()];
});

let tests = 0;
/** A system and a queue of its own; loaders write at wall-clock times that only grow. */
async function setting(capacity: number) {
  tests += 1;
  const [system, queue] = [`s${tests}`, `q${tests}`];
  await applyQueue(stores, queue, { capacity });
  await applySystem(stores, system, queue);
  const clock = { nowMs: Date.UTC(2026, 10, 22) + tests * 600 * MINUTE };
  const review = reviewOn(stores, clickhouse, { clock });
  const items = async () => (await stores.review.list({ project: PROJECT, queue, limit: 1_000 })).rows;
  const counts = async () => (await review.reads.queues(PROJECT, 0)).find((row) => row.queue === queue);
  const load = (loader: string, agoMs: number, ids: readonly string[]) =>
    loadDecisions(
      clickhouse,
      system,
      loader,
      clock.nowMs - agoMs,
      ids.map((id) => ({ id: `${system}-${id}` })),
    );
  return { system: systemName.parse(system), queue, clock, review, items, counts, load };
}
const numbered = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i));

describe('decisions that a service sends to people', () => {
  it('become items once, from every loader, and only when their segment has settled', async () => {
    const { clock, review, items, load, system } = await setting(100);
    await loadDecisions(clickhouse, system, 'a', clock.nowMs - 10_000, [
      { id: `${system}-0` },
      { id: `${system}-auto`, route: 'auto' },
    ]);
    await load('b', 9_000, ['1']);
    await load('b', 1_000, ['young']);
    await review.tickOnce();
    const ids = async () => (await items()).map(({ decisionId }) => decisionId).toSorted();
    expect(await ids()).toEqual([`${system}-0`, `${system}-1`]);
    // A loader whose clock is behind the other's, and a resend of what was taken.
    await load('c', 9_500, ['2', '0']);
    clock.nowMs += 10_000;
    await review.tickOnce();
    await review.tickOnce();
    expect(await ids()).toEqual([`${system}-0`, `${system}-1`, `${system}-2`, `${system}-young`]);
    expect((await items()).every(({ inclusionProbability }) => inclusionProbability === 1)).toBe(true);
  });

  it('take half of a queue at most, at random with a recorded chance; the rest is counted', async () => {
    const { review, items, counts, load } = await setting(20);
    await load('a', 10_000, numbered(40));
    await review.tickOnce();
    const taken = await items();
    expect(taken).toHaveLength(10);
    // 10 places for 40 decisions: a quarter.
    expect(taken.every(({ inclusionProbability }) => inclusionProbability === 0.25)).toBe(true);
    expect(await counts()).toMatchObject({ waiting: 10, leftOut: 30, capacity: 20 });
    expect(taken.map(({ decisionId }) => decisionId).toSorted()).not.toEqual(
      numbered(10).map((id) => `s${tests}-${id}`),
    );
  });

  it('are taken once when two processes look at the same time', async () => {
    const { clock, review, items, counts, load } = await setting(20);
    await load('a', 10_000, numbered(30));
    const other = reviewOn(stores, clickhouse, { clock, instance: 'other' });
    await Promise.all([review.tickOnce(), other.tickOnce()]);
    expect(await items()).toHaveLength(10);
    expect(await counts()).toMatchObject({ waiting: 10, leftOut: 20 });
    expect([...review.events, ...other.events].filter(({ kind }) => kind === 'review_failed')).toEqual([]);
  });

  it('belong to the incident for which the gate sends them, when they were made after it did', async () => {
    const { system, clock, review, items, counts, load } = await setting(20);
    const deployment = {
      project: PROJECT,
      system,
      version: 'v1',
      note: '',
      atMs: T0 - 60 * MINUTE,
      by: 't',
      bakeTimeMs: 0,
    };
    await stores.gates.deploy(deployment, clock.nowMs);
    const incident = await openIncident(stores, system);
    await stores.gates.change(
      {
        project: PROJECT,
        system,
        route: 'review',
        reason: 'r',
        incident: incident.id,
        atMs: T0,
        by: 'leeway',
      },
      clock.nowMs,
    );
    await loadDecisions(clickhouse, system, 'a', clock.nowMs - 10_000, [
      { id: `${system}-before`, atMs: T0 - 1 },
      { id: `${system}-after`, atMs: T0 },
    ]);
    await review.tickOnce();
    expect(Object.fromEntries((await items()).map((item) => [item.decisionId, item.incident]))).toEqual({
      [`${system}-before`]: null,
      [`${system}-after`]: incident.id,
    });
    // However many follow, what the incident finds already decided keeps its half.
    await load('a', 9_000, numbered(30));
    await review.tickOnce();
    expect(await counts()).toMatchObject({ waiting: 10, capacity: 20 });
  });
});

describe('decisions that an incident sends to people', () => {
  const plan = (queue: string, maxItems: number): RoutePlan => ({
    kind: 'route',
    queue,
    sinceMs: T0,
    modelVersion: 'v2',
    maxItems,
    future: true,
  });
  const affected = (system: string, n: number) =>
    numbered(n).map((id) => ({
      id: `${system}-${id}`,
      atMs: T0 + Number(id),
      route: 'auto' as const,
      version: 'v2',
    }));

  it('are those of the version since the onset, up to the plan, with a recorded chance', async () => {
    const { system, queue, clock, review, items } = await setting(100);
    const incident = await openIncident(stores, system);
    await loadDecisions(clickhouse, system, 'a', clock.nowMs, [
      ...affected(system, 40),
      // A resend counts once; what came before the onset, or from another version, does not count.
      { id: `${system}-0`, atMs: T0, route: 'auto', version: 'v2' },
      { id: `${system}-early`, atMs: T0 - 1, route: 'auto', version: 'v2' },
      { id: `${system}-v1`, atMs: T0, route: 'auto', version: 'v1' },
    ]);
    const request = { project: PROJECT, system, incident: incident.id, plan: plan(queue, 8) };
    const routing = await review.routeToReview(undefined, request, clock.nowMs);
    expect(routing).toMatchObject({
      affected: 40,
      added: 8,
      linked: 0,
      leftOut: 32,
      inclusionProbability: 0.2,
    });
    const picked = await items();
    expect(picked).toHaveLength(8);
    expect(picked.every((item) => item.incident === incident.id && item.inclusionProbability === 0.2)).toBe(
      true,
    );
    expect(await stores.review.incidentCounts(PROJECT, incident.id)).toEqual({
      reviewed: 0,
      overturned: 0,
      waiting: 8,
      leftOut: 32,
    });
    // Again: the same ones, nothing new, nothing counted twice.
    const again = await review.routeToReview(undefined, request, clock.nowMs);
    expect(again).toMatchObject({ affected: 40, added: 0, leftOut: 32 });
  });

  it('find room that the stream cannot take, and link what waits already', async () => {
    const { system, queue, clock, review, items, load } = await setting(20);
    await load('a', 10_000, numbered(30));
    await review.tickOnce();
    const waiting = (await items())[0]?.decisionId ?? '';
    const incident = await openIncident(stores, system);
    const again = { id: waiting, atMs: T0, route: 'review' as const, version: 'v2' };
    const more = affected(system, 9).map((one) => ({ ...one, id: `${one.id}-v2` }));
    await loadDecisions(clickhouse, system, 'a', clock.nowMs, [again, ...more]);
    const request = { project: PROJECT, system, incident: incident.id, plan: plan(queue, 200) };
    const routing = await stores.db.transaction((tx) => review.routeToReview(tx, request, clock.nowMs));
    // 10 of 20 places are left, and 10 decisions are affected: one of them waits already.
    expect(routing).toMatchObject({ affected: 10, added: 9, linked: 1, leftOut: 0, inclusionProbability: 1 });
    expect((await items()).find(({ decisionId }) => decisionId === waiting)).toMatchObject({
      incident: incident.id,
      priority: 10,
    });
    expect((await items()).slice(0, 10).every((item) => item.incident === incident.id)).toBe(true);
  });

  it('never overfill a queue, and are gone with the transaction that asked', async () => {
    const { system, queue, clock, review, items } = await setting(5);
    const incident = await openIncident(stores, system);
    await loadDecisions(clickhouse, system, 'a', clock.nowMs, affected(system, 20));
    const request = { project: PROJECT, system, incident: incident.id, plan: plan(queue, 200) };
    const failing = stores.db.transaction(async (tx) => {
      await review.routeToReview(tx, request, clock.nowMs);
      throw new RangeError('the action fails');
    });
    await expect(failing).rejects.toThrow();
    expect(await items()).toEqual([]);
    const both = [0, 1].map(() => review.routeToReview(undefined, request, clock.nowMs));
    expect((await Promise.all(both)).map(({ added }) => added).toSorted()).toEqual([0, 5]);
  });

  it('are picked evenly: each decision about as often as another', async () => {
    const { system, clock } = await setting(5);
    await loadDecisions(clickhouse, system, 'a', clock.nowMs, affected(system, 20));
    const source = createReviewSource(clickhouse.api);
    const [draws, limit] = [100, 10];
    const of = { project: PROJECT, system, modelVersion: 'v2', sinceMs: T0 };
    const hits = new Map<string, number>();
    for (let draw = 0; draw < draws; draw += 1) {
      for (const { decisionId } of await source.pickAffected(of, { seed: String(draw), limit })) {
        hits.set(decisionId, (hits.get(decisionId) ?? 0) + 1);
      }
    }
    // Binomial(100, 1/2): mean 50, standard deviation √25 = 5; five of them either way, for 20 decisions.
    expect(hits.size).toBe(20);
    for (const count of hits.values()) expect(Math.abs(count - 50)).toBeLessThan(25);
  });
});
