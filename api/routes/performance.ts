import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { DAY_MS } from '../../model/time.ts';
import { performance } from '../contract/performance.ts';
import type { ReadDeps } from '../deps.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { rangeQuery, resolveRange } from '../query/range.ts';
import { performanceOf } from '../views/performance.ts';
import { loadPicture, newestMs } from '../views/picture.ts';

const read = createRoute({
  method: 'get',
  path: '/systems/{system}/performance',
  tags: ['systems'],
  summary: 'How right the decisions are: realised, estimated, by segment, and what it costs',
  ...access('read'),
  request: {
    params: z.object({ system: z.string().min(1).max(128) }),
    query: rangeQuery.extend({ monitor: z.string().max(64).optional() }),
  },
  responses: { 200: jsonResponse(performance, 'The performance.'), ...problems(400, 404) },
});

/** Steps of a range times metrics, segments and estimates. */
const MOST_FINDINGS = 20_000;
/** Labels may take weeks: what was judged last lies so far back at most. */
const JUDGED_WITHIN_MS = 35 * DAY_MS;

export function performanceRoutes(deps: ReadDeps): OpenAPIHono<ApiEnv> {
  return newRoutes().openapi(read, async (c) => {
    const { project } = c.get('principal');
    const { system } = c.req.valid('param');
    const query = c.req.valid('query');
    const documents = await deps.documents.list(project, 'Monitor');
    const monitors = documents.flatMap(({ document: { spec, metadata } }) =>
      spec.kind === 'performance' && spec.system === system ? [metadata.name] : [],
    );
    const monitor = monitors.find((name) => name === query.monitor) ?? monitors[0];
    if (monitor === undefined)
      return problemResponse(c, {
        status: 404,
        code: 'not_found',
        detail: `No monitor of kind performance watches "${system}".`,
        help: 'Apply a Monitor document with kind: performance.',
      });
    const picture = await loadPicture(deps, project);
    const range = resolveRange(query, {
      nowMs: picture.nowMs,
      newestMs: newestMs(picture.systems.filter((one) => one.system === system)),
    });
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    const { fromMs, toMs } = range;
    const [latest, past] = await Promise.all([
      deps.findings.latest(project, system),
      deps.findings.list({
        project,
        system,
        monitor,
        kind: 'performance',
        fromMs: Math.min(fromMs, toMs - JUDGED_WITHIN_MS),
        toMs: toMs + 1,
        limit: MOST_FINDINGS,
      }),
    ]);
    return c.json(performanceOf({ system, monitors, monitor, fromMs }, latest, past), 200);
  });
}
