import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { ApiEnv } from '../../api/http.ts';
import { ofrepRoutes } from '../../api/routes/ofrep.ts';
import type { Gate as StoredGate } from '../../model/gate.ts';
import { DEFAULT_PROJECT, systemName } from '../../model/ids.ts';
import { createGate, type GateOptions } from '../../sdk/index.ts';

const SAFE = { modelVersion: 'v1', route: 'review' } as const;
const stored = (more: Partial<StoredGate> = {}): StoredGate =>
  ({
    project: DEFAULT_PROJECT,
    system: systemName.parse('credit.risk'),
    servingVersion: 'v2',
    route: 'auto',
    revision: 1,
    reason: 'deployed',
    changedBy: 'ada',
    changedAtMs: 0,
    incident: null,
    ...more,
  }) as StoredGate;

/** The product's own OFREP routes, a clock in hand, and a line that can be cut. */
function leeway(options: Partial<GateOptions> = {}) {
  const world = { gates: [stored()], nowMs: 1_000_000, cut: false, asked: 0, statuses: [] as number[] };
  const app = new Hono<ApiEnv>();
  app.use(async (c, next) => {
    const principal = { tokenId: 't', project: DEFAULT_PROJECT, name: 'svc', scopes: ['ingest' as const] };
    c.set('principal', principal);
    await next();
  });
  const list = async () => world.gates;
  app.route('/ofrep/v1', ofrepRoutes({ gates: { list, get: async () => world.gates[0] } }));
  const problems: string[] = [];
  const gate = createGate({
    url: 'http://leeway.test',
    token: 'secret',
    nowMs: () => world.nowMs,
    onProblem: (sentence) => problems.push(sentence),
    fetch: async (input, init) => {
      world.asked += 1;
      if (world.cut) throw new TypeError('fetch failed');
      const answer = await app.request(String(input), init);
      world.statuses.push(answer.status);
      return answer;
    },
    ...options,
  });
  return { world, gate, problems };
}
/** Lets the fetch that an ask has started in the background come back. */
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('the gate client', () => {
  it('hears the version and the route, of a system with a dot in its name too', async () => {
    const { gate } = leeway();
    expect(await gate.orders('credit.risk', SAFE)).toEqual({
      modelVersion: 'v2',
      route: 'auto',
      source: 'leeway',
      reason: 'deployed',
      incident: undefined,
    });
  });

  it('answers from memory and asks again after refreshMs, with an ETag', async () => {
    const { gate, world } = leeway({ refreshMs: 5_000 });
    for (let i = 0; i < 100; i++) await gate.orders('credit.risk', SAFE);
    expect(world.asked).toBe(1);
    world.nowMs += 5_000;
    await gate.orders('credit.risk', SAFE);
    await settled();
    expect(world.statuses).toEqual([200, 304]);
    world.gates = [stored({ servingVersion: 'v1', route: 'review', revision: 2, reason: 'rolled back' })];
    world.nowMs += 5_000;
    gate.last('credit.risk', SAFE);
    await settled();
    expect(gate.last('credit.risk', SAFE)).toMatchObject({
      modelVersion: 'v1',
      route: 'review',
      source: 'leeway',
    });
  });

  it('keeps the last word for maxStaleMs, then the safe orders; and comes back by itself', async () => {
    const { gate, world, problems } = leeway({ refreshMs: 5_000, maxStaleMs: 60_000 });
    await gate.orders('credit.risk', SAFE);
    world.cut = true;
    world.nowMs += 30_000;
    expect(await gate.orders('credit.risk', SAFE)).toMatchObject({ modelVersion: 'v2', source: 'stale' });
    await settled();
    expect(problems).toEqual(['the gate could not be asked: fetch failed']);
    world.nowMs += 40_000;
    expect(await gate.orders('credit.risk', SAFE)).toEqual({
      ...SAFE,
      source: 'fallback',
      reason: 'Leeway was last heard 70 s ago',
      incident: undefined,
    });
    await settled();
    world.cut = false;
    world.nowMs += 5_000;
    gate.last('credit.risk', SAFE);
    await settled();
    expect(gate.last('credit.risk', SAFE)).toMatchObject({ modelVersion: 'v2', source: 'leeway' });
  });

  it('takes the safe orders before the first answer, for a system without a gate, and asks one at a time', async () => {
    const { gate, world } = leeway();
    const asks = await Promise.all(Array.from({ length: 50 }, () => gate.orders('unknown', SAFE)));
    expect(world.asked).toBe(1);
    for (const answer of asks) expect(answer).toMatchObject({ ...SAFE, source: 'fallback' });
    const silent = leeway();
    silent.world.cut = true;
    expect(silent.gate.last('credit.risk', SAFE)).toMatchObject({ ...SAFE, source: 'fallback' });
    expect(await silent.gate.orders('credit.risk', SAFE)).toMatchObject({ ...SAFE, source: 'fallback' });
    await silent.gate.orders('credit.risk', SAFE);
    expect(silent.world.asked).toBe(1);
  });

  it.each([
    ['not JSON', new Response('<html>')],
    ['another shape', Response.json({ flags: [null, { key: 'credit.risk.route', value: 'sideways' }] })],
    ['a refusal', new Response('', { status: 401 })],
  ])('never throws: %s', async (_name, answer) => {
    const { gate } = leeway({ fetch: async () => answer.clone() });
    const orders = await gate.orders('credit.risk', SAFE);
    expect(orders).toMatchObject(SAFE);
  });

  it('waits no longer than timeoutMs', async () => {
    const { gate } = leeway({
      timeoutMs: 20,
      fetch: (_url, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('timed out')));
        }),
    });
    expect(await gate.orders('credit.risk', SAFE)).toMatchObject({ ...SAFE, source: 'fallback' });
  });
});
