import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ReviewCommands } from '../../alerts/review/commands.ts';
import type { ReviewReads } from '../../alerts/review/review.ts';
import { incidentId, type ProjectId } from '../../model/ids.ts';
import { REVIEW_STATES, type ReviewItem } from '../../model/review.ts';
import { DAY_MS, startOf } from '../../model/time.ts';
import type { DecisionDetail } from '../contract/decisions.ts';
import {
  type Claimed,
  claimed,
  nextInput,
  queueRow,
  renewInput,
  reviewerInput,
  reviewList,
  reviewRow,
  rulingInput,
} from '../contract/review.ts';
import {
  type ApiEnv,
  access,
  jsonBody,
  jsonResponse,
  newRoutes,
  problemResponse,
  problems,
} from '../http.ts';
import { REFUSALS, type RefusalReason } from './review/refusals.ts';
import { queueView, rowView } from './review/views.ts';

export type ReviewRouteDeps = {
  readonly commands: ReviewCommands;
  readonly reads: ReviewReads;
  /** What the reviewer must know; undefined when the decision is not there (any more). */
  readonly decisionDetail: (project: ProjectId, decisionId: string) => Promise<DecisionDetail | undefined>;
  readonly nowMs: () => number;
};

const tags = ['review'];
const params = z.object({ id: z.uuid() });
const MAX_ITEMS = 500;
const DEFAULT_ITEMS = 100;

const queues = createRoute({
  method: 'get',
  path: '/review/queues',
  tags,
  summary: 'Queues with what waits in them; "today" is the day in UTC',
  ...access('read', 'review'),
  responses: { 200: jsonResponse(z.object({ rows: z.array(queueRow) }), 'The queues, by name.') },
});
const items = createRoute({
  method: 'get',
  path: '/review/items',
  tags,
  summary: 'Items: those that wait, in the order in which they are offered, then the latest rulings',
  ...access('read', 'review'),
  request: {
    query: z.object({
      queue: z.string().max(128).optional(),
      state: z.enum(REVIEW_STATES).optional(),
      incident: incidentId.optional(),
      limit: z.coerce.number().int().min(1).max(MAX_ITEMS).default(DEFAULT_ITEMS),
    }),
  },
  responses: { 200: jsonResponse(reviewList, 'The items, and how many there are in all.') },
});
const item = createRoute({
  method: 'get',
  path: '/review/items/{id}',
  tags,
  summary: 'One item',
  ...access('read', 'review'),
  request: { params },
  responses: { 200: jsonResponse(reviewRow, 'The item.'), ...problems(404) },
});
const next = createRoute({
  method: 'post',
  path: '/review/next',
  tags,
  summary: 'Claim the next item of a queue',
  ...access('review'),
  request: { body: jsonBody(nextInput) },
  responses: {
    200: jsonResponse(claimed.nullable(), 'The claim; null when nothing waits for this reviewer.'),
  },
});
const claim = createRoute({
  method: 'post',
  path: '/review/items/{id}/claim',
  tags,
  summary: 'Claim this item; one reviewer holds it at a time',
  ...access('review'),
  request: { params, body: jsonBody(reviewerInput) },
  responses: { 200: jsonResponse(claimed, 'The claim.'), ...problems(404, 409) },
});
const renew = createRoute({
  method: 'post',
  path: '/review/items/{id}/renew',
  tags,
  summary: 'Keep the claim: its lease starts again',
  ...access('review'),
  request: { params, body: jsonBody(renewInput) },
  responses: { 200: jsonResponse(reviewRow, 'The item, with its new lease.'), ...problems(404, 409) },
});
const release = createRoute({
  method: 'post',
  path: '/review/items/{id}/release',
  tags,
  summary: 'Give the item back without a ruling',
  ...access('review'),
  request: { params, body: jsonBody(renewInput) },
  responses: { 200: jsonResponse(reviewRow, 'The item, open again.'), ...problems(404, 409) },
});
const rule = createRoute({
  method: 'post',
  path: '/review/items/{id}/rule',
  tags,
  summary: 'Rule: the decision stands, or should have been another, or the reviewer cannot tell',
  ...access('review'),
  request: { params, body: jsonBody(rulingInput) },
  responses: { 200: jsonResponse(reviewRow, 'The item after the ruling.'), ...problems(404, 409) },
});
const undo = createRoute({
  method: 'post',
  path: '/review/items/{id}/undo',
  tags,
  summary: 'Take the last ruling back while it is not an outcome yet; the item is claimed again',
  ...access('review'),
  request: { params, body: jsonBody(reviewerInput) },
  responses: { 200: jsonResponse(claimed, 'The claim.'), ...problems(404, 409) },
});

