import { randomUUID } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { routePath } from 'hono/route';
import { Failure } from '../model/failure.ts';
import type { LiveBus } from '../store/ports/live.ts';
import type { ContractReplay } from '../store/ports/replays.ts';
import type { Principal, TokenStore } from '../store/ports/tokens.ts';
import { authenticate, createDoorkeeper } from './auth.ts';
import type { ReadDeps } from './deps.ts';
import type { ApiEvent } from './events.ts';
import { type AllowedHosts, hostGuard, securityHeaders } from './guard.ts';
import { type ApiEnv, problemResponse } from './http.ts';
import { createLiveHub } from './live-hub.ts';
import { openApiDocument } from './openapi.ts';
import { contractRoutes } from './routes/contracts.ts';
import { decisionRoutes } from './routes/decisions.ts';
import { documentRoutes } from './routes/documents.ts';
import { driftRoutes } from './routes/drift.ts';
import { type HealthDeps, healthRoutes } from './routes/health.ts';
import { liveRoutes } from './routes/live.ts';
import { operateRoutes } from './routes/operate.ts';
import { overviewRoutes } from './routes/overview.ts';
import { sessionRoutes } from './routes/session.ts';
import { sloRoutes } from './routes/slos.ts';
import { suggestionRoutes } from './routes/suggestions.ts';
import { systemRoutes } from './routes/systems.ts';
import { tokenRoutes } from './routes/tokens.ts';
import type { StaticFiles } from './static.ts';

/** A megabyte of YAML as a JSON string, escapes included. */
const BODY_BYTES = 4 * 1_048_576;
const RETRY_AFTER_S = 2;

export type ApiDeps = HealthDeps &
  ReadDeps & {
    readonly contractReplay: ContractReplay;
    readonly live: LiveBus;
    readonly tokens: TokenStore;
    /** `await loadStatic('dist/dashboard')` */
    readonly dashboard: StaticFiles;
    /** Groups of routes; their paths are relative to `/api/v1`. */
    readonly analysis: readonly OpenAPIHono<ApiEnv>[];
    readonly incidents: OpenAPIHono<ApiEnv>;
    readonly gates: OpenAPIHono<ApiEnv>;
    readonly review: OpenAPIHono<ApiEnv>;
    /** Its paths are relative to `/ofrep/v1`. */
    readonly ofrep: Hono<ApiEnv>;
    /** Who an OFREP caller without a token is; undefined: refused. Set on loopback only. */
    readonly ofrepGuest?: Principal;
    readonly allowedHosts: AllowedHosts;
    readonly ingestUrl: string;
    /** Served over TLS. */
    readonly secure: boolean;
    readonly nowMs: () => number;
    readonly emit: (event: ApiEvent) => void;
  };

export type Api = {
  /** `app.fetch(request)` */
  readonly app: OpenAPIHono<ApiEnv>;
  /** Ends the live streams, so that the server can close. */
  stop(): Promise<void>;
};

