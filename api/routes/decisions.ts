import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { actor, routeMode } from '../../model/decision.ts';
import type { ProjectId } from '../../model/ids.ts';
import {
  CORRECTNESS,
  type DecisionFilter,
  type DecisionRecord,
  FACETS,
  QUARANTINE_CHOICES,
} from '../../store/ports/reads.ts';
import { type DecisionRow, decisionDetail, decisionList, facets } from '../contract/decisions.ts';
import type { ReadDeps } from '../deps.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { decodeCursor, encodeCursor } from '../query/cursor.ts';
import { bucketFor, rangeQuery, resolveRange } from '../query/range.ts';
import { countSeries, iso, totalOfPoints } from '../query/series.ts';
import { loadDecision } from '../views/decision.ts';
import { loadPicture, newestMs, rulesOf } from '../views/picture.ts';

const PAGE = 50;
const LARGEST_PAGE = 200;
const VALUES_PER_FACET = 30;

/** A parameter that may be repeated: any of its values. */
const any = <T extends z.ZodType<string, string>>(one: T) =>
  z
    .union([one, z.array(one).max(50)])
    .transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]))
    .optional();
const text = z.string().max(256);

const filterQuery = rangeQuery.extend({
  system: any(text),
  value: any(text),
  actor: any(actor),
  version: any(text),
  route: any(routeMode),
  outcome: any(text).openapi({ description: 'As shown; an empty one is "nothing known yet".' }),
  correct: any(z.enum(CORRECTNESS)),
  quarantined: z
    .enum(QUARANTINE_CHOICES)
    .optional()
    .openapi({ description: 'Decisions that a contract keeps apart: left out unless asked for.' }),
  violation: any(text).openapi({ description: 'A broken promise, such as `range:distance`.' }),
  q: text
    .optional()
    .openapi({ description: 'Part of an id, a trace id, or the value of a segment or category.' }),
});
const pageQuery = filterQuery.extend({
  cursor: z.string().max(512).optional().openapi({ description: '`next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(PAGE),
});

const list = createRoute({
  method: 'get',
  path: '/decisions',
  tags: ['decisions'],
  summary: 'Decisions, newest first, with their number and a histogram',
  ...access('read'),
  request: { query: pageQuery },
  responses: { 200: jsonResponse(decisionList, 'A page.'), ...problems(400) },
});
const facetRoute = createRoute({
  method: 'get',
  path: '/decisions/facets',
  tags: ['decisions'],
  summary: 'The most frequent values by which decisions can be narrowed',
  ...access('read'),
  request: { query: filterQuery },
  responses: { 200: jsonResponse(facets, 'Values and counts.'), ...problems(400) },
});
const detail = createRoute({
  method: 'get',
  path: '/decisions/{id}',
  tags: ['decisions'],
  summary: 'One decision from source to outcome',
  ...access('read'),
  request: { params: z.object({ id: z.string().min(1).max(256) }) },
  responses: { 200: jsonResponse(decisionDetail, 'The decision.'), ...problems(404) },
});

export const rowOf = (record: DecisionRecord): DecisionRow => ({
  id: record.id,
  system: record.system,
  time: iso(record.timeMs),
  value: record.value,
  actor: record.actor,
  modelVersion: record.modelVersion,
  policyVersion: record.policyVersion,
  score: record.score,
  confidence: record.confidence,
  route: record.route,
  outcome: record.outcome,
  correct: record.correct,
  traceId: record.traceId,
});

type FilterQuery = z.output<typeof filterQuery>;
type Filtered =
  | { readonly kind: 'filter'; readonly filter: DecisionFilter }
  | { readonly kind: 'invalid'; readonly detail: string };

async function toFilter(deps: ReadDeps, project: ProjectId, query: FilterQuery): Promise<Filtered> {
  const picture = await loadPicture(deps, project);
  const systems =
    query.system === undefined
      ? picture.systems
      : picture.systems.filter((one) => query.system?.includes(one.system));
  const range = resolveRange(query, { nowMs: picture.nowMs, newestMs: newestMs(systems) });
  if (range.kind === 'invalid') return range;
  return {
    kind: 'filter',
    filter: {
      project,
      fromMs: range.fromMs,
      toMs: range.toMs,
      rules: rulesOf(systems),
      systems: query.system ?? [],
      values: query.value ?? [],
      actors: query.actor ?? [],
      versions: query.version ?? [],
      routes: query.route ?? [],
      outcomes: query.outcome ?? [],
      correct: query.correct ?? [],
      text: query.q ?? '',
      quarantined: query.quarantined ?? 'exclude',
      violations: query.violation ?? [],
    },
  };
}

/** A facet is counted without its own choice, so that what else could be chosen stays in sight. */
async function facetsOf(deps: ReadDeps, filter: DecisionFilter) {
  const own = {
    system: 'systems',
    value: 'values',
    actor: 'actors',
    version: 'versions',
    route: 'routes',
    outcome: 'outcomes',
    correct: 'correct',
  } as const;
  const isChosen = (name: (typeof FACETS)[number]) => (filter[own[name]]?.length ?? 0) > 0;
  const free = FACETS.filter((name) => !isChosen(name));
  const counted = await Promise.all([
    free.length === 0 ? [] : deps.reads.facets(filter, free, VALUES_PER_FACET),
    ...FACETS.filter(isChosen).map((name) =>
      deps.reads.facets({ ...filter, [own[name]]: [] }, [name], VALUES_PER_FACET),
    ),
  ]);
  const all = counted.flat();
  return FACETS.map((name) => ({
    name,
    values: all.filter((one) => one.name === name).map(({ value, n }) => ({ value, count: n })),
  }));
}

export function decisionRoutes(deps: ReadDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(list, async (c) => {
    const { project } = c.get('principal');
    const { cursor, limit, ...query } = c.req.valid('query');
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    if (cursor !== undefined && after === undefined) {
      return problemResponse(c, {
        status: 400,
        code: 'cursor_invalid',
        detail: 'The cursor is not one that this route gave out.',
        help: 'Ask for the first page again, without a cursor.',
      });
    }
    const filtered = await toFilter(deps, project, query);
    if (filtered.kind === 'invalid') {
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: filtered.detail });
    }
    const { filter } = filtered;
    const bucketMs = bucketFor(filter);
    const [page, points] = await Promise.all([
      deps.reads.page(filter, limit, after),
      deps.reads.histogram(filter, bucketMs),
    ]);
    return c.json(
      {
        rows: page.rows.map(rowOf),
        next: page.next === null ? null : encodeCursor(page.next),
        total: totalOfPoints(points),
        histogram: countSeries(points, filter, bucketMs),
      },
      200,
    );
  });
  app.openapi(facetRoute, async (c) => {
    const filtered = await toFilter(deps, c.get('principal').project, c.req.valid('query'));
    if (filtered.kind === 'invalid') {
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: filtered.detail });
    }
    return c.json({ facets: await facetsOf(deps, filtered.filter) }, 200);
  });
  app.openapi(detail, async (c) => {
    const { id } = c.req.valid('param');
    const found = await loadDecision(deps, c.get('principal').project, id);
    if (found !== undefined) return c.json(found, 200);
    return problemResponse(c, {
      status: 404,
      code: 'not_found',
      detail: `No decision "${id}" is stored.`,
      help: 'It may not have been loaded yet: a decision is shown about a second after it was sent.',
    });
  });
  return app;
}
