import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Reason } from '../reasons.ts';

export type BrokenRequest = { readonly reason: Reason; readonly status: number; readonly message: string };

/** What Node's parser tells, as we count it. Anything else is no HTTP at all. */
const BY_CODE: Readonly<Record<string, Omit<BrokenRequest, 'message'>>> = {
  HPE_HEADER_OVERFLOW: { reason: 'malformed_http', status: 431 },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { reason: 'malformed_http', status: 413 },
  ERR_HTTP_REQUEST_TIMEOUT: { reason: 'body_timeout', status: 408 },
};
const PHRASE: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
};

/**
 * Answers and tells of bytes that never became a request: without this Node answers by itself, and nobody hears of it.
 * A body that breaks is its request's, which is refused and told of where it is read; bytes behind a whole request
 * wait for its answer.
 */
export function watchBroken(server: Server, onBroken: (broken: BrokenRequest) => void): void {
  /** The last request of a connection. */
  const served = new WeakMap<Duplex, { request: IncomingMessage; response: ServerResponse }>();
  const told = new WeakSet<Duplex>();
  server.on('request', (request, response) => {
    served.set(request.socket, { request, response });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const broken = brokenBy(error);
    const serving = served.get(socket);
    const end = (): void => {
      if (broken && socket.writable) socket.write(answerTo(broken));
      socket.destroy(error);
    };
    // A sender that went away says nothing, and hears nothing. Of one connection the parser complains again and again.
    if (broken && !told.has(socket) && (serving === undefined || serving.request.complete)) onBroken(broken);
    told.add(socket);
    if (broken && serving?.request.complete && !serving.response.closed) serving.response.once('close', end);
    else end();
  });
}

function brokenBy({ code = '', message }: NodeJS.ErrnoException): BrokenRequest | undefined {
  if (!code.startsWith('HPE_') && code !== 'ERR_HTTP_REQUEST_TIMEOUT') return undefined;
  return { ...(BY_CODE[code] ?? { reason: 'malformed_http', status: 400 }), message };
}

const answerTo = ({ status }: BrokenRequest): string =>
  `HTTP/1.1 ${status} ${PHRASE[status] ?? 'Error'}\r\nConnection: close\r\n\r\n`;
