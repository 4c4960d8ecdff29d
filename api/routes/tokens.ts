import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { TokenRecord, TokenStore } from '../../store/ports/tokens.ts';
import { createdToken, type TokenRow, tokenInput, tokenList } from '../contract/tokens.ts';
import {
  type ApiEnv,
  access,
  jsonBody,
  jsonResponse,
  newRoutes,
  problemResponse,
  problems,
} from '../http.ts';
import { iso, isoOrNull } from '../query/series.ts';

/** What a burst is when nobody says: so many seconds of the rate. */
const BURST_SECONDS = 10;

const list = createRoute({
  method: 'get',
  path: '/tokens',
  tags: ['operation'],
  summary: 'The tokens of the project, newest first; never their text',
  ...access('admin'),
  responses: { 200: jsonResponse(tokenList, 'The tokens.') },
});
const create = createRoute({
  method: 'post',
  path: '/tokens',
  tags: ['operation'],
  summary: 'Make a token of the project; its text is told this once',
  ...access('admin'),
  request: { body: jsonBody(tokenInput) },
  responses: { 201: jsonResponse(createdToken, 'The token.'), ...problems(400, 415) },
});
const revoke = createRoute({
  method: 'delete',
  path: '/tokens/{id}',
  tags: ['operation'],
  summary: 'Revoke a token; collectors know within ten seconds',
  ...access('admin'),
  request: { params: z.object({ id: z.string().min(1).max(64) }) },
  responses: { 204: { description: 'It is revoked.' }, ...problems(404) },
});

const rowOf = ({ tokenId, name, scopes, quota, createdAtMs, revokedAtMs }: TokenRecord): TokenRow => ({
  id: tokenId,
  name,
  scopes: [...scopes],
  quota: quota === undefined ? null : { recordsPerSecond: quota.recordsPerSecond, burst: quota.burstRecords },
  createdAt: iso(createdAtMs),
  revokedAt: isoOrNull(revokedAtMs),
});

type TokenDeps = { readonly tokens: TokenStore; readonly nowMs: () => number };

export function tokenRoutes({ tokens, nowMs }: TokenDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(list, async (c) => {
    const rows = await tokens.list(c.get('principal').project);
    return c.json({ rows: rows.map(rowOf) }, 200);
  });
  app.openapi(create, async (c) => {
    const { project, name: by } = c.get('principal');
    const { name, scopes, quota } = c.req.valid('json');
    const rated =
      quota === undefined
        ? {}
        : {
            quota: {
              recordsPerSecond: quota.recordsPerSecond,
              burstRecords: quota.burst ?? quota.recordsPerSecond * BURST_SECONDS,
            },
          };
    return c.json(await tokens.create(project, name, [...new Set(scopes)], nowMs(), { by, ...rated }), 201);
  });
  app.openapi(revoke, async (c) => {
    const { project, name: by } = c.get('principal');
    const { id } = c.req.valid('param');
    if ((await tokens.revoke(project, id, nowMs(), by)) === 'done') return c.body(null, 204);
    return problemResponse(c, {
      status: 404,
      code: 'not_found',
      detail: `The project has no token "${id}".`,
      help: 'leeway token ls lists them.',
    });
  });
  return app;
}
