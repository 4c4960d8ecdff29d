import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { stringify } from 'yaml';
import { inferContract } from '../../model/contract-infer.ts';
import { API_VERSION } from '../../model/documents/document.ts';
import { systemName } from '../../model/ids.ts';
import { DAY_MS } from '../../model/time.ts';
import type { ReadDeps } from '../deps.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { rangeQuery, resolveRange } from '../query/range.ts';
import { iso } from '../query/series.ts';
import { loadPicture, newestMs } from '../views/picture.ts';

const infer = createRoute({
  method: 'get',
  path: '/systems/{system}/contract',
  tags: ['documents'],
  summary: 'A contract that the decisions of the range keep, as a start',
  ...access('read'),
  request: { params: z.object({ system: z.string().min(1).max(128) }), query: rangeQuery },
  responses: {
    200: jsonResponse(z.object({ yaml: z.string(), features: z.number() }), 'A Contract document.'),
    ...problems(400),
  },
});

/** Inferred from this much where no range is asked for. */
const STRETCH_MS = 7 * DAY_MS;

export function contractRoutes(deps: ReadDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(infer, async (c) => {
    const { project } = c.get('principal');
    const { system } = c.req.valid('param');
    const picture = await loadPicture(deps, project);
    const range = resolveRange(c.req.valid('query'), {
      nowMs: picture.nowMs,
      newestMs: newestMs(picture.systems.filter((one) => one.system === system)),
      defaultMs: STRETCH_MS,
    });
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    const { fromMs, toMs } = range;
    const summaries = await deps.profiles.merged({ project, system, fromMs, toMs });
    const spec = inferContract(systemName.parse(system), summaries, `${iso(fromMs)} to ${iso(toMs)}`);
    const name = system.replace(/[^a-z0-9._-]+/gi, '-').slice(0, MOST_NAME_CHARS);
    const document = { apiVersion: API_VERSION, kind: 'Contract', metadata: { name }, spec };
    return c.json({ yaml: stringify(document), features: Object.keys(spec.features).length }, 200);
  });
  return app;
}
const MOST_NAME_CHARS = 63;
