import { type Hook, OpenAPIHono, type z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler, TypedResponse } from 'hono';
import type { Principal, Scope } from '../store/ports/tokens.ts';
import { type Problem, problem } from './contract/common.ts';
import { type CodeOf, type ProblemStatus, titleOf } from './problems.ts';

/** What every handler below `/api/v1` and `/ofrep` finds in its context. The principal is there once a route asked for a scope. */
export type ApiEnv = { Variables: { principal: Principal; requestId: string } };

export type ProblemInput<S extends ProblemStatus> = {
  readonly status: S;
  readonly code: CodeOf<S>;
  readonly title?: string;
  /** What is wrong with this request, in a sentence. */
  readonly detail: string;
  /** What to do next. */
  readonly help?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
};

/** RFC 9457. The type is a URN: it names the problem without promising a page. */
export function problemResponse<S extends ProblemStatus>(
  c: Context,
  input: ProblemInput<S>,
): Response & TypedResponse<z.infer<typeof problem>, S, 'json'> {
  const body: Problem = {
    type: `urn:leeway:problem:${input.code}`,
    title: input.title ?? titleOf(input.code),
    status: input.status,
    detail: input.detail,
    code: input.code,
    ...(input.help === undefined ? {} : { help: input.help }),
    ...(input.errors === undefined ? {} : { errors: [...input.errors] }),
    requestId: c.get('requestId') ?? '',
  };
  const response = c.json(body, input.status, { 'content-type': 'application/problem+json' });
  return response as Response & TypedResponse<z.infer<typeof problem>, S, 'json'>;
}

/**
 * Lets a request pass whose token has one of the scopes. Runs before the body is looked at, so that a stranger
 * learns nothing about what a route takes.
 */
export function requireScope(...scopes: readonly [Scope, ...Scope[]]): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const principal: Principal | undefined = c.get('principal');
    if (principal === undefined) return unauthenticated(c);
    if (!scopes.some((scope) => principal.scopes.includes(scope))) {
      return problemResponse(c, {
        status: 403,
        code: 'missing_scope',
        detail: `The token "${principal.name}" has the scopes ${principal.scopes.join(', ') || '(none)'}; this needs ${scopes.join(' or ')}.`,
        help: 'Use a token that has the scope, or ask for one.',
      });
    }
    return next();
  };
}

export function unauthenticated(c: Context) {
  c.header('WWW-Authenticate', 'Bearer realm="leeway"');
  return problemResponse(c, {
    status: 401,
    code: 'unauthenticated',
    detail: 'The request carries no token, or one that is unknown or revoked.',
    help: 'Send "Authorization: Bearer <token>", or open the link that Leeway printed when it started.',
  });
}

/**
 * Spread into `createRoute({…})`: the check, and what the OpenAPI document says about it.
 * `createRoute({ method, path, ...access('read'), responses })`
 */
export function access(...scopes: readonly [Scope, ...Scope[]]) {
  return {
    middleware: requireScope(...scopes),
    security: [{ bearer: [] }, { session: [] }],
    'x-leeway-scopes': [...scopes],
  };
}

/** `responses: { 200: jsonResponse(schema, 'The …'), ...problems(404, 409) }`; 400, 401, 403, 429 and 503 are added to every route by the document. */
export function jsonResponse<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

type ProblemContent = {
  description: string;
  content: { 'application/problem+json': { schema: typeof problem } };
};
export function problems<const S extends readonly ProblemStatus[]>(
  ...statuses: S
): { [K in S[number]]: ProblemContent } {
  const content = { 'application/problem+json': { schema: problem } };
  const entries = statuses.map((status) => [status, { description: DESCRIPTION[status], content }]);
  return Object.fromEntries(entries) as { [K in S[number]]: ProblemContent };
}

const DESCRIPTION: Record<ProblemStatus, string> = {
  400: 'The request does not have the right shape.',
  401: 'No valid token.',
  403: 'The token does not allow this, or the request comes from another site.',
  404: 'There is no such thing.',
  405: 'The path does not take this method.',
  409: 'The rules, or the state of the thing, do not allow it now.',
  413: 'The body is too large.',
  415: 'The body has another type.',
  421: 'Another host was asked for.',
  422: 'Well formed, and yet it cannot be used.',
  429: 'Too many attempts; see Retry-After.',
  500: 'A mistake of Leeway.',
  503: 'A store cannot be reached or was too slow; try again.',
};

/** `body: jsonBody(schema)` in a route's `request`: required, so that a missing content type is refused and not read as `{}`. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } };
}

/** Turns zod's issues into a 400 that names each place. */
const refuseInvalid: Hook<unknown, ApiEnv, string, Response | undefined> = (result, c) => {
  if (result.success) return undefined;
  const at = result.target === 'json' ? '' : `${result.target}.`;
  const errors = result.error.issues.slice(0, MAX_ERRORS).map((issue) => ({
    path: `${at}${issue.path.map(String).join('.')}`.replace(/\.$/, ''),
    message: issue.message,
  }));
  return problemResponse(c, {
    status: 400,
    code: 'validation_failed',
    detail: errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    errors,
  });
};
const MAX_ERRORS = 50;

/** A group of routes. Paths are relative to `/api/v1`: `/incidents/{id}`. */
export const newRoutes = (): OpenAPIHono<ApiEnv> => new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });
