import { beforeAll, describe, expect, it } from 'vitest';
import { type Running, startCollector } from './support.ts';

let running: Running;
beforeAll(async () => {
  running = await startCollector({
    cors: {
      allowedOrigins: ['https://app.example.com', 'https://*.shop.example.com'],
      allowedHeaders: ['Authorization'],
      exposedHeaders: ['Retry-After'],
      maxAgeSeconds: 7_200,
    },
  });
});

const preflight = async (origin: string, headers = 'content-type'): Promise<Response> =>
  await fetch(`${running.url}/v1/traces`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': headers,
    },
  });
const corsOf = (answer: Response): Record<string, string> =>
  Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('access-control-')));

describe('a browser that asks whether it may send', () => {
  it.each(['https://app.example.com', 'https://eu.shop.example.com', 'https://App.Example.com'])(
    'may from %s',
    async (origin) => {
      const answer = await preflight(origin, 'Authorization, content-type');
      expect([answer.status, corsOf(answer)]).toEqual([
        204,
        {
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': 'authorization, content-type',
          'access-control-max-age': '7200',
        },
      ]);
      expect(answer.headers.get('vary')).toBe(
        'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      );
    },
  );

  it.each([
    ['another origin', 'https://evil.example.com', 'content-type'],
    ['an origin that only ends alike', 'https://evilshop.example.com', 'content-type'],
    ['another scheme', 'http://app.example.com', 'content-type'],
    ['no origin at all', 'null', 'content-type'],
    ['a header that nobody allowed', 'https://app.example.com', 'content-type, x-secret'],
  ])('may not with %s', async (_, origin, headers) => {
    const answer = await preflight(origin, headers);
    expect([answer.status, corsOf(answer)]).toEqual([204, {}]);
  });
});

describe('what a page sends', () => {
  const send = async (url: string, origin: string, path = '/v1/traces'): Promise<Response> =>
    await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: '{}',
    });

  it('is answered with the headers that let the page read the answer, errors too', async () => {
    const allowed = {
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After',
    };
    const good = await send(running.url, 'https://app.example.com');
    expect([good.status, corsOf(good), good.headers.get('vary')]).toEqual([200, allowed, 'Origin']);
    const bad = await send(running.url, 'https://app.example.com', '/nowhere');
    expect([bad.status, corsOf(bad)]).toEqual([404, allowed]);
  });

  it('is answered without them for other origins, and to a collector that allows none', async () => {
    expect(corsOf(await send(running.url, 'https://evil.example.com'))).toEqual({});
    const closed = await startCollector();
    const answer = await send(closed.url, 'https://app.example.com');
    expect([answer.status, corsOf(answer), answer.headers.get('vary')]).toEqual([200, {}, null]);
    const asked = await fetch(`${closed.url}/v1/traces`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect(asked.status).toBe(405);
  });

  it('never comes with credentials when every origin is allowed', async () => {
    const open = await startCollector({
      cors: { allowedOrigins: ['*'], allowedHeaders: ['*'], exposedHeaders: [], maxAgeSeconds: 0 },
    });
    const answer = await send(open.url, 'https://anywhere.example');
    expect(corsOf(answer)).toEqual({ 'access-control-allow-origin': '*' });
  });
});
