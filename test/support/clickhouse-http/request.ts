import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { ServerException } from './run.ts';

export type QueryRequest = {
  readonly query: string;
  /** What follows an INSERT: bytes in its format. */
  readonly data: Buffer;
  readonly database: string;
  readonly defaultFormat: string;
  readonly params: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly compressAnswer: boolean;
  readonly queryId: string;
};

/** Names in the URL that are no settings of a query. */
const OF_THE_PROTOCOL = new Set([
  ...['query', 'database', 'default_format', 'query_id', 'user', 'password', 'session_id', 'session_timeout'],
  ...['role', 'quota_key', 'compress', 'decompress', 'wait_end_of_query', 'enable_http_compression'],
  ...[
    'send_progress_in_http_headers',
    'http_headers_progress_interval_ms',
    'cancel_http_readonly_queries_on_client_close',
  ],
]);

export function isAuthentic(
  incoming: IncomingMessage,
  url: URL,
  expected: { readonly user: string; readonly password: string },
): boolean {
  const { authorization } = incoming.headers;
  if (authorization?.startsWith('Basic ') === true) {
    const text = Buffer.from(authorization.slice('Basic '.length), 'base64').toString('utf8');
    return text === `${expected.user}:${expected.password}`;
  }
  const user = incoming.headers['x-clickhouse-user'] ?? url.searchParams.get('user');
  const key = incoming.headers['x-clickhouse-key'] ?? url.searchParams.get('password');
  return user === expected.user && key === expected.password;
}

export async function readRequest(incoming: IncomingMessage, url: URL): Promise<QueryRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = inflated(Buffer.concat(chunks), incoming.headers['content-encoding']);
  const inUrl = url.searchParams.get('query');
  const names = [...url.searchParams.entries()];
  return {
    ...(inUrl === null
      ? { query: body.toString('utf8'), data: Buffer.alloc(0) }
      : { query: inUrl, data: body }),
    database: url.searchParams.get('database') ?? 'default',
    defaultFormat: url.searchParams.get('default_format') ?? 'TabSeparated',
    params: Object.fromEntries(
      names.flatMap(([name, value]) =>
        name.startsWith('param_') ? [[name.slice('param_'.length), value]] : [],
      ),
    ),
    settings: Object.fromEntries(
      names.filter(([name]) => !OF_THE_PROTOCOL.has(name) && !name.startsWith('param_')),
    ),
    compressAnswer: url.searchParams.get('enable_http_compression') === '1',
    queryId: url.searchParams.get('query_id') ?? randomUUID(),
  };
}

function inflated(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding === 'gzip') return gunzipSync(body);
  throw new ServerException(1, 'UNSUPPORTED_METHOD', `Unknown compression method: ${encoding}`);
}
