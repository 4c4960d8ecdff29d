import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateCache } from '../../alerts/gate-cache.ts';
import type { ApiEnv } from '../../api/http.ts';
import { ofrepRoutes } from '../../api/routes/ofrep.ts';
import { DAY_MS } from '../../model/time.ts';
import type { Scope } from '../../store/ports/tokens.ts';
import { freshPostgres } from '../support/stores.ts';
import { minute } from './findings.ts';
import { buildHouse, newTelemetry, PROJECT } from './house.ts';

const house = await freshPostgres().then((db) => buildHouse(db, newTelemetry()));
const cache = createGateCache({
  gates: house.gates,
  live: house.live,
  // What these tests see was told by the store, and not read again by the clock.
  refreshEveryMs: DAY_MS,
  onError: (error) => expect(error).toBeUndefined(),
});
let scopes: Scope[] = ['ingest'];

const app = new Hono<ApiEnv>();
app.use(async (c, next) => {
  c.set('principal', { tokenId: 't', project: PROJECT, name: 'svc', scopes });
  await next();
});
app.route('/ofrep/v1', ofrepRoutes({ gates: cache }));
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
let baseUrl = '';

beforeAll(async () => {
  if (server.address() === null) await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await house.deploy('v1', minute(0) - 10 * DAY_MS);
  await house.deploy('v2', minute(0));
  await cache.start();
});
afterAll(async () => {
  await OpenFeature.close();
  await cache.stop();
  server.close();
});

const ask = (
  path: string,
  body: string = '{"context":{"targetingKey":"f1"}}',
  headers: Record<string, string> = {},
) =>
  fetch(`${baseUrl}/ofrep/v1/evaluate/flags${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('an unmodified OpenFeature SDK', () => {
  it('sees a flip when the store tells it', async () => {
    await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl }));
    const client = OpenFeature.getClient();
    const serving = () => client.getStringValue('flights.model-version', 'none', { targetingKey: 'f1' });
    expect(await serving()).toBe('v2');
    expect(await client.getStringValue('flights.route', 'none')).toBe('auto');
    for (let n = 0; n < 10; n += 1) {
      const to = n % 2 === 0 ? 'v1' : 'v2';
      const change = {
        project: PROJECT,
        system: 'flights',
        servingVersion: to,
        reason: 'test',
        incident: null,
      };
      await house.gates.change({ ...change, atMs: minute(n), by: 'test' }, Date.now());
      await expect.poll(serving, { interval: 2 }).toBe(to);
    }
  });

  it('falls back to its default for a system without a gate, and says why', async () => {
    const client = OpenFeature.getClient();
    const details = await client.getStringDetails('unknown.route', 'review');
    expect(details).toMatchObject({ value: 'review', reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' });
  });
});

describe('OFREP', () => {
  it('answers one flag with its variant and where it comes from', async () => {
    const response = await ask('/flights.route');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      key: 'flights.route',
      value: 'auto',
      variant: 'auto',
      reason: 'STATIC',
      metadata: { changedBy: 'test' },
    });
  });

  it.each([
    ['/flights.price', 404, 'FLAG_NOT_FOUND'],
    ['/nobody.route', 404, 'FLAG_NOT_FOUND'],
  ])('does not know %s', async (path, status, errorCode) => {
    const response = await ask(path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ key: path.slice(1), errorCode });
  });

  it.each([
    ['{', 'PARSE_ERROR'],
    ['[]', 'PARSE_ERROR'],
    ['{"context":7}', 'INVALID_CONTEXT'],
    ['{"context":{"targetingKey":7}}', 'INVALID_CONTEXT'],
  ])('refuses %s', async (body, errorCode) => {
    for (const path of ['', '/flights.route']) {
      const response = await ask(path, body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errorCode });
    }
  });

  it('answers all flags, and nothing new while nothing has changed', async () => {
    const first = await ask('');
    const etag = first.headers.get('etag') ?? '';
    const body = (await first.json()) as { flags: { key: string }[] };
    expect(body.flags.map(({ key }) => key)).toEqual(['flights.model-version', 'flights.route']);
    expect(etag).toMatch(/^"[\w-]+"$/);
    const again = await ask('', '{}', { 'if-none-match': etag });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    await house.deploy('a/b v1', minute(0), 'other.system');
    await expect.poll(async () => (await ask('', '{}', { 'if-none-match': etag })).status).toBe(200);
    const named = await ask(`/${encodeURIComponent('other.system.model-version')}`);
    expect(await named.json()).toMatchObject({ value: 'a/b v1' });
  });

  it('is closed to tokens that may neither read nor ingest', async () => {
    scopes = ['review'];
    expect((await ask('/flights.route')).status).toBe(403);
    scopes = ['read'];
    expect((await ask('/flights.route')).status).toBe(200);
  });
});
