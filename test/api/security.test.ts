import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { problem } from '../../api/contract/common.ts';
import { PROBLEM_CODES } from '../../api/problems.ts';
import { DEFAULT_PROJECT, projectId } from '../../model/ids.ts';
import { SCOPES, type Scope } from '../../store/ports/tokens.ts';
import { freshDirectory } from '../support/stores.ts';
import { bearer, ORIGIN, openApi } from './support/app.ts';
import { seedDecisions } from './support/seed.ts';

/** A built dashboard, with a canary one level above its root and one in a file that is not for the world. */
function builtDashboard(): string {
  const above = freshDirectory('web');
  const root = join(above, 'dashboard');
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(above, 'secret.txt'), CANARY);
  writeFileSync(join(root, 'assets', 'app-1a2b.js.map'), CANARY);
  writeFileSync(join(root, 'assets', 'app-1a2b.js'), `export const text = '${'x'.repeat(5_000)}';`);
  writeFileSync(
    join(root, 'index.html'),
    `<!doctype html><script>${THEME}</script><script src="/assets/app-1a2b.js"></script>`,
  );
  return root;
}
const CANARY = 'canary-7f3a';
const THEME = "document.documentElement.dataset.theme = 'dark'";
// printf %s "document.documentElement.dataset.theme = 'dark'" | openssl dgst -sha256 -binary | base64
const THEME_HASH = 'sha256-OtwzC4kLCUqUC1CG1s30zaJDdDxZwQK0GoeqKYn4JMc=';

const test = await openApi({ dashboard: builtDashboard() });
const { ask, api } = test;
const all = bearer(await test.token());
await seedDecisions(test.pool.loader, 'default', [
  { id: 'd1', system: 'flights', timeMs: test.clock.nowMs - 60_000, value: 'hold' },
]);

const server = serve({ fetch: api.app.fetch, port: 0, hostname: '127.0.0.1' });
await new Promise((resolve) => server.once('listening', resolve));
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;
afterAll(async () => {
  await api.stop();
  await new Promise((resolve) => server.close(resolve));
});

// Wrong tokens of one test must not slow down the next.
beforeEach(() => {
  test.clock.nowMs += 61_000;
});

/** A request whose path and headers no client library tidies up. */
function raw(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, method: 'GET' }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  const body = problem.parse(await response.json());
  expect({ status: response.status, code: body.code }).toEqual({ status, code });
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(PROBLEM_CODES).toContain(body.code);
  expect(body.requestId).toBe(response.headers.get('x-request-id'));
  expect(body.status).toBe(status);
}

type Operation = { security?: unknown; 'x-leeway-scopes'?: Scope[] };
type OpenApi = { paths: Record<string, Record<string, Operation>> };
const described = await ask('/openapi.json');
if (described.status !== 200) throw new Error(`${await described.text()} ${JSON.stringify(test.events)}`);
const document = (await described.json()) as OpenApi;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const concrete = (path: string) => path.replaceAll(/\{(\w+)\}/g, '1');