export function reviewRoutes(deps: ReviewRouteDeps): OpenAPIHono<ApiEnv> {
  const { commands, reads } = deps;
  const app = newRoutes();
  const claimView = async (project: ProjectId, held: ReviewItem): Promise<Claimed> => {
    const [decision, values] = await Promise.all([
      deps.decisionDetail(project, held.decisionId),
      reads.valuesFor(held),
    ]);
    return { item: rowView(held), fence: held.fence, decision: decision ?? null, values };
  };

  app.openapi(queues, async (c) => {
    const nowMs = deps.nowMs();
    const states = await reads.queues(c.var.principal.project, startOf(nowMs, DAY_MS));
    return c.json({ rows: states.map((state) => queueView(state, nowMs)) }, 200);
  });
  app.openapi(items, async (c) => {
    const { queue, state, incident, limit } = c.req.valid('query');
    const { rows, total } = await reads.list({
      project: c.var.principal.project,
      limit,
      ...(queue === undefined ? {} : { queue }),
      ...(state === undefined ? {} : { state }),
      ...(incident === undefined ? {} : { incident }),
    });
    return c.json({ rows: rows.map(rowView), total }, 200);
  });
  app.openapi(item, async (c) => {
    const found = await reads.get(c.var.principal.project, c.req.valid('param').id);
    if (found === undefined) return notFound(c);
    return c.json(rowView(found), 200);
  });
  app.openapi(next, async (c) => {
    const { project } = c.var.principal;
    const { queue, reviewer } = c.req.valid('json');
    const held = await commands.next(project, queue, reviewer);
    return c.json(held === undefined ? null : await claimView(project, held), 200);
  });
  app.openapi(claim, async (c) => {
    const { project } = c.var.principal;
    const result = await commands.claim(project, c.req.valid('param').id, c.req.valid('json').reviewer);
    if (result.kind === 'refused') return refusal(c, result.reason);
    return c.json(await claimView(project, result.item), 200);
  });
  app.openapi(renew, async (c) => {
    const hold = { id: c.req.valid('param').id, ...c.req.valid('json') };
    const result = await commands.renew(c.var.principal.project, hold);
    if (result.kind === 'refused') return refusal(c, result.reason);
    return c.json(rowView(result.item), 200);
  });
  app.openapi(release, async (c) => {
    const hold = { id: c.req.valid('param').id, ...c.req.valid('json') };
    const result = await commands.release(c.var.principal.project, hold);
    if (result.kind === 'refused') return refusal(c, result.reason);
    return c.json(rowView(result.item), 200);
  });
  app.openapi(rule, async (c) => {
    const { reviewer, fence, ruling } = c.req.valid('json');
    const hold = { id: c.req.valid('param').id, reviewer, fence };
    const result = await commands.rule(c.var.principal.project, hold, ruling);
    if (result.kind === 'refused') return refusal(c, result.reason);
    return c.json(rowView(result.item), 200);
  });
  app.openapi(undo, async (c) => {
    const { project } = c.var.principal;
    const result = await commands.undo(project, c.req.valid('param').id, c.req.valid('json').reviewer);
    if (result.kind === 'refused') return refusal(c, result.reason);
    return c.json(await claimView(project, result.item), 200);
  });
  return app;
}

const notFound = (c: Context) =>
  problemResponse(c, { status: 404, code: 'not_found', detail: 'There is no such review item.' });

function refusal(c: Context, reason: RefusalReason | 'not_found') {
  return reason === 'not_found' ? notFound(c) : problemResponse(c, { status: 409, ...REFUSALS[reason] });
}
