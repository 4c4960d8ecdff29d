import { createHash } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Principal, TokenStore } from '../store/ports/tokens.ts';
import { type Attempts, createAttempts } from './attempts.ts';
import type { ApiEvent } from './events.ts';
import { isSameOrigin } from './guard.ts';
import { type ApiEnv, problemResponse, unauthenticated } from './http.ts';

/**
 * The cookie holds the token itself, not a signed session made from it: then a revoked token ends every session it
 * began at once, there is no second secret to keep and rotate, and no session table to clean. The price is that the
 * cookie lives as long as the token; it is HttpOnly and SameSite=Strict, so no script and no other site reads it.
 */
export const SESSION_COOKIE = 'leeway_session';
/** Tokens are 46 characters; anything far longer is not looked up. */
const TOKEN_CHARS = 512;
/** Tokens that were right lately, as hashes: a caller who is slowed down for wrong ones still gets in with these. */
const KNOWN_GOOD = 1_000;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export type AuthDeps = {
  readonly tokens: TokenStore;
  readonly nowMs: () => number;
  readonly emit: (event: ApiEvent) => void;
};

export type Checked =
  | { readonly kind: 'known'; readonly principal: Principal }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'wait'; readonly waitMs: number };

/** Checks a token, and slows down callers that bring wrong ones. */
export type Doorkeeper = {
  check(c: Context, token: string): Promise<Checked>;
};

export function createDoorkeeper(deps: AuthDeps, attempts: Attempts = createAttempts()): Doorkeeper {
  const good = new Set<string>();
  return {
    async check(c, token) {
      const caller = remoteAddress(c);
      const hash = createHash('sha256').update(token).digest('base64');
      const waitMs = attempts.waitMs(caller, deps.nowMs());
      if (waitMs > 0 && !good.has(hash)) {
        deps.emit({ kind: 'refused', reason: 'rate' });
        return { kind: 'wait', waitMs };
      }
      const principal =
        token === '' || token.length > TOKEN_CHARS ? undefined : await deps.tokens.verify(token);
      good.delete(hash);
      if (principal === undefined) {
        attempts.failed(caller, deps.nowMs());
        deps.emit({ kind: 'refused', reason: 'token' });
        return { kind: 'unknown' };
      }
      good.add(hash);
      for (const oldest of good) {
        if (good.size <= KNOWN_GOOD) break;
        good.delete(oldest);
      }
      return { kind: 'known', principal };
    },
  };
}

/**
 * Who is asking. Bearer first, then the cookie; a bad credential is refused even where none is needed, because the
 * caller believes it is known. `open` is who an unnamed caller is; without it, such a caller is refused.
 */
export function authenticate(
  doorkeeper: Doorkeeper,
  emit: (event: ApiEvent) => void,
  open?: (c: Context) => Principal | 'pass' | undefined,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const opened = open?.(c);
    if (opened === 'pass') return next();
    const bearer = bearerToken(c);
    const cookie = bearer === undefined ? getCookie(c, SESSION_COOKIE) : undefined;
    const token = bearer ?? cookie;
    if (token === undefined) {
      if (opened === undefined) return unauthenticated(c);
      c.set('principal', opened);
      return next();
    }
    if (cookie !== undefined && !SAFE.has(c.req.method) && !isSameOrigin(c.req.raw, true)) {
      emit({ kind: 'refused', reason: 'cross_site' });
      return crossSite(c);
    }
    const checked = await doorkeeper.check(c, token);
    if (checked.kind === 'wait') return tooManyAttempts(c, checked.waitMs);
    if (checked.kind === 'unknown') return unauthenticated(c);
    c.set('principal', checked.principal);
    return next();
  };
}

export function crossSite(c: Context) {
  return problemResponse(c, {
    status: 403,
    code: 'cross_site_refused',
    detail: 'A write that a cookie vouches for must come from the dashboard itself.',
    help: 'Programs send "Authorization: Bearer <token>" instead of a cookie.',
  });
}

export function tooManyAttempts(c: Context, waitMs: number) {
  c.header('Retry-After', String(Math.ceil(waitMs / 1_000)));
  return problemResponse(c, {
    status: 429,
    code: 'rate_limited',
    detail: 'Too many wrong tokens came from this address.',
    help: 'Wait as long as Retry-After says, then use a valid token.',
  });
}

function bearerToken(c: Context): string | undefined {
  const header = c.req.header('authorization');
  if (header === undefined) return undefined;
  return /^bearer +(\S+)$/i.exec(header)?.[1] ?? '';
}

/** The peer's address as the Node server knows it; forwarded-for headers are anyone's to write. */
function remoteAddress(c: Context): string {
  const env: unknown = c.env;
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return 'unknown';
  const incoming = env.incoming as { readonly socket?: { readonly remoteAddress?: string } };
  return incoming.socket?.remoteAddress ?? 'unknown';
}
