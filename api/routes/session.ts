import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { Principal } from '../../store/ports/tokens.ts';
import { crossSite, type Doorkeeper, SESSION_COOKIE, tooManyAttempts } from '../auth.ts';
import { type Session, session } from '../contract/operate.ts';
import { isSameOrigin } from '../guard.ts';
import {
  type ApiEnv,
  access,
  jsonBody,
  jsonResponse,
  newRoutes,
  problems,
  unauthenticated,
} from '../http.ts';

const MAX_AGE_S = 30 * 86_400;

export type SessionDeps = {
  readonly doorkeeper: Doorkeeper;
  /** Where decisions are sent to, as the first-run page shows it. */
  readonly ingestUrl: string;
  /** The dashboard is served over TLS: the cookie must never travel without. */
  readonly secure: boolean;
};

const begin = createRoute({
  method: 'post',
  path: '/session',
  tags: ['session'],
  summary: 'Trade a token for a session cookie',
  request: { body: jsonBody(z.strictObject({ token: z.string().min(1).max(512) })) },
  responses: { 200: jsonResponse(session, 'The session; a cookie is set.'), ...problems(401, 403, 429) },
});
const look = createRoute({
  method: 'get',
  path: '/session',
  tags: ['session'],
  summary: 'Who the caller is, and what the token allows',
  ...access('ingest', 'read', 'review', 'operate', 'admin'),
  responses: { 200: jsonResponse(session, 'The session.') },
});
const end = createRoute({
  method: 'delete',
  path: '/session',
  tags: ['session'],
  summary: 'Forget the session cookie',
  responses: { 204: { description: 'The cookie is gone.' } },
});

export function sessionRoutes(deps: SessionDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  const view = (principal: Principal): Session => ({
    project: principal.project,
    scopes: [...principal.scopes],
    name: principal.name,
    ingestUrl: deps.ingestUrl,
  });
  app.openapi(begin, async (c) => {
    // Another site must not log its victim in with the attacker's token either.
    if (!isSameOrigin(c.req.raw, false)) return crossSite(c);
    const { token } = c.req.valid('json');
    const checked = await deps.doorkeeper.check(c, token);
    if (checked.kind === 'wait') return tooManyAttempts(c, checked.waitMs);
    if (checked.kind === 'unknown') return unauthenticated(c);
    setCookie(c, SESSION_COOKIE, token, {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      maxAge: MAX_AGE_S,
      secure: deps.secure,
    });
    return c.json(view(checked.principal), 200);
  });
  app.openapi(look, (c) => c.json(view(c.get('principal')), 200));
  app.openapi(end, (c) => {
    deleteCookie(c, SESSION_COOKIE, { path: '/', secure: deps.secure });
    return c.body(null, 204);
  });
  return app;
}
