import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ProjectId } from '../../model/ids.ts';
import { minuteSums } from '../../model/minute-sums.ts';
import { MINUTE_MS, startOf } from '../../model/time.ts';
import { type SloRow, sloDetail, sloRow as sloRowSchema } from '../contract/slos.ts';
import type { ReadDeps } from '../deps.ts';
import { documentYaml } from '../documents.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { bucketFor, rangeQuery, resolveRange } from '../query/range.ts';
import { chartMark, marksOf } from '../views/marks.ts';
import { freshnessOf, type KnownSystem, loadPicture, type Picture } from '../views/picture.ts';
import {
  burnDown,
  burnPairs,
  burnSeries,
  forecastSentence,
  loadSlo,
  type Slo,
  type SloState,
  sloRow,
} from '../views/slo.ts';

const list = createRoute({
  method: 'get',
  path: '/slos',
  tags: ['slos'],
  summary: 'Every SLO: budget, burn and state, soonest to be exhausted first',
  ...access('read'),
  responses: { 200: jsonResponse(z.object({ rows: z.array(sloRowSchema) }), 'The SLOs.') },
});
const detail = createRoute({
  method: 'get',
  path: '/slos/{name}',
  tags: ['slos'],
  summary: 'One SLO: burn-down, burn rate, window pairs, forecast and definition',
  ...access('read'),
  request: { params: z.object({ name: z.string().min(1) }), query: rangeQuery },
  responses: { 200: jsonResponse(sloDetail, 'The SLO.'), ...problems(400, 404) },
});

/** The minute up to which the system's SLO minutes are complete; before the first analysis, the newest data. */
export const endOf = (known: KnownSystem | undefined, picture: Picture): number =>
  startOf(known?.watermarkMs ?? known?.newestMs ?? picture.nowMs, MINUTE_MS);

/** The states of all SLOs, each with since when its last finding says it has been so. */
export async function loadSlos(
  deps: ReadDeps,
  project: ProjectId,
  picture: Picture,
): Promise<{ readonly state: SloState; readonly sinceMs: number | null }[]> {
  const slos = (await deps.documents.list(project, 'SLO')).map((stored) => stored.document);
  return Promise.all(
    slos.map(async (slo) => {
      const known = picture.systems.find((one) => one.system === slo.spec.system);
      const [state, sinceMs] = await Promise.all([
        loadSlo(deps.reads, project, slo, endOf(known, picture)),
        onsetOf(deps, project, slo),
      ]);
      return { state, sinceMs };
    }),
  );
}

async function onsetOf(deps: ReadDeps, project: ProjectId, slo: Slo): Promise<number | null> {
  const [last] = await deps.findings.list({
    project,
    system: slo.spec.system,
    monitor: slo.metadata.name,
    kind: 'slo',
    limit: 1,
  });
  return last?.verdict === 'burning' || last?.verdict === 'breach' ? last.onsetMs : null;
}

export const byUrgency = (a: SloRow, b: SloRow): number =>
  (a.exhaustionMs ?? Number.POSITIVE_INFINITY) - (b.exhaustionMs ?? Number.POSITIVE_INFINITY) ||
  (a.budgetRemaining ?? 2) - (b.budgetRemaining ?? 2) ||
  (a.name < b.name ? -1 : 1);

export function sloRoutes(deps: ReadDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(list, async (c) => {
    const { project } = c.get('principal');
    const slos = await loadSlos(deps, project, await loadPicture(deps, project));
    const rows = slos.map(({ state, sinceMs }) => sloRow(state, sinceMs)).sort(byUrgency);
    return c.json({ rows }, 200);
  });

  app.openapi(detail, async (c) => {
    const { project } = c.get('principal');
    const { name } = c.req.valid('param');
    const stored = await deps.documents.get(project, 'SLO', name);
    if (stored === undefined) {
      return problemResponse(c, { status: 404, code: 'not_found', detail: `There is no SLO "${name}".` });
    }
    const slo = stored.document;
    const picture = await loadPicture(deps, project);
    const systems = picture.systems.filter((one) => one.system === slo.spec.system);
    const endMs = endOf(systems[0], picture);
    const range = resolveRange(c.req.valid('query'), {
      nowMs: picture.nowMs,
      newestMs: systems[0]?.newestMs == null ? null : endMs,
      defaultMs: slo.spec.period,
    });
    if (range.kind === 'invalid') {
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    }
    const bucketMs = bucketFor(range);
    const history = { project, slo: name, fromMs: range.fromMs - slo.spec.period, toMs: range.toMs };
    const [state, sinceMs, buckets, marks] = await Promise.all([
      loadSlo(deps.reads, project, slo, endMs),
      onsetOf(deps, project, slo),
      deps.reads.sloBuckets(history, bucketMs),
      marksOf(deps, project, slo.spec.system, range),
    ]);
    const sums = minuteSums(
      buckets.map((one) => ({ minuteMs: one.tMs, bad: one.total - one.good, total: one.total })),
    );
    return c.json(
      {
        ...sloRow(state, sinceMs),
        freshness: freshnessOf(picture, systems, range),
        version: stored.version,
        burnDown: burnDown(slo, sums, range, bucketMs),
        burnRate: burnSeries({ slo, sums }, range, bucketMs, ['burn', 'bad', 'total']),
        pairs: burnPairs(state),
        forecast: forecastSentence(state),
        definition: documentYaml(stored.source),
        marks: marks.map(chartMark),
      },
      200,
    );
  });
  return app;
}
