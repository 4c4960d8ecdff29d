import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { stringify } from 'yaml';
import { systemName } from '../../model/ids.ts';
import { suggestMonitors } from '../../model/monitor-suggest.ts';
import { DAY_MS } from '../../model/time.ts';
import type { ReadDeps } from '../deps.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { rangeQuery, resolveRange } from '../query/range.ts';
import { loadPicture, newestMs } from '../views/picture.ts';

const suggest = createRoute({
  method: 'get',
  path: '/systems/{system}/monitors/suggestion',
  tags: ['documents'],
  summary: 'Monitors to start with, from what the system sent in the range',
  ...access('read'),
  request: { params: z.object({ system: z.string().min(1).max(128) }), query: rangeQuery },
  responses: {
    200: jsonResponse(
      z.object({ yaml: z.string(), monitors: z.number(), reasons: z.array(z.string()) }),
      'Monitor documents.',
    ),
    ...problems(400),
  },
});

/** Suggested from this much where no range is asked for; less where there is less. */
const STRETCH_MS = 28 * DAY_MS;

export function suggestionRoutes(deps: ReadDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(suggest, async (c) => {
    const { project } = c.get('principal');
    const { system } = c.req.valid('param');
    const picture = await loadPicture(deps, project);
    const seen = picture.systems.filter((one) => one.system === system);
    const range = resolveRange(c.req.valid('query'), {
      nowMs: picture.nowMs,
      newestMs: newestMs(seen),
      defaultMs: STRETCH_MS,
    });
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    const { toMs } = range;
    const fromMs = Math.max(range.fromMs, seen[0]?.firstMs ?? range.fromMs);
    const summaries = toMs > fromMs ? await deps.profiles.merged({ project, system, fromMs, toMs }) : [];
    const { documents, reasons } = suggestMonitors({
      system: systemName.parse(system),
      summaries,
      fromMs,
      toMs,
    });
    const yaml = documents.map((one) => stringify(one)).join('---\n');
    return c.json({ yaml, monitors: documents.length, reasons: [...reasons] }, 200);
  });
  return app;
}
