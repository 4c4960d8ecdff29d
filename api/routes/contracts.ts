import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { stringify } from 'yaml';
import { inferContract } from '../../model/contract-infer.ts';
import { API_VERSION } from '../../model/documents/document.ts';
import { type ProjectId, systemName } from '../../model/ids.ts';
import { DAY_MS } from '../../model/time.ts';
import type { HeldCounts, ViolationCount } from '../../store/ports/reads.ts';
import type { ContractReplay } from '../../store/ports/replays.ts';
import { type ContractState, contractState, replayInput, replayPart } from '../contract/contracts.ts';
import type { ReadDeps } from '../deps.ts';
import {
  type ApiEnv,
  access,
  jsonBody,
  jsonResponse,
  newRoutes,
  problemResponse,
  problems,
} from '../http.ts';
import { decodeCursor, encodeCursor } from '../query/cursor.ts';
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

const state = createRoute({
  method: 'get',
  path: '/systems/{system}/contract/violations',
  tags: ['systems'],
  summary: 'Which promises of its contract the decisions of the range broke, and how many are kept apart',
  ...access('read'),
  request: { params: z.object({ system: z.string().min(1).max(128) }), query: rangeQuery },
  responses: { 200: jsonResponse(contractState, 'The promises that were broken.'), ...problems(400) },
});
const replay = createRoute({
  method: 'post',
  path: '/systems/{system}/contract/replay',
  tags: ['systems'],
  summary: 'Hold decisions that broke a promise against the contract as it stands now, one part at a time',
  ...access('operate'),
  request: {
    params: z.object({ system: z.string().min(1).max(128) }),
    body: jsonBody(replayInput),
  },
  responses: { 200: jsonResponse(replayPart, 'What became of one part.'), ...problems(400) },
});

/** Inferred from this much where no range is asked for. */
const STRETCH_MS = 7 * DAY_MS;
/** Replayed where no range is asked for. */
const REPLAY_MS = 30 * DAY_MS;

type ContractDeps = ReadDeps & { readonly contractReplay: ContractReplay };
type Asked = { readonly from?: string | undefined; readonly to?: string | undefined };

/** A range of one system: without an end, up to its newest decision. */
async function rangeOf(deps: ReadDeps, project: ProjectId, system: string, query: Asked, defaultMs?: number) {
  const picture = await loadPicture(deps, project);
  return resolveRange(query, {
    nowMs: picture.nowMs,
    newestMs: newestMs(picture.systems.filter((one) => one.system === system)),
    ...(defaultMs === undefined ? {} : { defaultMs }),
  });
}

export function contractRoutes(deps: ContractDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(infer, async (c) => {
    const { project } = c.get('principal');
    const { system } = c.req.valid('param');
    const range = await rangeOf(deps, project, system, c.req.valid('query'), STRETCH_MS);
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    const { fromMs, toMs } = range;
    const summaries = await deps.profiles.merged({ project, system, fromMs, toMs });
    const spec = inferContract(systemName.parse(system), summaries, `${iso(fromMs)} to ${iso(toMs)}`);
    const name = system.replace(/[^a-z0-9._-]+/gi, '-').slice(0, MOST_NAME_CHARS);
    const document = { apiVersion: API_VERSION, kind: 'Contract', metadata: { name }, spec };
    return c.json({ yaml: stringify(document), features: Object.keys(spec.features).length }, 200);
  });
  app.openapi(state, async (c) => {
    const { project } = c.get('principal');
    const { system } = c.req.valid('param');
    const range = await rangeOf(deps, project, system, c.req.valid('query'));
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    const { fromMs, toMs } = range;
    const found = await deps.reads.violations({ project, system, fromMs, toMs });
    return c.json(stateView(found, { from: iso(fromMs), to: iso(toMs) }), 200);
  });
  app.openapi(replay, async (c) => {
    const { project, name: by } = c.get('principal');
    const { system } = c.req.valid('param');
    const { from, to, after, mapping, dryRun } = c.req.valid('json');
    const asked = rangeQuery.safeParse({ from, to });
    const range = asked.success
      ? await rangeOf(deps, project, system, asked.data, REPLAY_MS)
      : { kind: 'invalid' as const, detail: asked.error.issues[0]?.message ?? '' };
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    const cursor = after === undefined ? undefined : decodeCursor(after);
    if (after !== undefined && cursor === undefined)
      return problemResponse(c, {
        status: 400,
        code: 'cursor_invalid',
        detail: 'The cursor is not one that this route gave out.',
        help: 'Start again without one: what was replayed already does not change a second time.',
      });
    const { fromMs, toMs } = range;
    const scope = { project, system, fromMs, toMs };
    const total = cursor === undefined ? await deps.contractReplay.count(scope) : null;
    const { next, ...part } = await deps.contractReplay.part({
      ...{ scope, dryRun, by },
      ...(mapping === undefined ? {} : { mapping }),
      ...(cursor === undefined ? {} : { after: cursor }),
    });
    const rest = { range: { from: iso(fromMs), to: iso(toMs) }, total };
    return c.json({ ...rest, ...part, next: next === null ? null : encodeCursor(next) }, 200);
  });
  return app;
}
const MOST_NAME_CHARS = 63;

function stateView(
  found: HeldCounts & { readonly violations: readonly ViolationCount[] },
  range: ContractState['range'],
): ContractState {
  const { contract, held, broken, quarantined, violations } = found;
  return {
    ...{ range, contract, held, broken, quarantined },
    violations: violations.map(({ violation, n, firstMs, lastMs }) => {
      // A feature's name may hold a colon, a promise's does not.
      const at = violation.indexOf(':');
      return {
        violation,
        promise: violation.slice(0, at),
        feature: violation.slice(at + 1),
        decisions: n,
        share: n / held,
        since: iso(firstMs),
        last: iso(lastMs),
      };
    }),
  };
}
