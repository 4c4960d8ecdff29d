import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { judgeAddress } from '../../alerts/channels/address-guard.ts';
import type { DeliveryResult } from '../../alerts/channels/channel.ts';
import { channelOpener } from '../../alerts/channels/open.ts';
import { channelSpec } from '../../model/documents/channel.ts';
import { message } from './fixtures.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NEW_SECRET = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
type Request = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly path: string };
const seen: Request[] = [];
let answer: (response: ServerResponse) => void = (response) => response.end();
let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ headers: request.headers, body, path: request.url ?? '' });
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen.length = 0;
  answer = (response) => response.end('ok');
});
const status = (code: number, headers: Record<string, string> = {}) => {
  answer = (response) => response.writeHead(code, headers).end();
};

type Given = {
  readonly url?: string;
  readonly secret?: string | undefined;
  readonly allowPrivateNetwork?: boolean;
  readonly resolve?: () => Promise<readonly string[]>;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
};
async function deliver(given: Given = {}): Promise<DeliveryResult> {
  const spec = channelSpec.parse({
    kind: 'webhook',
    url: given.url ?? `http://127.0.0.1:${port}/hook`,
    secretEnv: 'HOOK_SECRET',
    allowPrivateNetwork: given.allowPrivateNetwork ?? true,
  });
  const secret = 'secret' in given ? given.secret : SECRET;
  const opening = channelOpener({
    secret: (name) => (name === 'HOOK_SECRET' ? secret : undefined),
    publicUrl: 'https://leeway.example.org/',
    ...(given.resolve === undefined ? {} : { resolve: given.resolve }),
    ...(given.deadlineMs === undefined ? {} : { deadlineMs: given.deadlineMs }),
  })(spec);
  if (opening.kind === 'unusable') throw new Error(opening.reason);
  const signal = given.signal ?? new AbortController().signal;
  return opening.channel.deliver(message, 'msg-1', { number: 1, nowMs: Date.now(), signal });
}
const first = (): Request => {
  const request = seen[0];
  if (request === undefined) throw new Error('the receiver saw nothing');
  return request;
};

