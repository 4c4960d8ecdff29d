import {
  status as Code,
  Metadata,
  Server,
  ServerCredentials,
  type ServerErrorResponse,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { Emit } from '../events.ts';
import { otlp, type Route } from '../http/routes.ts';
import { retryAfterSeconds } from '../limits.ts';
import { retryStatus, rpcCodeOf } from '../otlp/reply.ts';
import type { IngestPath } from '../path.ts';
import { Refusal } from '../refusal.ts';
import { watchLibrary } from './library.ts';
import { MessageBody } from './message.ts';

export type GrpcServerOptions = {
  readonly host: string;
  readonly port: number;
  /** Of one message, on the wire and again inflated. */
  readonly messageBytes: number;
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
/** Of one connection: the library holds each message in memory before it hands it over. */
const MAX_STREAMS = 64;
/** How long clients get to let go of their connections. */
const CLOSE_MS = 2_000;
const DETAILS = 'grpc-status-details-bin';

type Call = ServerUnaryCall<Buffer, Buffer>;
type Reply = sendUnaryData<Buffer>;

/** OTLP over gRPC: the same path as HTTP, for messages are handed over as bytes, without the library decoding them. */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #server: Server;
  #stopping = false;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    const { path, messageTimeoutMs } = options;
    this.#server = new Server({
      'grpc.max_receive_message_length': options.messageBytes,
      'grpc.max_concurrent_streams': MAX_STREAMS,
      interceptors: [
        watchLibrary({
          messageTimeoutMs,
          onRefused: (name, authorization, refusal) => {
            const route = SERVICES.find((one) => one.path === name);
            if (route) void path.refuse(route, authorization, refusal);
          },
        }),
      ],
    });
    for (const route of SERVICES)
      this.#server.addService({ Export: rawMethod(route) }, this.#handlers(route));
  }

  async listen(): Promise<{ port: number }> {
    const { host, port } = this.#options;
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    return await new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(bindError(error, address));
        else resolve({ port: bound });
      });
    });
  }

  /** No new call; those that are under way are answered. */
  async close(): Promise<void> {
    this.#stopping = true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#server.forceShutdown(), CLOSE_MS);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #handlers(route: Route): { Export: (call: Call, reply: Reply) => void } {
    return { Export: (call, reply) => void this.#export(route, call, reply) };
  }

  async #export(route: Route, call: Call, reply: Reply): Promise<void> {
    const { path, emit } = this.#options;
    const authorization = call.metadata.get('authorization')[0]?.toString();
    try {
      if (this.#stopping) throw new Refusal('shutting_down', 'the collector is stopping');
      const answer = await path.take(route, new MessageBody(call.request, authorization));
      reply(null, answer.body);
    } catch (error) {
      if (!(error instanceof Refusal)) emit({ kind: 'fault', error });
      reply(this.#errorOf(error));
    }
  }

  #errorOf(error: unknown): Partial<ServerErrorResponse> {
    // A mistake of ours: nothing was kept, so the sender has to come again.
    if (!(error instanceof Refusal)) return { code: Code.UNAVAILABLE, details: 'internal error' };
    const { status, message, retryable } = error;
    const metadata = new Metadata();
    if (retryable)
      metadata.set(DETAILS, retryStatus(status, message, retryAfterSeconds(this.#options.random())));
    return { code: rpcCodeOf(status), details: message, metadata };
  }
}

const asItIs = (bytes: Buffer): Buffer => bytes;
const rawMethod = ({ path }: Route) => ({
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
});

/** The library tells of an address in use in words only. */
function bindError(cause: Error, address: string): Error {
  if (!cause.message.includes('EADDRINUSE')) return cause;
  const error = new Error(`listen EADDRINUSE: address already in use ${address}`, { cause });
  return Object.assign(error, { code: 'EADDRINUSE' });
}
