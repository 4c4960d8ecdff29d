import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import type { Incoming } from '../http/body.ts';
import { CONTENT_TYPE } from '../otlp/reply.ts';
import { Refusal } from '../refusal.ts';

/** In front of each message: whether it is compressed, and its length. */
const PREFIX_BYTES = 5;

/** The message of a unary call, as the body of a request: it streams, so that limits hold before it is all there. */
export async function openMessage(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  timeoutMs: number,
): Promise<Incoming> {
  const prefix = await readPrefix(stream, timeoutMs);
  const isCompressed = prefix[0] === 1;
  const { authorization } = headers;
  return new Message(stream, prefix.readUInt32BE(1), {
    'content-type': CONTENT_TYPE.protobuf,
    'content-length': String(prefix.readUInt32BE(1)),
    ...(isCompressed ? { 'content-encoding': String(headers['grpc-encoding'] ?? 'identity') } : {}),
    ...(authorization === undefined ? {} : { authorization }),
  });
}

function readPrefix(stream: ServerHttp2Stream, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      stream.off('readable', onReadable).off('end', onEnd).off('close', onEnd);
      settle();
    };
    const refuse = (refusal: Refusal): void => finish(() => reject(refusal));
    const onReadable = (): void => {
      const prefix: Buffer | null = stream.read(PREFIX_BYTES);
      if (prefix?.length === PREFIX_BYTES) finish(() => resolve(prefix));
    };
    const onEnd = (): void => refuse(new Refusal('malformed_body', 'the call holds no message'));
    const timer = setTimeout(
      () => refuse(new Refusal('body_timeout', 'the message did not arrive in time')),
      timeoutMs,
    );
    stream.on('readable', onReadable).once('end', onEnd).once('close', onEnd);
    onReadable();
  });
}

class Message extends Readable {
  readonly headers: Incoming['headers'];
  complete = false;
  readonly #stream: ServerHttp2Stream;
  #restBytes: number;

  constructor(stream: ServerHttp2Stream, lengthBytes: number, headers: Incoming['headers']) {
    super();
    this.headers = headers;
    this.#stream = stream;
    this.#restBytes = lengthBytes;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    // A stream that ends early takes its message with it.
    for (const event of ['end', 'close'] as const)
      stream.once(event, () => {
        if (!this.complete) this.destroy();
      });
    stream.pause();
    if (lengthBytes === 0) this.#finish();
  }

  override _read(): void {
    if (!this.complete) this.#stream.resume();
  }

  /** The message is whole when it is as long as it said, whether or not its stream goes on. */
  #take(chunk: Buffer): void {
    if (this.complete) return;
    const own = chunk.subarray(0, this.#restBytes);
    this.#restBytes -= own.length;
    if (!this.push(own)) this.#stream.pause();
    if (this.#restBytes === 0) this.#finish();
  }

  #finish(): void {
    this.complete = true;
    this.push(null);
  }
}