describe('a webhook', () => {
  it('is verified by an independent receiver, and refused when one byte differs', async () => {
    expect(await deliver()).toEqual({ kind: 'sent', note: '' });
    const { headers, body } = first();
    const receiver = new Webhook(SECRET);
    expect(() => receiver.verify(body, headers as Record<string, string>)).not.toThrow();
    expect(() => receiver.verify(`${body} `, headers as Record<string, string>)).toThrow();
    expect(headers['webhook-id']).toBe('msg-1');
  });

  it('is signed with both secrets while one is being replaced', async () => {
    await deliver({ secret: `${NEW_SECRET} ${SECRET}` });
    const { headers, body } = first();
    for (const secret of [SECRET, NEW_SECRET]) {
      expect(() => new Webhook(secret).verify(body, headers as Record<string, string>)).not.toThrow();
    }
  });

  it('carries a CloudEvent 1.0 in structured mode', async () => {
    await deliver();
    const { headers, body } = first();
    expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(JSON.parse(body)).toMatchObject({
      specversion: '1.0',
      id: 'msg-1',
      source: 'https://leeway.example.org/projects/default',
      type: 'dev.leeway.incident.opened',
      subject: 'incidents/12',
      time: '2026-03-04T05:06:00.000Z',
      datacontenttype: 'application/json',
      data: {
        url: 'https://leeway.example.org/incidents/12',
        onset: '2026-03-04T03:36:00.000Z',
        affectedDecisions: 431,
        signals: [{ subject: 'distance', value: 0.81234, n: 1_200 }],
      },
    });
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
  });

  it('does not follow a redirect', async () => {
    status(307, { location: `http://127.0.0.1:${port}/elsewhere` });
    expect(await deliver()).toMatchObject({ kind: 'refused', reason: expect.stringContaining('307') });
    expect(seen.map(({ path }) => path)).toEqual(['/hook']);
  });

  it.each([
    [410, {}, { kind: 'gone', reason: 'answered 410 Gone' }],
    [404, {}, { kind: 'refused', reason: 'answered 404' }],
    [500, {}, { kind: 'retry', reason: 'answered 500' }],
    [429, { 'retry-after': '7' }, { kind: 'retry', reason: 'answered 429', afterMs: 7_000 }],
    [503, { 'retry-after': '120' }, { kind: 'retry', reason: 'answered 503', afterMs: 120_000 }],
    [503, { 'retry-after': 'soon' }, { kind: 'retry', reason: 'answered 503' }],
  ])('takes %i %j as %j', async (code, headers, expected) => {
    status(code, headers as Record<string, string>);
    expect(await deliver()).toEqual(expected);
  });

  it('reads a date in Retry-After', async () => {
    status(503, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() });
    const result = await deliver();
    const afterMs = result.kind === 'retry' ? (result.afterMs ?? 0) : 0;
    // HTTP dates have whole seconds, and the test itself takes a moment.
    expect(afterMs).toBeGreaterThan(80_000);
    expect(afterMs).toBeLessThanOrEqual(90_000);
  });

  it('gives up on a receiver that never answers, and tries again later', async () => {
    answer = () => undefined;
    expect(await deliver({ deadlineMs: 100 })).toEqual({ kind: 'retry', reason: 'no answer within 0.1 s' });
  });
  it('ends when nobody waits for it any more', async () => {
    const ending = new AbortController();
    answer = () => ending.abort();
    expect(await deliver({ signal: ending.signal })).toMatchObject({ kind: 'retry' });
  });
  it('tries again when nobody listens', async () => {
    const unused = createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const { port: free } = unused.address() as AddressInfo;
    unused.close();
    await once(unused, 'close');
    const result = await deliver({ url: `http://127.0.0.1:${free}/` });
    expect(result).toEqual({ kind: 'retry', reason: 'ECONNREFUSED' });
  });

  it.each([
    ['not set', undefined],
    ['not a Standard Webhooks secret', 'hunter2-hunter2'],
    ['not a Standard Webhooks secret', `whsec_${Buffer.alloc(23).toString('base64')}`],
  ])('is unusable when its secret is %s, and does not tell it', async (words, secret) => {
    const failure: unknown = await deliver({ secret }).catch((error: unknown) => error);
    expect(String(failure)).toContain(words);
    expect(String(failure)).toContain('HOOK_SECRET');
    if (secret !== undefined) expect(String(failure)).not.toContain(secret);
    expect(seen).toEqual([]);
  });
});

describe('addresses', () => {
  // IANA special-purpose registries (RFC 6890 and later), beside addresses that are plainly public.
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'ff02::1',
    'localhost',
    '',
  ])('refuses %s', (address) => {
    expect(judgeAddress(address).kind).toBe('refused');
  });
  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'lets %s pass',
    (address) => {
      expect(judgeAddress(address)).toEqual({ kind: 'public' });
    },
  );

  it.each([
    'http://127.0.0.1',
    'http://0x7f.1',
    'http://2130706433',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
  ])('does not connect to %s unless the document allows it', async (origin) => {
    const result = await deliver({ url: `${origin}:${port}/hook`, allowPrivateNetwork: false });
    expect(result).toMatchObject({ kind: 'refused', reason: expect.stringContaining('allowPrivateNetwork') });
    expect(seen).toEqual([]);
  });
  it('refuses a name when any of its addresses is private', async () => {
    const resolve = async () => ['8.8.8.8', '127.0.0.1'];
    const url = `http://hooks.example.org:${port}/`;
    expect(await deliver({ url, allowPrivateNetwork: false, resolve })).toMatchObject({ kind: 'refused' });
  });
  it('connects to the address that was judged, not to a second answer of the name server', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return ['127.0.0.1'];
    };
    // The name does not exist: only the pinned address can have led to the receiver.
    expect(await deliver({ url: `http://hooks.invalid:${port}/hook`, resolve })).toMatchObject({
      kind: 'sent',
    });
    expect(asked).toBe(1);
    expect(first().headers.host).toBe(`hooks.invalid:${port}`);
  });
});
