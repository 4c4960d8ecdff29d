import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { isFiring } from '../../model/finding.ts';
import type { Incident } from '../../model/incident.ts';
import { DAY_MS, startOf } from '../../model/time.ts';
import { overview } from '../contract/overview.ts';
import type { ReadDeps } from '../deps.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { bucketFor, rangeQuery, resolveRange } from '../query/range.ts';
import { countSeries, totalOfPoints } from '../query/series.ts';
import { attentionOf } from '../views/attention.ts';
import { changesOf } from '../views/changes.ts';
import { freshnessOf, loadPicture, newestMs } from '../views/picture.ts';
import { forecastOf, sloVerdict } from '../views/slo.ts';
import { loadFeatures, type SloWithSince, systemRows } from '../views/system-rows.ts';
import { loadSlos } from './slos.ts';

const route = createRoute({
  method: 'get',
  path: '/overview',
  tags: ['overview'],
  summary: 'Is anything hurting decisions now, and whose is it?',
  ...access('read'),
  request: { query: rangeQuery },
  responses: { 200: jsonResponse(overview, 'The picture.'), ...problems(400) },
});

const OPEN = ['open', 'acknowledged', 'mitigating', 'verifying'] as const;
const MOST = 500;

const bySeverity = (incidents: readonly Incident[]) => {
  const count = (severity: Incident['severity']) =>
    incidents.filter((incident) => incident.severity === severity).length;
  return { page: count('page'), ticket: count('ticket'), log: count('log') };
};

function sloTile(slos: readonly SloWithSince[]) {
  const ends = slos.flatMap(({ state }) => {
    const forecast = forecastOf(state);
    return forecast.kind === 'exhausts' ? [forecast.inMs] : forecast.kind === 'exhausted' ? [0] : [];
  });
  return {
    atRisk: slos.filter(({ state }) => isFiring(sloVerdict(state).verdict)).length,
    total: slos.length,
    soonestExhaustionMs: ends.length === 0 ? null : Math.min(...ends),
  };
}

async function reviewTile(deps: ReadDeps, project: Incident['project'], nowMs: number) {
  const queues = await deps.reviewStore.queues(project, startOf(nowMs, DAY_MS), nowMs);
  const oldest = queues.flatMap((q) => (q.oldestCreatedAtMs === null ? [] : [q.oldestCreatedAtMs]));
  return {
    waiting: queues.reduce((sum, queue) => sum + queue.waiting, 0),
    oldestMs: oldest.length === 0 ? null : Math.max(0, nowMs - Math.min(...oldest)),
    leftOut: queues.reduce((sum, queue) => sum + queue.leftOut, 0),
  };
}

export function overviewRoutes(deps: ReadDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(route, async (c) => {
    const { project } = c.get('principal');
    const picture = await loadPicture(deps, project);
    const { systems, nowMs } = picture;
    const range = resolveRange(c.req.valid('query'), { nowMs, newestMs: newestMs(systems) });
    if (range.kind === 'invalid') {
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    }
    const bucketMs = bucketFor(range);
    const slos = await loadSlos(deps, project, picture);
    const features = await loadFeatures(deps, project, picture);
    const [volume, rows, incidents, proposals, review, changes] = await Promise.all([
      deps.reads.volume({ project, ...range }, bucketMs, 'route'),
      systemRows(deps, project, picture, range, slos, features),
      deps.incidentStore.list({ project, states: OPEN, limit: MOST }),
      deps.actionStore.list({ project, states: ['proposed'], limit: MOST }),
      reviewTile(deps, project, nowMs),
      changesOf(deps, project, systems, range),
    ]);
    return c.json(
      {
        hasData: systems.some((one) => one.newestMs !== null),
        freshness: freshnessOf(picture, systems, range),
        tiles: {
          openIncidents: bySeverity(incidents),
          slosAtRisk: sloTile(slos),
          decisions: { total: totalOfPoints(volume), series: countSeries(volume, range, bucketMs) },
          review,
        },
        attention: attentionOf({ picture, incidents, proposals, slos, features }),
        systems: rows,
        changes,
      },
      200,
    );
  });
  return app;
}