/** What may be asked without a token. A new route is closed until it is written here. */
const OPEN = ['GET /healthz', 'GET /readyz', 'POST /api/v1/session', 'DELETE /api/v1/session'];
/** What each route asks for; any of the scopes opens it. A new route fails here until someone has thought about it. */
const MATRIX: Record<string, readonly Scope[]> = {
  'GET /metrics': ['read'],
  'GET /api/v1/session': ['ingest', 'read', 'review', 'operate', 'admin'],
  'GET /api/v1/overview': ['read'],
  'GET /api/v1/systems': ['read'],
  'GET /api/v1/systems/{system}': ['read'],
  'GET /api/v1/systems/{system}/heatmap': ['read'],
  'GET /api/v1/systems/{system}/explain': ['read'],
  'GET /api/v1/systems/{system}/performance': ['read'],
  'GET /api/v1/systems/{system}/monitors/suggestion': ['read'],
  'GET /api/v1/systems/{system}/contract': ['read'],
  'GET /api/v1/systems/{system}/contract/violations': ['read'],
  'POST /api/v1/systems/{system}/contract/replay': ['operate'],
  'GET /api/v1/tokens': ['admin'],
  'POST /api/v1/tokens': ['admin'],
  'DELETE /api/v1/tokens/{id}': ['admin'],
  'GET /api/v1/systems/{system}/features/{feature}/distribution': ['read'],
  'GET /api/v1/slos': ['read'],
  'GET /api/v1/slos/{name}': ['read'],
  'GET /api/v1/decisions': ['read'],
  'GET /api/v1/decisions/facets': ['read'],
  'GET /api/v1/decisions/{id}': ['read'],
  'GET /api/v1/incidents': ['read'],
  'GET /api/v1/incidents/{id}': ['read'],
  'POST /api/v1/incidents/{id}/acknowledge': ['operate'],
  'POST /api/v1/incidents/{id}/resolve': ['operate'],
  'POST /api/v1/incidents/{id}/judgement': ['operate', 'review'],
  'GET /api/v1/incidents/{id}/explain': ['read'],
  'POST /api/v1/incidents/{id}/notes': ['operate', 'review'],
  'POST /api/v1/incidents/{id}/actions': ['operate'],
  'POST /api/v1/incidents/{id}/actions/{action}/decide': ['operate'],
  'POST /api/v1/systems/{system}/deployments': ['operate'],
  'GET /api/v1/systems/{system}/gate': ['read', 'ingest'],
  'POST /api/v1/systems/{system}/gate': ['operate'],
  'POST /api/v1/systems/{system}/versions/{version}/release': ['operate'],
  'GET /api/v1/review/queues': ['read', 'review'],
  'GET /api/v1/review/items': ['read', 'review'],
  'GET /api/v1/review/items/{id}': ['read', 'review'],
  'POST /api/v1/review/next': ['review'],
  'POST /api/v1/review/items/{id}/claim': ['review'],
  'POST /api/v1/review/items/{id}/renew': ['review'],
  'POST /api/v1/review/items/{id}/release': ['review'],
  'POST /api/v1/review/items/{id}/rule': ['review'],
  'POST /api/v1/review/items/{id}/undo': ['review'],
  'GET /api/v1/documents': ['read'],
  'POST /api/v1/documents': ['admin'],
  'GET /api/v1/ledger': ['read'],
  'GET /api/v1/findings': ['read'],
  'GET /api/v1/audit': ['read'],
  'GET /api/v1/events': ['read'],
  'GET /api/v1/analysis': ['read'],
  'GET /api/v1/references': ['read'],
  'POST /api/v1/systems/{system}/references': ['operate'],
  'POST /api/v1/systems/{system}/references/{name}/{version}/retire': ['operate'],
  'POST /api/v1/systems/{system}/backfills': ['operate'],
  'GET /api/v1/systems/{system}/backfills': ['read'],
  'GET /api/v1/backfills/{id}': ['read'],
};

describe('who may do what', () => {
  it('has a row for every route', () => {
    const routes = operations.map(({ method, path }) => `${method} ${path}`);
    expect(routes.sort()).toEqual([...OPEN, ...Object.keys(MATRIX)].sort());
  });

  it.each(Object.entries(MATRIX))('%s is closed to strangers and wrong scopes', async (name, scopes) => {
    const [method = '', path = ''] = name.split(' ');
    const init = { method };
    await expectProblem(await ask(concrete(path), init), 401, 'unauthenticated');
    await expectProblem(
      await ask(concrete(path), { ...init, headers: bearer('lw_wrong') }),
      401,
      'unauthenticated',
    );
    const others = SCOPES.filter((scope) => !scopes.includes(scope));
    if (others.length > 0) {
      const wrong = bearer(await test.token(others));
      await expectProblem(await ask(concrete(path), { ...init, headers: wrong }), 403, 'missing_scope');
    }
    for (const scope of scopes) {
      const response = await ask(concrete(path), { ...init, headers: bearer(await test.token([scope])) });
      expect([401, 403, 500]).not.toContain(response.status);
      await response.body?.cancel();
    }
  });

  it('refuses a token from the moment it is revoked, in the header and in the cookie', async () => {
    const { id, token } = await test.tokens.create(projectId.parse('default'), 'short', ['read'], 0);
    expect((await ask('/api/v1/session', { headers: bearer(token) })).status).toBe(200);
    await test.tokens.revoke(DEFAULT_PROJECT, id, test.clock.nowMs);
    await expectProblem(await ask('/api/v1/session', { headers: bearer(token) }), 401, 'unauthenticated');
    await expectProblem(
      await ask('/api/v1/session', { headers: { cookie: `leeway_session=${token}` } }),
      401,
      'unauthenticated',
    );
  });

  it('shows nothing of another project', async () => {
    const other = bearer(await test.token(['read'], projectId.parse('other')));
    await expectProblem(await ask('/api/v1/decisions/d1', { headers: other }), 404, 'not_found');
    expect((await ask('/api/v1/decisions/d1', { headers: all })).status).toBe(200);
    const list = (await (await ask('/api/v1/decisions', { headers: other })).json()) as { total: number };
    expect(list.total).toBe(0);
  });
});

