import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it } from 'vitest';
import { decisionId } from '../../model/ids.ts';
import type { NewReviewItem } from '../../store/ports/review.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { freshPostgresUrl } from '../support/stores.ts';
import { FLIGHTS, MINUTE, PROJECT, T0 } from './fixtures.ts';
import { type Stores, storesOn } from './stores.ts';

const LEASE = 5 * MINUTE;
const DUE = 240 * MINUTE;
let url: string;
let stores: Stores;
beforeAll(async () => {
  url = await freshPostgresUrl();
  const db = connectPostgres({ url });
  stores = storesOn(db);
  return () => db.close();
});

let items = 0;
async function addItem(queue: string, more: Partial<NewReviewItem> = {}): Promise<string> {
  items += 1;
  const item: NewReviewItem = {
    id: randomUUID(),
    project: PROJECT,
    system: FLIGHTS,
    queue,
    decisionId: decisionId.parse(`d-${items}`),
    decisionValue: 'hold',
    decisionTimeMs: T0,
    incident: null,
    reason: 'test',
    priority: 1,
    inclusionProbability: 1,
    createdAtMs: T0 + items,
    dueAtMs: T0 + DUE,
    ...more,
  };
  await stores.db.transaction((tx) => stores.review.add([item], tx));
  return item.id;
}
const claim = (id: string, reviewer: string, nowMs = T0) =>
  stores.review.claim(PROJECT, id, reviewer, LEASE, nowMs);
const next = (queue: string, reviewer: string, nowMs = T0) =>
  stores.review.claimNext(PROJECT, queue, reviewer, LEASE, nowMs);
const rule = (
  id: string,
  reviewer: string,
  fence: number,
  nowMs = T0,
  kind: 'confirmed' | 'unsure' = 'confirmed',
) =>
  stores.db.transaction((tx) =>
    stores.review.rule(PROJECT, { id, reviewer, fence }, { kind, note: '' }, nowMs, tx),
  );
const fenceOf = (result: Awaited<ReturnType<typeof claim>>): number => {
  if (result.kind === 'refused') throw new Error(result.reason);
  return result.item.fence;
};

describe('a claim', () => {
  it('holds an item for one reviewer until its lease ends', async () => {
    const id = await addItem('q');
    expect(await claim(id, 'anna')).toMatchObject({
      kind: 'claimed',
      item: { claimedBy: 'anna', fence: 1, leaseUntilMs: T0 + LEASE },
    });
    expect(await claim(id, 'ben')).toEqual({ kind: 'refused', reason: 'held_by_other' });
    expect(await claim(id, 'ben', T0 + LEASE - 1)).toEqual({ kind: 'refused', reason: 'held_by_other' });
    expect(await claim(id, 'ben', T0 + LEASE)).toMatchObject({ kind: 'claimed', item: { fence: 2 } });
  });

  it('that ran out rules nothing, whether or not somebody else has claimed since', async () => {
    const id = await addItem('q');
    const fence = fenceOf(await claim(id, 'anna'));
    const refused = { kind: 'refused', reason: 'lease_lost' };
    expect(await rule(id, 'anna', fence, T0 + LEASE)).toEqual(refused);
    const second = fenceOf(await claim(id, 'ben', T0 + LEASE));
    expect(await rule(id, 'anna', fence, T0 + LEASE)).toEqual(refused);
    expect(await rule(id, 'anna', second, T0 + LEASE)).toEqual(refused);
    expect(await rule(id, 'ben', second, T0 + LEASE)).toMatchObject({
      kind: 'ruled',
      item: { ruledBy: 'ben' },
    });
    expect(await rule(id, 'ben', second, T0 + LEASE)).toEqual({ kind: 'refused', reason: 'already_ruled' });
  });
  it('made again by the same reviewer takes the fence from the first', async () => {
    const id = await addItem('q');
    const first = fenceOf(await claim(id, 'anna'));
    const second = fenceOf(await claim(id, 'anna'));
    expect(second).toBe(first + 1);
    expect(await rule(id, 'anna', first)).toEqual({ kind: 'refused', reason: 'lease_lost' });
  });
  it('is kept by a renewal, and given back by a release', async () => {
    const id = await addItem('q');
    const hold = { id, reviewer: 'anna', fence: fenceOf(await claim(id, 'anna')) };
    const renewed = await stores.review.renew(PROJECT, hold, LEASE, T0 + MINUTE);
    expect(renewed).toMatchObject({ kind: 'held', item: { leaseUntilMs: T0 + MINUTE + LEASE } });
    expect(await claim(id, 'ben', T0 + LEASE)).toMatchObject({ kind: 'refused' });
    expect(await stores.review.release(PROJECT, hold, T0 + LEASE)).toMatchObject({
      kind: 'held',
      item: { state: 'open' },
    });
    expect(await stores.review.renew(PROJECT, hold, LEASE, T0 + LEASE)).toEqual({
      kind: 'refused',
      reason: 'lease_lost',
    });
    expect(await claim(id, 'ben', T0 + LEASE)).toMatchObject({ kind: 'claimed' });
  });
  it('of an unknown item, or one of another project, is refused', async () => {
    expect(await claim(randomUUID(), 'anna')).toEqual({ kind: 'refused', reason: 'not_found' });
  });
});

