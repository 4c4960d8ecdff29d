import type { MiddlewareHandler } from 'hono';
import type { ApiEvent } from './events.ts';
import { type ApiEnv, problemResponse } from './http.ts';

/** `any` when a proxy in front decides; otherwise host names without ports, IPv6 in brackets. */
export type AllowedHosts = 'any' | readonly string[];
export const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * DNS rebinding: a page of evil.example whose name is re-pointed to 127.0.0.1 is same-origin with itself, so no
 * browser rule stops it; but it cannot help sending `Host: evil.example`.
 */
export function hostGuard(allowed: AllowedHosts, emit: (event: ApiEvent) => void): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (allowed === 'any' || allowed.includes(hostname(c.req.header('host') ?? new URL(c.req.url).host))) {
      return next();
    }
    emit({ kind: 'refused', reason: 'host' });
    return problemResponse(c, {
      status: 421,
      code: 'host_refused',
      detail: 'Leeway answers only under the host names that it was told.',
      help: 'Open it under 127.0.0.1 or localhost, or set the public URL in its configuration.',
    });
  };
}

function hostname(host: string): string {
  const url = URL.parse(`http://${host}/`);
  // A Host with a path, a user or a query in it is no host.
  return url !== null && url.host !== '' && url.href === `http://${url.host}/` ? url.hostname : '';
}

/**
 * A cookie travels by itself, so a write that it carries must come from our own pages. SameSite=Strict is not
 * enough: a site has no port, so http://localhost:3000 is the same site as we are. `strict` refuses a request that
 * tells no origin at all; every browser tells one with a write.
 */
export function isSameOrigin(request: Request, strict: boolean): boolean {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  const origin = request.headers.get('origin');
  if (origin === null) return !strict;
  return URL.parse(origin)?.host === (request.headers.get('host') ?? new URL(request.url).host);
}

/** Headers for every answer. `scriptHashes`: the inline scripts of index.html, by their own bytes. */
export function securityHeaders(scriptHashes: readonly string[]): MiddlewareHandler<ApiEnv> {
  const policy = [
    "default-src 'none'",
    ["script-src 'self'", ...scriptHashes.map((hash) => `'${hash}'`)].join(' '),
    "style-src 'self'",
    // Attributes only: components set widths and positions. A sheet or a script from a payload still cannot run.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
  return async (c, next) => {
    await next();
    const headers = c.res.headers;
    headers.set('Content-Security-Policy', policy);
    headers.set('X-Content-Type-Options', 'nosniff');
    headers.set('X-Frame-Options', 'DENY');
    headers.set('Referrer-Policy', 'no-referrer');
    headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    headers.set('Cross-Origin-Resource-Policy', 'same-origin');
    headers.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  };
}
