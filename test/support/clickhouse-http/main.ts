// Speaks ClickHouse's HTTP interface (https://clickhouse.com/docs/interfaces/http) over an engine in this process.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { Session } from 'chdb';
import { isAuthentic, readRequest } from './request.ts';
import { runRequest, ServerException } from './run.ts';

const path = process.env.CH_PATH ?? '';
const credentials = { user: process.env.CH_USER ?? '', password: process.env.CH_PASSWORD ?? '' };
// The engine lives as long as one connection to it does; each request then has a connection of its own.
const keeper = new Session(path);

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  if (!isAuthentic(incoming, url, credentials))
    throw new ServerException(516, 'AUTHENTICATION_FAILED', 'Authentication failed: password is incorrect');
  const request = await readRequest(incoming, url);
  const { body, format, summary } = await runRequest(path, request);
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(summary));
  response.setHeader('X-ClickHouse-Query-Id', request.queryId);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('Content-Type', format.startsWith('JSON') ? 'application/json' : 'text/plain');
  if (request.compressAnswer && /\bgzip\b/.test(incoming.headers['accept-encoding'] ?? '')) {
    response.setHeader('Content-Encoding', 'gzip');
    response.end(gzipSync(body));
  } else response.end(body);
}

const STATUS: Readonly<Record<number, number>> = {
  62: 400,
  36: 400,
  60: 404,
  81: 404,
  516: 403,
  164: 403,
  158: 403,
};

const server = createServer((incoming, response) => {
  answer(incoming, response).catch((error: unknown) => {
    const { code, text } = ServerException.from(error);
    response.statusCode = STATUS[code] ?? 500;
    response.setHeader('X-ClickHouse-Exception-Code', code);
    response.end(`${text}\n`);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
process.once('SIGTERM', () => {
  server.close(() => {
    keeper.close();
    process.exit(0);
  });
  server.closeAllConnections();
});
