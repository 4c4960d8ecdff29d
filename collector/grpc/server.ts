import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Emit } from '../events.ts';
import { closed, listenAt, type Place } from '../http/listen.ts';
import { otlp, type Route } from '../http/routes.ts';
import { retryAfterSeconds } from '../limits.ts';
import { rpcCodeOf, rpcStatus } from '../otlp/reply.ts';
import type { IngestPath } from '../path.ts';
import { Refusal } from '../refusal.ts';
import { openMessage } from './message.ts';

export type GrpcServerOptions = Place & {
  readonly messageTimeoutMs: number;
  readonly path: IngestPath;
  /** 0 ≤ random < 1. */
  readonly random: () => number;
  readonly emit: Emit;
};

const SERVICES: readonly Route[] = [
  otlp('/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'spans'),
  otlp('/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'logs'),
  otlp('/opentelemetry.proto.collector.metrics.v1.MetricsService/Export', 'metrics'),
];
/** Of one connection. */
const MAX_STREAMS = 64;
/** What a sender may have under way before we read it, per call and per connection. */
const WINDOW_BYTES = { stream: 256 * 1024, session: 1024 * 1024 } as const;
/** How long clients get to let go of their connections. */
const CLOSE_MS = 2_000;
const CODE = { ok: 0, invalidArgument: 3, unimplemented: 12, unavailable: 14 } as const;
const GRPC = { 'content-type': 'application/grpc', 'grpc-accept-encoding': 'identity,gzip,deflate' } as const;

type Failed = { readonly code: number; readonly message: string; readonly details?: Buffer };

/**
 * OTLP over gRPC: the same path as HTTP. A unary call is one HTTP/2 request with a length in front of its message;
 * reading it here rather than in a library puts it under the same budget of memory, limits and timeouts while it streams.
 */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  #stopping = false;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#server = createServer({
      settings: { maxConcurrentStreams: MAX_STREAMS, initialWindowSize: WINDOW_BYTES.stream },
    });
    this.#server.on('session', (session) => this.#take(session));
    this.#server.on('stream', (stream, headers) => void this.#serve(stream, headers));
  }

  listen(): Promise<{ readonly port: number }> {
    return listenAt(this.#server, this.#options);
  }

  /** No new call; those that are under way are answered. */
  async close(): Promise<void> {
    this.#stopping = true;
    const whenClosed = closed(this.#server);
    for (const session of this.#sessions) session.close();
    const timer = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, CLOSE_MS);
    await whenClosed;
    clearTimeout(timer);
  }

  #take(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    // A connection that breaks is its sender's to open again.
    session.on('error', () => undefined);
    session.setLocalWindowSize(WINDOW_BYTES.session);
  }

  async #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => undefined);
    if (!(headers['content-type'] ?? '').startsWith('application/grpc')) {
      stream.respond({ ':status': 415 }, { endStream: true });
      return;
    }
    const route = SERVICES.find((one) => one.path === headers[':path']);
    if (!route) {
      fail(stream, { code: CODE.unimplemented, message: `${headers[':path'] ?? ''} is not served here` });
      return;
    }
    try {
      succeed(stream, await this.#export(route, stream, headers));
    } catch (error) {
      if (!(error instanceof Refusal)) this.#options.emit({ kind: 'fault', error });
      fail(stream, this.#failureOf(error));
    }
  }

  async #export(route: Route, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<Buffer> {
    const { path, messageTimeoutMs } = this.#options;
    if (this.#stopping) throw new Refusal('shutting_down', 'the collector is stopping');
    const message = await openMessage(stream, headers, messageTimeoutMs).catch(async (error) => {
      if (error instanceof Refusal) await path.refuse(route, headers.authorization, error);
      throw error;
    });
    return (await path.take(route, message)).body;
  }

  #failureOf(error: unknown): Failed {
    // A mistake of ours: nothing was kept, so the sender has to come again.
    if (!(error instanceof Refusal)) return { code: CODE.unavailable, message: 'internal error' };
    const { status, message, reason } = error;
    const code = reason === 'unsupported_encoding' ? CODE.unimplemented : rpcCodeOf(status);
    if (error.retryable) {
      const retryInSeconds = retryAfterSeconds(this.#options.random());
      return { code, message, details: rpcStatus(code, message, { kind: 'retry', retryInSeconds }) };
    }
    if (code !== CODE.invalidArgument) return { code, message };
    return { code, message, details: rpcStatus(code, message, { kind: 'bad_request', reason }) };
  }
}

function succeed(stream: ServerHttp2Stream, body: Buffer): void {
  if (stream.destroyed || stream.closed) return;
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  stream.respond(GRPC, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': CODE.ok }));
  stream.end(Buffer.concat([prefix, body]));
}

/** Headers alone; what of the message is still to come is not read. */
function fail(stream: ServerHttp2Stream, { code, message, details }: Failed): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond(
    {
      ...GRPC,
      'grpc-status': code,
      'grpc-message': percentEncoded(message),
      ...(details ? { 'grpc-status-details-bin': details.toString('base64') } : {}),
    },
    { endStream: true },
  );
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

/** As gRPC has it: printable ASCII stands for itself, but `%`. */
const percentEncoded = (message: string): string =>
  message.toWellFormed().replaceAll(/[^ -$&-~]/gu, encodeURIComponent);