/** The only door for dashboard, SDK and CLI: one Hono app, `app.fetch(request)`. */
export function createApi(deps: ApiDeps): Api {
  const doorkeeper = createDoorkeeper(deps);
  const app = new OpenAPIHono<ApiEnv>();

  app.use(observe(deps));
  app.use(securityHeaders(deps.dashboard.scriptHashes));
  app.use(hostGuard(deps.allowedHosts, deps.emit));
  app.use(bodyLimit({ maxSize: BODY_BYTES, onError: (c) => tooLarge(c, deps.emit) }));

  app.use(methodNotAllowed({ app, onMethodNotAllowed: otherMethod }));

  const isSessionDoor = (c: Context) =>
    c.req.path === '/api/v1/session' && (c.req.method === 'POST' || c.req.method === 'DELETE');
  app.use(
    '/api/v1/*',
    authenticate(doorkeeper, deps.emit, (c) => (isSessionDoor(c) ? 'pass' : undefined)),
  );
  app.use(
    '/ofrep/*',
    authenticate(doorkeeper, deps.emit, () => deps.ofrepGuest),
  );
  app.use('/metrics', authenticate(doorkeeper, deps.emit));

  const hub = createLiveHub(deps);
  app.route('/', healthRoutes(deps));
  for (const group of [
    sessionRoutes({ ...deps, doorkeeper }),
    overviewRoutes(deps),
    systemRoutes(deps),
    driftRoutes(deps),
    sloRoutes(deps),
    decisionRoutes(deps),
    ...deps.analysis,
    deps.incidents,
    deps.gates,
    deps.review,
    documentRoutes(deps),
    contractRoutes(deps),
    suggestionRoutes(deps),
    operateRoutes(deps),
    tokenRoutes(deps),
    liveRoutes(hub),
  ]) {
    app.route('/api/v1', group);
  }
  app.route('/ofrep/v1', deps.ofrep);

  let document: ReturnType<typeof openApiDocument> | undefined;
  app.get('/openapi.json', (c) => {
    document ??= openApiDocument(app);
    return c.json(document);
  });
  app.notFound(async (c) => (await deps.dashboard.answer(c.req.raw)) ?? notFound(c));
  app.onError((error, c) => answerError(error, c, deps.emit));
  return { app, stop: () => hub.close() };
}

const REQUEST_ID = /^[\w.-]{8,64}$/;

function observe(deps: Pick<ApiDeps, 'nowMs' | 'emit'>) {
  return async (c: Context<ApiEnv>, next: () => Promise<void>) => {
    const given = c.req.header('x-request-id') ?? '';
    const requestId = REQUEST_ID.test(given) ? given : randomUUID();
    c.set('requestId', requestId);
    c.header('X-Request-Id', requestId);
    const startMs = deps.nowMs();
    await next();
    deps.emit({
      kind: 'answered',
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      durationMs: deps.nowMs() - startMs,
    });
  };
}

function tooLarge(c: Context, emit: (event: ApiEvent) => void) {
  emit({ kind: 'refused', reason: 'too_large' });
  return problemResponse(c, {
    status: 413,
    code: 'too_large',
    detail: `A body may hold ${BODY_BYTES} bytes.`,
  });
}

function notFound(c: Context) {
  return problemResponse(c, {
    status: 404,
    code: 'not_found',
    detail: 'No route has this path.',
    help: 'See /openapi.json.',
  });
}

function otherMethod(c: Context, methods: readonly string[]) {
  c.header('Allow', methods.join(', '));
  return problemResponse(c, {
    status: 405,
    code: 'method_not_allowed',
    detail: `This path takes ${methods.join(', ')}.`,
  });
}

function answerError(error: Error, c: Context, emit: (event: ApiEvent) => void): Response {
  if (error instanceof HTTPException) {
    if (error.status === 415) {
      return problemResponse(c, {
        status: 415,
        code: 'unsupported_media_type',
        detail: 'This route takes application/json.',
      });
    }
    if (error.status < 500) {
      return problemResponse(c, {
        status: 400,
        code: 'malformed_body',
        detail: error.message || 'The request could not be read.',
      });
    }
  }
  emit({
    kind: 'failed',
    method: c.req.method,
    path: c.req.path,
    requestId: c.get('requestId') ?? '',
    error,
  });
  if (error instanceof Failure && (error.retryable || error.reason === 'query_timeout')) {
    c.header('Retry-After', String(RETRY_AFTER_S));
    return problemResponse(c, {
      status: 503,
      code: error.reason === 'query_timeout' ? 'query_timeout' : 'store_unavailable',
      detail:
        error.reason === 'query_timeout' ? 'The store took too long to answer.' : 'A store did not answer.',
      help: error.reason === 'query_timeout' ? 'Ask for a shorter time range.' : 'Try again in a moment.',
    });
  }
  return problemResponse(c, {
    status: 500,
    code: 'internal',
    detail: 'Leeway could not answer this. The log has more under the request id.',
  });
}
