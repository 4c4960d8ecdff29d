import type { IncomingMessage } from 'node:http';

/** Which pages of other origins may send from a browser; the same four settings as the OpenTelemetry Collector's receiver. */
export type CorsPolicy = {
  /** `https://app.example.com`, with one `*` anywhere, or `*` alone. None: no page may. */
  readonly allowedOrigins: readonly string[];
  /** Beside those that are always allowed; `*` allows all. */
  readonly allowedHeaders: readonly string[];
  /** Of the answer, beside those that a page may always read. */
  readonly exposedHeaders: readonly string[];
  /** How long a browser may remember the answer to its preflight; 0 leaves that to the browser. */
  readonly maxAgeSeconds: number;
};
export const NO_CORS: CorsPolicy = {
  allowedOrigins: [],
  allowedHeaders: [],
  exposedHeaders: [],
  maxAgeSeconds: 0,
};

const ALWAYS_ALLOWED = [
  'accept',
  'accept-language',
  'content-language',
  'content-type',
  'origin',
  'x-requested-with',
];
const METHOD = 'POST';

export type CorsVerdict =
  /** No page asks, or no page may: the request is taken as any other. */
  | { readonly kind: 'none' }
  | { readonly kind: 'preflight'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'request'; readonly headers: Readonly<Record<string, string>> };

export function corsVerdict(policy: CorsPolicy, { method, headers }: IncomingMessage): CorsVerdict {
  if (policy.allowedOrigins.length === 0) return { kind: 'none' };
  const { origin } = headers;
  const asked = headers['access-control-request-method'];
  const allowed = origin === undefined ? undefined : allowOrigin(policy, origin);
  if (method === 'OPTIONS' && asked !== undefined) {
    const wanted = listOf(headers['access-control-request-headers']);
    return { kind: 'preflight', headers: preflight(policy, allowed, asked, wanted) };
  }
  const exposed = policy.exposedHeaders.join(', ');
  return {
    kind: 'request',
    headers: {
      vary: 'Origin',
      ...allowed,
      ...(allowed && exposed !== '' ? { 'access-control-expose-headers': exposed } : {}),
    },
  };
}

/** A preflight that is not allowed gets the same status and none of the headers: the browser then refuses. */
function preflight(
  policy: CorsPolicy,
  allowed: Readonly<Record<string, string>> | undefined,
  method: string,
  wanted: readonly string[],
): Record<string, string> {
  const vary = { vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers' };
  if (!allowed || method !== METHOD || !wanted.every((header) => allowsHeader(policy, header))) return vary;
  return {
    ...vary,
    ...allowed,
    'access-control-allow-methods': METHOD,
    ...(wanted.length > 0 ? { 'access-control-allow-headers': wanted.join(', ') } : {}),
    ...(policy.maxAgeSeconds > 0 ? { 'access-control-max-age': String(policy.maxAgeSeconds) } : {}),
  };
}

/** Credentials are offered to named origins only: with `*` a browser would refuse them, and rightly. */
function allowOrigin(policy: CorsPolicy, origin: string): Record<string, string> | undefined {
  if (policy.allowedOrigins.includes('*')) return { 'access-control-allow-origin': '*' };
  if (!policy.allowedOrigins.some((pattern) => matches(pattern.toLowerCase(), origin.toLowerCase())))
    return undefined;
  return { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' };
}

function matches(pattern: string, origin: string): boolean {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === origin;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return origin.length >= head.length + tail.length && origin.startsWith(head) && origin.endsWith(tail);
}

function allowsHeader({ allowedHeaders }: CorsPolicy, header: string): boolean {
  return [...ALWAYS_ALLOWED, ...allowedHeaders].some(
    (allowed) => allowed === '*' || allowed.toLowerCase() === header,
  );
}

const listOf = (header: string | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '');
