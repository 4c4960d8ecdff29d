import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problem } from '../../api/contract/common.ts';
import { claimed, queueRow, reviewList, reviewRow } from '../../api/contract/review.ts';
import { newRoutes } from '../../api/http.ts';
import { reviewRoutes } from '../../api/routes/review.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import type { Scope } from '../../store/ports/tokens.ts';
import { freshClickhouse, freshPostgres } from '../support/stores.ts';
import { MINUTE, PROJECT, T0 } from './fixtures.ts';
import { applyQueue, applySystem, loadDecisions, reviewOn } from './review-setting.ts';
import { type Stores, storesOn } from './stores.ts';

let stores: Stores;
let clickhouse: ClickhousePool;
beforeAll(async () => {
  [stores, clickhouse] = [storesOn(await freshPostgres()), await freshClickhouse()];
});

const queueList = z.object({ rows: z.array(queueRow) });
const NOBODY = '00000000-0000-4000-8000-000000000000';
let tests = 0;
async function setting(decisions: number, scopes: readonly Scope[] = ['read', 'review']) {
  tests += 1;
  const [system, queue] = [`s${tests}`, `q${tests}`];
  await applyQueue(stores, queue, { description: 'unclear cases' });
  await applySystem(stores, system, queue, ['refer']);
  const clock = { nowMs: Date.UTC(2026, 10, 22, 6) + tests * 60 * MINUTE };
  const rows = Array.from({ length: decisions }, (_, i) => ({
    id: `${system}-${i}`,
    atMs: T0,
    value: i === 1 ? 'refer' : 'hold',
  }));
  await loadDecisions(clickhouse, system, 'a', clock.nowMs - 5 * MINUTE, rows);
  const review = reviewOn(stores, clickhouse, { clock });
  await review.tickOnce();
  const app = newRoutes();
  app.use(async (c, next) => {
    c.set('principal', { tokenId: 't', project: PROJECT, name: 'test', scopes });
    c.set('requestId', 'r');
    await next();
  });
  app.route(
    '/',
    reviewRoutes({ ...review, decisionDetail: async () => undefined, nowMs: () => clock.nowMs }),
  );
  const get = async (path: string) => {
    const response = await app.request(path);
    return { status: response.status, body: await response.json() };
  };
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  const next = async (reviewer: string) =>
    claimed.parse((await post('/review/next', { reviewer, queue })).body);
  return { system, queue, clock, get, post, next };
}