describe('sessions', () => {
  it('trade a token for a cookie that no script and no other site can use', async () => {
    const token = await test.token(['read']);
    const began = await ask('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    expect(await began.json()).toEqual({
      project: 'default',
      scopes: ['read'],
      name: 'test read',
      ingestUrl: 'http://127.0.0.1:4318',
    });
    const cookie = began.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^leeway_session=/);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    const pair = cookie.split(';')[0] ?? '';
    expect((await ask('/api/v1/session', { headers: { cookie: pair } })).status).toBe(200);
    const ended = await ask('/api/v1/session', { method: 'DELETE' });
    expect(ended.status).toBe(204);
    expect(ended.headers.get('set-cookie')).toContain('Max-Age=0');
  });

  it('do not begin with a wrong token', async () => {
    const response = await ask('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: 'lw_guess' }),
    });
    expect(response.headers.get('set-cookie')).toBeNull();
    await expectProblem(response, 401, 'unauthenticated');
  });
});

describe('other sites', () => {
  const write = async (headers: Record<string, string>) =>
    ask('/api/v1/documents', {
      method: 'POST',
      headers: {
        cookie: `leeway_session=${await test.token()}`,
        'content-type': 'application/json',
        host: '127.0.0.1:4300',
        ...headers,
      },
      body: JSON.stringify({ yaml: 'nothing', dryRun: true }),
    });
  it.each([
    ['names another origin', { origin: 'http://evil.example' }],
    ['is another port of this host', { origin: 'http://127.0.0.1:3000' }],
    ['is on the same site only', { 'sec-fetch-site': 'same-site', origin: ORIGIN }],
    ['is typed into the address bar', { 'sec-fetch-site': 'none' }],
    ['hides its origin', { origin: 'null' }],
    ['tells no origin at all', {}],
  ])('a write with a cookie that %s is refused', async (_name, headers: Record<string, string>) => {
    await expectProblem(await write(headers), 403, 'cross_site_refused');
  });
  it('a write from the dashboard goes on to be judged', async () => {
    await expectProblem(await write({ 'sec-fetch-site': 'same-origin' }), 422, 'document_invalid');
    await expectProblem(await write({ origin: ORIGIN }), 422, 'document_invalid');
  });
  it('cannot log a browser in', async () => {
    const response = await ask('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://evil.example' },
      body: JSON.stringify({ token: await test.token() }),
    });
    await expectProblem(response, 403, 'cross_site_refused');
  });
  it.each([
    'evil.example',
    'evil.example:4300',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    'evil.example/127.0.0.1',
  ])('a name re-pointed to loopback (Host: %j) gets nothing', async (host) => {
    const { status, body } = await raw('/api/v1/overview', { host, ...all });
    expect([400, 421]).toContain(status);
    expect(body).not.toContain('hasData');
  });
  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('%s is served', async (host) => {
    expect((await raw('/healthz', { host: `${host}:${port}` })).status).toBe(200);
  });
  it('are told by headers what a page may do', async () => {
    const headers = (await ask('/', { headers: { accept: 'text/html' } })).headers;
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`script-src 'self' '${THEME_HASH}'`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    const answer = await ask('/api/v1/session', { headers: all });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

describe('guessing', () => {
  it('is slowed down, and does not lock out who has a token', async () => {
    const slow = await openSlow();
    const statuses: number[] = [];
    for (let i = 0; i < 25; i += 1) statuses.push((await slow.guess(`lw_${i}`)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    const refused = await slow.guess('lw_more');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await expectProblem(refused, 429, 'rate_limited');
    // Known since before the guessing began.
    expect((await slow.guess(slow.good)).status).toBe(200);
    slow.later(60_001);
    expect((await slow.guess('lw_again')).status).toBe(401);
  });
  /** Its own clock, so that other tests' wrong tokens are a minute away. */
  async function openSlow() {
    test.clock.nowMs += 3_600_000;
    const good = await test.token(['read']);
    const guess = (token: string) => ask('/api/v1/session', { headers: bearer(token) });
    expect((await guess(good)).status).toBe(200);
    return {
      good,
      guess,
      later: (ms: number) => {
        test.clock.nowMs += ms;
      },
    };
  }
});

describe('static files', () => {
  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '//secret.txt',
    '/./../secret.txt',
    '/..;/secret.txt',
    '/%252e%252e/secret.txt',
    '/assets/app-1a2b.js.map',
    '/assets/app-1a2b.js%00.txt',
    '/.%00./secret.txt',
    '/assets/',
    '/package.json',
    '/file:///etc/passwd',
  ])('%s shows nothing that was not built to be shown', async (path) => {
    const { status, body } = await raw(path, { host: `127.0.0.1:${port}` });
    expect(body).not.toContain(CANARY);
    expect(body).not.toContain('root:');
    expect([400, 404]).toContain(status);
  });

  it('are cached for good when their name holds their content, and asked for again when not', async () => {
    const script = await ask('/assets/app-1a2b.js', { headers: { 'accept-encoding': 'gzip, br' } });
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect(script.headers.get('content-encoding')).toBe('br');
    const page = await ask('/', {});
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const etag = page.headers.get('etag') ?? '';
    expect((await ask('/', { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  it('a path of the dashboard is its page, whatever stands in the path; a missing file is not', async () => {
    const page = await ask('/decisions/order.1/2', { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain(THEME);
    expect((await ask('/assets/gone.js', { headers: { accept: 'text/html' } })).status).toBe(404);
    expect((await ask('/api/v1/nothing', { headers: { accept: 'text/html', ...all } })).status).toBe(404);
  });
});

describe('bad requests', () => {
  const post = (body: string, type = 'application/json') =>
    ask('/api/v1/documents', { method: 'POST', headers: { ...all, 'content-type': type }, body });
  it('are told what is wrong, as problems', async () => {
    await expectProblem(await post('{"yaml":'), 400, 'malformed_body');
    await expectProblem(await post('a: 1', 'application/yaml'), 415, 'unsupported_media_type');
    await expectProblem(await post('{}'), 400, 'validation_failed');
    await expectProblem(await post(JSON.stringify({ yaml: 'x'.repeat(5 * 1_048_576) })), 413, 'too_large');
    await expectProblem(
      await ask('/api/v1/ledger', { method: 'POST', headers: all }),
      405,
      'method_not_allowed',
    );
    await expectProblem(
      await ask('/api/v1/decisions?from=now&to=now-1h', { headers: all }),
      400,
      'range_invalid',
    );
    await expectProblem(await ask('/api/v1/decisions?cursor=abc', { headers: all }), 400, 'cursor_invalid');
    await expectProblem(await ask('/api/v1/nothing', { headers: all }), 404, 'not_found');
  });
  it('with a body that never says how long it is are cut at the limit', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
        if (sent > 50 * 1_048_576) controller.error(new Error('read far too much'));
      },
    });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: { ...all, 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    };
    await expectProblem(await ask('/api/v1/documents', init), 413, 'too_large');
    expect(sent).toBeLessThan(6 * 1_048_576);
  });
  it('tell no stack, no SQL and no path when Leeway is at fault', async () => {
    const broken = await (await ask('/api/v1/decisions?q=%00', { headers: all })).text();
    expect(broken).not.toMatch(/SELECT|\/work|at .*\.ts/);
  });
});
