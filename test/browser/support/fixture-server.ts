import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { securityHeaders } from '../../../api/guard.ts';
import { loadStatic } from '../../../api/static.ts';
import * as decisions from './fixtures/decisions.ts';
import * as incidents from './fixtures/incidents.ts';
import * as operate from './fixtures/operate.ts';
import * as performance from './fixtures/performance.ts';
import * as slos from './fixtures/slos.ts';
import * as systems from './fixtures/systems.ts';
import { reviewDesk } from './review-desk.ts';

/** full: a busy day. empty: nothing ever came. broken: every reading fails. slow: nothing ever answers. signed_out: no session. */
export type Scenario = 'full' | 'empty' | 'broken' | 'slow' | 'signed_out';

export type FixtureServer = {
  readonly url: string;
  /** From now on another picture is served; `topic` is told to those who listen. */
  turn(scenario: Scenario, topic?: string): void;
  /** Every request for data: `GET /overview?…`. */
  readonly asked: string[];
  readonly posted: { readonly path: string; readonly body: unknown }[];
  close(): Promise<void>;
};

const BUILT = fileURLToPath(new URL('../../../dist/dashboard', import.meta.url));

const problem = (c: Context, status: 401 | 404 | 409 | 503, title: string, detail: string, help: string) =>
  c.json(
    { type: 'about:blank', title, status, detail, code: 'fixture', help, requestId: '01JDFIXTURE7Q' },
    status,
    {
      'content-type': 'application/problem+json',
    },
  );

/** The API's shapes over invented data, behind the real static files and the real content security policy. */
export async function startFixtureServer(first: Scenario, directory = BUILT): Promise<FixtureServer> {
  let scenario = first;
  const listeners = new Set<(topic: string) => void>();
  const asked: string[] = [];
  const posted: { path: string; body: unknown }[] = [];
  const files = await loadStatic(directory);
  const api = new Hono();

  api.use(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    const path = pathname.replace('/api/v1', '');
    asked.push(`${c.req.method} ${path}${search}`);
    if (c.req.method === 'POST')
      posted.push({
        path,
        body: await c.req.raw
          .clone()
          .json()
          .catch(() => null),
      });
    if (scenario === 'signed_out' && !(path === '/session' && c.req.method === 'POST'))
      return problem(c, 401, 'Sign in first', 'No session.', '');
    if (path === '/session' || path === '/events') return next();
    if (scenario === 'slow') return new Promise<Response>(() => {});
    if (scenario === 'broken')
      return problem(
        c,
        503,
        'The store cannot be reached',
        'ClickHouse did not answer within 10 s.',
        'It is tried again by itself; /readyz says which part is down.',
      );
    return next();
  });

  const empty = (): boolean => scenario === 'empty';
  api.get('/session', (c) => c.json(operate.session()));
  api.post('/session', async (c) => {
    const { token } = await c.req.json<{ token: string }>();
    if (token !== 'right')
      return problem(c, 401, 'Sign in first', 'The token is unknown.', 'Open the link that Leeway printed.');
    scenario = 'full';
    return c.json(operate.session());
  });
  api.get('/overview', (c) => {
    const full = systems.overview();
    return c.json(empty() ? { ...full, hasData: false, attention: [], systems: [], changes: [] } : full);
  });
  api.get('/systems', (c) => c.json({ rows: empty() ? [] : systems.systemRows() }));
  api.get('/systems/:system', (c) => {
    const full = systems.systemDetail();
    if (!empty()) return c.json(full);
    return c.json({
      ...full,
      gate: null,
      versions: [],
      features: [],
      together: [],
      openIncident: null,
      marks: [],
      volume: { t: [], bucketMs: 60_000, columns: [] },
    });
  });
  api.get('/systems/:system/heatmap', (c) =>
    empty() ? problem(c, 404, 'Not found', 'No drift monitor.', '') : c.json(systems.heatmap()),
  );
  api.get('/systems/:system/features/:feature/distribution', (c) =>
    c.json(systems.distribution(c.req.param('feature'))),
  );
  api.get('/systems/:system/contract/violations', (c) =>
    c.json(empty() ? systems.noContract() : systems.contractState()),
  );
  api.get('/systems/:system/performance', (c) =>
    empty() ? problem(c, 404, 'Not found', 'No performance monitor.', '') : c.json(performance.performance()),
  );
  api.get('/analysis', (c) => c.json({ rows: empty() ? [] : systems.analysis() }));
  api.get('/incidents/:id/explain', (c) => c.json(performance.explanation()));
  api.get('/slos', (c) => c.json({ rows: empty() ? [] : slos.sloRows() }));
  api.get('/slos/:name', (c) => c.json(slos.sloDetail(c.req.param('name'))));
  api.get('/decisions', (c) => {
    const list = decisions.decisionList(new URL(c.req.url).searchParams);
    return c.json(
      empty()
        ? { ...list, rows: [], next: null, total: 0, histogram: { t: [], bucketMs: 60_000, columns: [] } }
        : list,
    );
  });
  api.get('/decisions/facets', (c) => c.json(empty() ? { facets: [] } : decisions.facets()));
  api.get('/decisions/:id', (c) =>
    c.req.param('id') === 'gone'
      ? problem(c, 404, 'Not found', 'There is no such decision, or its retention is over.', '')
      : c.json(decisions.decisionDetail(c.req.param('id'))),
  );
  api.get('/incidents', (c) => c.json({ rows: empty() ? [] : incidents.incidentRows() }));
  api.get('/incidents/:id', (c) => c.json(incidents.incidentDetail(Number(c.req.param('id')))));
  api.post('/incidents/:id/*', (c) => c.json(incidents.incidentDetail(Number(c.req.param('id')))));
  api.get('/ledger', (c) =>
    c.json(
      empty()
        ? {
            rows: [],
            totals: {
              received: 0,
              stored: 0,
              rejected: 0,
              deduplicated: 0,
              pending: 0,
              overwritten: 0,
              balances: true,
            },
            setAside: [],
            refusals: [],
          }
        : operate.ledger(),
    ),
  );
  api.get('/documents', (c) => c.json({ rows: empty() ? [] : operate.documents() }));
  api.post('/documents', (c) =>
    c.json({ changes: [{ kind: 'SLO', name: 'flights-correct', change: 'changed', version: 4 }] }),
  );
  api.route('/review', reviewDesk(empty));
  api.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      const tell = (topic: string): void =>
        void stream.writeSSE({ id: '1', event: topic, data: '{"ref":""}' });
      listeners.add(tell);
      await stream.writeSSE({ event: 'hello', data: '{}' });
      await new Promise<void>((resolve) => stream.onAbort(resolve));
      listeners.delete(tell);
    }),
  );

  const app = new Hono();
  app.use(securityHeaders(files.scriptHashes));
  app.route('/api/v1', api);
  app.all('*', async (c) => (await files.answer(c.req.raw)) ?? c.notFound());

  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const started = serve(
      { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.FIXTURE_PORT ?? 0) },
      () => resolve(started),
    );
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    posted,
    turn(next, topic) {
      scenario = next;
      if (topic !== undefined) for (const tell of listeners) tell(topic);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