describe('the review routes', () => {
  it('lead a reviewer from the queue to a ruling and back', async () => {
    const { system, queue, clock, get, post, next } = await setting(2);
    const queues = async () =>
      queueList.parse((await get('/review/queues')).body).rows.find(({ name }) => name === queue);
    clock.nowMs += MINUTE;
    expect(await queues()).toEqual({
      name: queue,
      description: 'unclear cases',
      waiting: 2,
      claimed: 0,
      ruledToday: 0,
      overturnedToday: 0,
      oldestMs: MINUTE,
      leftOut: 0,
      capacity: 500,
    });
    const mine = await next('anna');
    // A queue without a list of its own offers what was decided: one held, and one referred to a person, which is no choice.
    expect(mine).toMatchObject({
      item: { state: 'claimed', claimedBy: 'anna' },
      fence: 1,
      decision: null,
      values: ['hold'],
    });
    const path = `/review/items/${mine.item.id}`;
    const ruling = { kind: 'overturned', value: 'go' };
    const ruled = await post(`${path}/rule`, { reviewer: 'anna', fence: mine.fence, ruling });
    expect(reviewRow.parse(ruled.body)).toMatchObject({
      state: 'ruled',
      ruledBy: 'anna',
      ruling: { ...ruling, note: '' },
    });
    expect(await queues()).toMatchObject({ waiting: 1, ruledToday: 1, overturnedToday: 1 });

    const undone = claimed.parse((await post(`${path}/undo`, { reviewer: 'anna' })).body);
    expect(undone).toMatchObject({ fence: 2, item: { state: 'claimed' } });
    const hold = { reviewer: 'anna', fence: 2 };
    expect((await post(`${path}/renew`, hold)).status).toBe(200);
    expect(reviewRow.parse((await post(`${path}/release`, hold)).body)).toMatchObject({ state: 'open' });
    expect(reviewRow.parse((await get(path)).body)).toMatchObject({ state: 'open', system });
    expect(claimed.parse((await post(`${path}/claim`, { reviewer: 'ben' })).body)).toMatchObject({
      fence: 3,
    });
    const list = reviewList.parse((await get(`/review/items?queue=${queue}&state=claimed&limit=1`)).body);
    expect(list).toMatchObject({ total: 1, rows: [{ claimedBy: 'ben' }] });
  });

  it('answer null when nothing waits', async () => {
    const { queue, post } = await setting(0);
    expect(await post('/review/next', { reviewer: 'anna', queue })).toEqual({ status: 200, body: null });
  });

  it('say why they refuse, and what to do next', async () => {
    const { clock, post, next } = await setting(1);
    const { item, fence } = await next('anna');
    const path = `/review/items/${item.id}`;
    const confirmed = { kind: 'confirmed' };
    const refused = async (what: string, body: unknown) => {
      const { status, body: answer } = await post(`${path}/${what}`, body);
      return [status, problem.parse(answer).code, problem.parse(answer).help !== undefined];
    };
    expect(await refused('claim', { reviewer: 'ben' })).toEqual([409, 'already_claimed', true]);
    const stale = { reviewer: 'anna', fence: fence + 1, ruling: confirmed };
    expect(await refused('rule', stale)).toEqual([409, 'lease_lost', true]);
    const same = { reviewer: 'anna', fence, ruling: { kind: 'overturned', value: 'hold' } };
    expect(await refused('rule', same)).toEqual([409, 'refused', true]);
    expect(await refused('undo', { reviewer: 'anna' })).toEqual([409, 'refused', true]);
    await post(`${path}/rule`, { reviewer: 'anna', fence, ruling: confirmed });
    clock.nowMs += MINUTE;
    expect(await refused('undo', { reviewer: 'anna' })).toEqual([409, 'undo_too_late', true]);
  });

  it('know no item that is not there', async () => {
    const { get, post } = await setting(0);
    expect((await get(`/review/items/${NOBODY}`)).status).toBe(404);
    for (const what of ['claim', 'undo']) {
      const answer = await post(`/review/items/${NOBODY}/${what}`, { reviewer: 'anna' });
      expect([answer.status, problem.parse(answer.body).code]).toEqual([404, 'not_found']);
    }
    for (const what of ['renew', 'release']) {
      expect((await post(`/review/items/${NOBODY}/${what}`, { reviewer: 'anna', fence: 1 })).status).toBe(
        404,
      );
    }
  });

  it.each([
    ['/review/next', { reviewer: '' }],
    ['/review/next', { reviewer: 'anna', more: 1 }],
    ['/review/items/not-a-uuid/claim', { reviewer: 'anna' }],
    [`/review/items/${NOBODY}/rule`, { reviewer: 'anna', fence: 1, ruling: { kind: 'perhaps' } }],
    [`/review/items/${NOBODY}/rule`, { reviewer: 'anna', fence: 1.5, ruling: { kind: 'confirmed' } }],
  ])('refuse %s with %j as malformed', async (path, body) => {
    const { post } = await setting(0);
    const answer = await post(path, body);
    expect([answer.status, problem.parse(answer.body).code]).toEqual([400, 'validation_failed']);
  });

  it('let nobody rule who may only look', async () => {
    const { queue, get, post } = await setting(1, ['read']);
    expect((await get('/review/queues')).status).toBe(200);
    expect((await post('/review/next', { reviewer: 'anna', queue })).status).toBe(403);
  });
});
