import { beforeAll, describe, expect, it } from 'vitest';
import type { RoutePlan } from '../../model/action.ts';
import { systemName } from '../../model/ids.ts';
import type { Incident } from '../../model/incident.ts';
import type { ReviewItem } from '../../model/review.ts';
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

describe('an open incident that finds a queue full of resolved ones', () => {
  const CAPACITY = 12;
  const since = (queue: string): RoutePlan => ({
    kind: 'route',
    queue,
    sinceMs: T0,
    modelVersion: 'v2',
    maxItems: 50,
    future: false,
  });
  /** Incidents of their own systems, one after the other, each with as many decisions as given, routed to one queue. */
  async function routed(...decisions: readonly number[]) {
    const { queue, clock, review, items } = await setting(CAPACITY);
    const route = async (incident: Incident) => {
      const request = {
        project: PROJECT,
        system: incident.system,
        incident: incident.id,
        plan: since(queue),
      };
      return review.routeToReview(undefined, request, clock.nowMs);
    };
    const incidents: Incident[] = [];
    for (const [index, n] of decisions.entries()) {
      const name = `${queue}-incident${index}`;
      const incident = await openIncident(stores, name);
      await loadDecisions(
        clickhouse,
        name,
        'a',
        clock.nowMs,
        numbered(n).map((id) => ({
          id: `${name}-${id}`,
          atMs: T0 + Number(id),
          route: 'auto',
          version: 'v2',
        })),
      );
      incidents.push(incident);
    }
    const [first, second, third] = incidents;
    if (first === undefined || second === undefined || third === undefined) throw new RangeError('three');
    const resolve = (incident: Incident, minute: number) =>
      stores.db.transaction((tx) =>
        stores.incidents.update({ ...incident, state: 'resolved', resolvedAtMs: T0 + minute * MINUTE }, tx),
      );
    const of = async ({ id }: Incident) => (await items()).filter(({ incident }) => incident === id);
    const states = async (incident: Incident) =>
      Object.groupBy(await of(incident), ({ state }) => state) as Partial<Record<string, ReviewItem[]>>;
    const leftOut = async ({ id }: Incident) => (await stores.review.incidentCounts(PROJECT, id)).leftOut;
    return { queue, clock, review, items, route, first, second, third, resolve, of, states, leftOut };
  }

  it('takes the places of those resolved first, as many as it needs, and says so', async () => {
    const { clock, items, route, first, second, third, resolve, of, states, leftOut, review } = await routed(
      8,
      4,
      10,
    );
    await route(second);
    await route(first);
    await resolve(second, 20);
    await resolve(first, 10);
    const [ruled, claimed] = await of(first);
    if (ruled === undefined || claimed === undefined) throw new RangeError('items');
    const taken = await review.commands.claim(PROJECT, ruled.id, 'anna');
    if (taken.kind !== 'claimed') throw new RangeError(taken.reason);
    const hold = { id: ruled.id, reviewer: 'anna', fence: taken.item.fence };
    await review.commands.rule(PROJECT, hold, { kind: 'confirmed', note: '' });
    await review.commands.claim(PROJECT, claimed.id, 'ben');
    // 12 places, 11 taken: one free, 6 that wait of the first, then 3 of the 4 of the second.
    const routing = await route(third);
    expect(routing).toMatchObject({
      affected: 10,
      added: 10,
      leftOut: 0,
      gaveWay: 9,
      inclusionProbability: 1,
    });
    expect(routing.sentence).toMatch(/^10 of 10 decisions .*; 9 cases of resolved incidents gave way\.$/);
    const old = await states(first);
    expect([old.expired?.length, old.ruled?.length, old.claimed?.length]).toEqual([6, 1, 1]);
    expect([old.ruled?.[0]?.id, old.claimed?.[0]?.id]).toEqual([ruled.id, claimed.id]);
    expect([...(old.ruled ?? []), ...(old.claimed ?? [])].map((item) => item.inclusionProbability)).toEqual([
      1, 1,
    ]);
    const later = await states(second);
    expect([later.expired?.length, later.open?.length]).toEqual([3, 1]);
    // One of four kept: its chance to be among those that people see is a quarter of what it was.
    expect(later.open?.[0]?.inclusionProbability).toBe(0.25);
    expect([await leftOut(first), await leftOut(second), await leftOut(third)]).toEqual([6, 3, 0]);
    const waiting = (await items()).filter(({ state }) => state === 'open' || state === 'claimed');
    expect(waiting).toHaveLength(CAPACITY);

    const before = (await items()).toSorted((a, b) => a.id.localeCompare(b.id));
    expect(await route(third)).toMatchObject({ added: 0, leftOut: 0, gaveWay: 0 });
    expect((await items()).toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(before);
    // Nor does the older one's own routing forget who gave way.
    clock.nowMs += 1_000;
    expect(await route(second)).toMatchObject({ added: 0, gaveWay: 0 });
    expect([await leftOut(first), await leftOut(second)]).toEqual([6, 3]);
  });

  it('leaves alone what an unresolved incident or a service asked for, and what it wants itself', async () => {
    const { queue, clock, items, route, first, second, third, of, states, leftOut, review } = await routed(
      6,
      6,
      5,
    );
    await route(first);
    await route(second);
    expect(await route(third)).toMatchObject({ affected: 5, added: 0, leftOut: 5, gaveWay: 0 });
    expect((await items()).every(({ state }) => state === 'open')).toBe(true);
    // The first one's items now are the service's own; the second one is resolved, and the third wants one of its decisions.
    await stores.db.query('UPDATE review_item SET incident = NULL WHERE incident = $1', [first.id]);
    await stores.db.query(`UPDATE incident SET state = 'resolved', resolved_at = now() WHERE id = $1`, [
      second.id,
    ]);
    const [wanted] = await of(second);
    if (wanted === undefined) throw new RangeError('items');
    await loadDecisions(clickhouse, third.system, 'b', clock.nowMs, [
      { id: wanted.decisionId, atMs: T0, route: 'auto', version: 'v2' },
    ]);
    expect(await route(third)).toMatchObject({ affected: 6, added: 5, gaveWay: 5 });
    expect((await states(second)).open?.map(({ id }) => id)).toEqual([wanted.id]);
    expect((await items()).filter(({ incident }) => incident === null)).toHaveLength(6);
    expect(await leftOut(second)).toBe(5);
    // A lease that ran out holds no place either; and a resolved incident's routing takes nobody's.
    await stores.db.query(`UPDATE incident SET state = 'resolved', resolved_at = now() WHERE id = $1`, [
      third.id,
    ]);
    await loadDecisions(clickhouse, first.system, 'b', clock.nowMs, [
      { id: `${queue}-more`, atMs: T0, route: 'auto', version: 'v2' },
    ]);
    await review.commands.claim(PROJECT, wanted.id, 'anna');
    clock.nowMs = (await stores.review.get(PROJECT, wanted.id))?.leaseUntilMs ?? 0;
    expect(await route(first)).toMatchObject({ affected: 7, linked: 6, added: 1, gaveWay: 1 });
    expect((await states(second)).expired).toHaveLength(6);
    await stores.db.query(`UPDATE incident SET state = 'resolved', resolved_at = now() WHERE id = $1`, [
      first.id,
    ]);
    await loadDecisions(clickhouse, first.system, 'c', clock.nowMs, [
      { id: `${queue}-late`, atMs: T0, route: 'auto', version: 'v2' },
    ]);
    expect(await route(first)).toMatchObject({ affected: 8, added: 0, leftOut: 1, gaveWay: 0 });
  });

  it('takes them beside people and processes that work on the same items', async () => {
    const { clock, items, route, first, second, third, resolve, review } = await routed(6, 6, 10);
    await route(first);
    await route(second);
    await resolve(first, 10);
    await resolve(second, 20);
    const person = async (name: string) => {
      const item = await review.commands.next(PROJECT, (await items())[0]?.queue ?? '', name);
      if (item === undefined) return 'nothing';
      const hold = { id: item.id, reviewer: name, fence: item.fence };
      return (await review.commands.rule(PROJECT, hold, { kind: 'confirmed', note: '' })).kind;
    };
    const people = ['a', 'b', 'c', 'd'].map(person);
    const [one, other] = await Promise.all([
      route(third),
      route(third),
      stores.review.expire(clock.nowMs),
      ...people,
    ]);
    const all = await items();
    const ruled = all.filter(({ state }) => state === 'ruled').length;
    const expired = all.filter(({ state }) => state === 'expired').length;
    // Either a person had it or it gave way; nobody's ruling was lost, and no place was given twice.
    const told = await Promise.all(people);
    expect(told.filter((kind) => kind !== 'ruled' && kind !== 'nothing')).toEqual([]);
    expect(ruled).toBe(told.filter((kind) => kind === 'ruled').length);
    expect(one.gaveWay + other.gaveWay).toBe(expired);
    expect(all.filter(({ state }) => state === 'open').length).toBeLessThanOrEqual(CAPACITY);
    expect(all.filter(({ incident }) => incident === third.id).length).toBe(one.added + other.added);
  });
});