describe('the next item', () => {
  it('is the one of highest priority, then the oldest', async () => {
    const [low, oldHigh, newHigh] = [
      await addItem('order', { priority: 1, createdAtMs: T0 }),
      await addItem('order', { priority: 10, createdAtMs: T0 + 1 }),
      await addItem('order', { priority: 10, createdAtMs: T0 + 2 }),
    ];
    const taken = [
      await next('order', 'a'),
      await next('order', 'b'),
      await next('order', 'c'),
      await next('order', 'd'),
    ];
    expect(taken.map((item) => item?.id)).toEqual([oldHigh, newHigh, low, undefined]);
  });
  it('is not offered again to the reviewer who could not tell', async () => {
    const id = await addItem('unsure');
    const fence = (await next('unsure', 'anna'))?.fence ?? 0;
    expect(await rule(id, 'anna', fence, T0, 'unsure')).toMatchObject({
      kind: 'passed_on',
      item: { state: 'open' },
    });
    expect(await next('unsure', 'anna')).toBeUndefined();
    expect((await next('unsure', 'ben'))?.id).toBe(id);
  });
});

describe('time', () => {
  it('opens items whose lease ended, and closes those that waited too long, but not under a reviewer', async () => {
    const [held, waiting, forgotten] = [await addItem('t'), await addItem('t'), await addItem('t')];
    const atDue = T0 + DUE;
    await claim(forgotten, 'anna', T0);
    expect(await claim(held, 'ben', atDue - MINUTE)).toMatchObject({ kind: 'claimed' });
    const { reopened } = await stores.review.expire(T0 + LEASE);
    expect(reopened.map(({ id }) => id)).toContain(forgotten);
    const { expired } = await stores.review.expire(atDue);
    const closed = expired.map(({ id }) => id);
    expect(closed).toEqual(expect.arrayContaining([waiting, forgotten]));
    expect(closed).not.toContain(held);
    expect(await claim(waiting, 'anna', atDue)).toEqual({ kind: 'refused', reason: 'expired' });
    expect(await rule(held, 'ben', 1, atDue)).toMatchObject({ kind: 'ruled' });
  });
});

describe('two processes that race', () => {
  const ITEMS = 100;
  it(`for each of ${ITEMS} items: exactly one of them gets it`, async () => {
    const ids: string[] = [];
    for (let i = 0; i < ITEMS; i += 1) ids.push(await addItem('race'));
    const script = new URL('./children/claim.ts', import.meta.url).pathname;
    const racers = ['anna', 'ben'].map((reviewer) => {
      const child = spawn(process.execPath, [script, url, reviewer, String(T0), ...ids], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
    });
    for (const { lines } of racers) expect((await lines.next()).value).toBe('ready');
    for (const { child } of racers) child.stdin.write('go\n');
    const results: unknown[][] = [];
    for (const { lines } of racers) results.push(JSON.parse(String((await lines.next()).value)));
    await Promise.all(racers.map(({ child }) => child.exitCode ?? once(child, 'exit')));

    const outcomes = ids.map((_, i) => results.map((of) => of[i]));
    for (const outcome of outcomes) expect(outcome.toSorted()).toEqual([1, 'held_by_other']);
    const { rows } = await stores.review.list({ project: PROJECT, queue: 'race', limit: ITEMS });
    expect(rows.every(({ fence, state }) => fence === 1 && state === 'claimed')).toBe(true);
  });
  it('through the next item: nobody gets one twice, and all are given out', async () => {
    const [count, reviewers] = [40, 8];
    for (let i = 0; i < count; i += 1) await addItem('pool');
    const connections = Array.from({ length: 2 }, () => connectPostgres({ url }));
    const pools = connections.map(storesOn);
    const work = Array.from({ length: reviewers }, async (_, i) => {
      const pool = pools[i % pools.length] ?? stores;
      const mine: string[] = [];
      for (;;) {
        const item = await pool.review.claimNext(PROJECT, 'pool', `reviewer-${i}`, LEASE, T0);
        if (item === undefined) return mine;
        mine.push(item.id);
      }
    });
    const all = (await Promise.all(work)).flat();
    expect(all).toHaveLength(count);
    expect(new Set(all).size).toBe(count);
    for (const connection of connections) await connection.close();
  });
});
