import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Emit } from '../events.ts';
import { retryAfterSeconds } from '../limits.ts';
import type { IngestPath } from '../path.ts';
import { Refusal } from '../refusal.ts';
import { type Answer, errorAnswer, json } from './answer.ts';
import { watchBroken } from './broken.ts';
import { type CorsPolicy, type CorsVerdict, corsVerdict } from './cors.ts';
import { closed, listenAt, type Place } from './listen.ts';
import { ROUTES, type Route, routeOf } from './routes.ts';

export type ServerOptions = Place & {
  readonly headersTimeoutMs: number;
  readonly path: IngestPath;
  readonly cors: CorsPolicy;
  readonly newId: () => string;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
  readonly emit: Emit;
};

/** How long the rest of a refused body is read and thrown away, so that its sender gets to see the answer. */
const LINGER_MS = 2_000;
/** Idle connections are kept longer than the SDKs' export intervals. */
const KEEP_ALIVE_MS = 65_000;

/** The collector's HTTP door. node:http directly: this is the hot path, and it has a handful of routes. */
export class CollectorServer {
  readonly #options: ServerOptions;
  readonly #server: Server;
  #open = 0;
  #stopping = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        headersTimeout: options.headersTimeoutMs,
        // The body has a timeout of its own, which answers in the request's encoding.
        requestTimeout: 0,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: Math.min(1_000, options.headersTimeoutMs),
        noDelay: true,
      },
      (request, response) => {
        void this.#serve(request, response);
      },
    );
    watchBroken(this.#server, (broken) =>
      options.emit({ kind: 'refused', project: undefined, path: '', ...broken }),
    );
  }

  listen(): Promise<{ readonly port: number }> {
    return listenAt(this.#server, this.#options);
  }

  /** No new connection; requests that are under way are answered. */
  async close(): Promise<void> {
    this.#stopping = true;
    const whenClosed = closed(this.#server);
    this.#server.closeIdleConnections();
    if (this.#open > 0)
      await new Promise<void>((resolve) => {
        this.#onQuiet = resolve;
      });
    this.#server.closeAllConnections();
    await whenClosed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open += 1;
    try {
      const cors = corsVerdict(this.#options.cors, request);
      if (cors.kind === 'preflight') response.writeHead(204, cors.headers).end();
      else this.#send(request, response, await this.#answer(request), cors);
    } catch (error) {
      // A programmer's error: this request fails, the collector goes on, and the app is told.
      response.destroy(error instanceof Error ? error : new Error(String(error)));
      this.#options.emit({ kind: 'fault', error });
    } finally {
      this.#open -= 1;
      if (this.#open === 0) this.#onQuiet?.();
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { path, newId } = this.#options;
    const pathname = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (pathname === '/healthz') return json(200, 'application/json', { status: 'ok' });
    const route = routeOf(pathname);
    if (!route) {
      const known = ROUTES.map((one) => one.path).join(', ');
      return errorAnswer(undefined, request, 404, 'not_found', `${pathname} is not one of ${known}`, newId());
    }
    if (request.method !== 'POST') {
      const detail = `${request.method ?? 'this method'} is not POST`;
      const answer = errorAnswer(route, request, 405, 'method_not_allowed', detail, newId());
      return { ...answer, headers: { allow: 'POST' } };
    }
    try {
      if (this.#stopping) throw new Refusal('shutting_down', 'the collector is stopping');
      return await path.take(route, request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#refusalAnswer(route, request, error);
    }
  }

  #refusalAnswer(route: Route, request: IncomingMessage, refusal: Refusal): Answer {
    const { status, reason, message } = refusal;
    const answer = errorAnswer(route, request, status, reason, message, this.#options.newId());
    if (status === 401) return { ...answer, headers: { 'www-authenticate': 'Bearer' } };
    if (!refusal.retryable) return answer;
    return { ...answer, headers: { 'retry-after': String(retryAfterSeconds(this.#options.random())) } };
  }

  #send(request: IncomingMessage, response: ServerResponse, answer: Answer, cors: CorsVerdict): void {
    if (response.destroyed) return;
    response.writeHead(answer.status, {
      'content-type': answer.contentType,
      'content-length': answer.body.length,
      ...(this.#stopping ? { connection: 'close' } : {}),
      ...answer.headers,
      ...(cors.kind === 'request' ? cors.headers : {}),
    });
    response.end(answer.body);
    if (!request.complete) this.#discardRest(request);
  }

  #discardRest(request: IncomingMessage): void {
    const timer = setTimeout(() => request.destroy(), LINGER_MS);
    request.once('close', () => clearTimeout(timer));
    request.once('end', () => clearTimeout(timer));
    request.resume();
  }
}
