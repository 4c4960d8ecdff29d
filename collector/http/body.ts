import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { freeNow } from '../memory.ts';
import { Refusal } from '../refusal.ts';
import type { BudgetShare } from './budget.ts';
import { type Inflater, inflateAtOnce, inflaterOf } from './inflate.ts';

export type BodyLimits = { readonly bodyBytes: number; readonly bodyTimeoutMs: number };
/** What a door hands in: headers, and a body that streams. */
export type Incoming = Readable & {
  readonly headers: IncomingHttpHeaders;
  /** All of the body came in. */
  readonly complete: boolean;
};
export type Body = {
  readonly bytes: Buffer;
  readonly wireBytes: number;
  /** The bytes are gzip still and say that they become so many, which are reserved. Undefined: they are the body itself. */
  readonly inflatesToBytes?: number;
  /** Nobody reads `bytes` any more. */
  readonly free: () => void;
};
/** Who inflates gzip: `later`, it stays as it is. */
export type Inflating = 'now' | 'later';

/** What an inflater writes at a time: enough for most bodies at once, but never more than this for a few bytes that lie. */
const CHUNK_BYTES = { least: 128 * 1024, most: 1024 * 1024 } as const;
/** OTLP shrinks to a sixth or less. */
const EXPECTED_RATIO = 8;
/** A body that says it becomes more than this many times itself is not believed: it is inflated piece by piece. */
const BELIEVED_RATIO = 32;
/** So few bytes are inflated where they are: handing them to another thread costs more than that takes. */
const SMALL = { wireBytes: 4 * 1024, inflatedBytes: 256 * 1024 } as const;

/**
 * The whole body, inflated. Both sizes are bounded while it streams: a length that lies, chunks without a length and
 * a few bytes that inflate to gigabytes are stopped at the limit, not behind it.
 */
export async function readBody(
  request: Incoming,
  limits: BodyLimits,
  share: BudgetShare,
  inflating: Inflating = 'now',
): Promise<Body> {
  const inflater = inflaterOf(request.headers);
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > limits.bodyBytes) throw tooLarge('on the wire', limits);
  if (share.take(declaredBytes) === 'exhausted') throw overloaded();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), limits.bodyTimeoutMs);
  const collector = new BodyCollector(limits, share, declaredBytes);
  try {
    const isSmall = declaredBytes > 0 && declaredBytes <= SMALL.wireBytes;
    const atOnce = isSmall && inflater?.atOnce !== undefined;
    const later = inflating === 'later' && inflater?.saysBytes !== undefined;
    if (inflater && !atOnce && !later) {
      await collectInflated(request, inflater, declaredBytes, collector, timeout.signal);
      return collector.body('ours');
    }
    await collectPlain(request, collector, timeout.signal);
    const wire = collector.body('socket');
    if (!inflater) return wire;
    const saysBytes = isSmall ? undefined : inflater.saysBytes?.(wire.bytes);
    if (saysBytes === undefined || saysBytes > Math.min(BELIEVED_RATIO * wire.wireBytes, limits.bodyBytes))
      return await inflateWire(wire, request.headers, limits, share);
    if (share.take(saysBytes) === 'exhausted') throw overloaded();
    return { ...wire, inflatesToBytes: saysBytes };
  } finally {
    clearTimeout(timer);
  }
}

/** The same body, inflated, when all of it is there already. */
export async function inflateWire(
  wire: Pick<Body, 'bytes' | 'wireBytes'>,
  headers: IncomingHttpHeaders,
  limits: BodyLimits,
  share: BudgetShare,
): Promise<Body> {
  const request = Object.assign(Readable.from([wire.bytes]), { headers, complete: true });
  const inflater = inflaterOf(headers);
  const inflated = new BodyCollector(limits, share, 0);
  const isSmall = wire.wireBytes <= SMALL.wireBytes;
  const bytes = inflater && isSmall ? inflateAtOnce(inflater, wire.bytes, SMALL.inflatedBytes) : undefined;
  if (bytes) inflated.keep(bytes);
  else if (inflater)
    await collectInflated(request, inflater, wire.wireBytes, inflated, new AbortController().signal);
  return { ...inflated.body('ours'), wireBytes: wire.wireBytes };
}

const chunkBytesFor = (declaredBytes: number): number =>
  Math.min(Math.max(declaredBytes * EXPECTED_RATIO, CHUNK_BYTES.least), CHUNK_BYTES.most);

/** Counts what comes in, on the wire and inflated, and keeps the latter. */
class BodyCollector {
  readonly #limits: BodyLimits;
  readonly #share: BudgetShare;
  readonly #chunks: Buffer[] = [];
  #reservedBytes: number;
  #bytes = 0;
  wireBytes = 0;

  constructor(limits: BodyLimits, share: BudgetShare, reservedBytes: number) {
    this.#limits = limits;
    this.#share = share;
    this.#reservedBytes = reservedBytes;
  }

  wire(chunk: Buffer): void {
    this.wireBytes += chunk.length;
    if (this.wireBytes > this.#limits.bodyBytes) throw tooLarge('on the wire', this.#limits);
  }

  keep(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.bodyBytes) throw tooLarge('inflated', this.#limits);
    const covered = Math.min(this.#reservedBytes, chunk.length);
    this.#reservedBytes -= covered;
    if (covered < chunk.length && this.#share.take(chunk.length - covered) === 'exhausted')
      throw overloaded();
    const last = this.#chunks.at(-1);
    // An inflater goes on in its buffer where it stopped: what lies side by side need not be joined.
    if (last && last.buffer === chunk.buffer && last.byteOffset + last.length === chunk.byteOffset)
      this.#chunks[this.#chunks.length - 1] = Buffer.from(
        last.buffer,
        last.byteOffset,
        last.length + chunk.length,
      );
    else this.#chunks.push(chunk);
  }

  /** What came off the wire lies in memory of the socket; what was inflated, or joined, lies in our own. */
  body(memory: 'socket' | 'ours'): Body {
    const { wireBytes } = this;
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first)
      return { bytes: first, wireBytes, free: () => (memory === 'ours' ? freeNow(first) : undefined) };
    const bytes = Buffer.allocUnsafeSlow(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) at += chunk.copy(bytes, at);
    if (memory === 'ours') for (const chunk of this.#chunks) freeNow(chunk);
    return { bytes, wireBytes, free: () => freeNow(bytes) };
  }
}

function collectPlain(request: Incoming, collector: BodyCollector, timeout: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = watch(request, timeout, finish);
    function finish(error?: Error): void {
      stop();
      request.off('data', onData);
      if (error) reject(error);
      else resolve();
    }
    function onData(chunk: Buffer): void {
      attempt(finish, () => {
        collector.wire(chunk);
        collector.keep(chunk);
      });
    }
    request.on('data', onData);
    request.once('end', finish);
  });
}

/**
 * One piece after the other: the inflater of Node ends where its stream does, and what stands behind that in the same
 * piece would be dropped without a word. With zstd another frame may follow; with the others nothing may.
 */
function collectInflated(
  request: Incoming,
  { open, mayGoOn }: Inflater,
  declaredBytes: number,
  collector: BodyCollector,
  timeout: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = watch(request, timeout, finish);
    let inflater = start();
    /** What was handed to this inflater last, and how much it had taken before. */
    let piece: { bytes: Buffer; takenBefore: number } = { bytes: Buffer.alloc(0), takenBefore: 0 };
    let state: 'waiting' | 'inflating' | 'done' = 'waiting';
    let hasAll = false;
    function finish(error?: Error): void {
      state = 'done';
      stop();
      request.off('data', onWire);
      inflater.destroy();
      if (error) reject(error);
      else resolve();
    }
    function start(): ReturnType<typeof open> {
      const one = open(chunkBytesFor(declaredBytes));
      one.on('data', (chunk: Buffer) => attempt(finish, () => collector.keep(chunk)));
      one.once('end', onEnd);
      one.on('error', (error) =>
        finish(new Refusal('malformed_body', `the body does not inflate: ${error.message}`, error)),
      );
      return one;
    }
    function feed(bytes: Buffer): void {
      state = 'inflating';
      piece = { bytes, takenBefore: inflater.bytesWritten };
      inflater.write(bytes, () => {
        if (state === 'done') return;
        state = 'waiting';
        if (hasAll) inflater.end();
        else request.resume();
      });
    }
    function onEnd(): void {
      if (state === 'done') return;
      const rest = piece.bytes.subarray(inflater.bytesWritten - piece.takenBefore);
      if (rest.length === 0) finish();
      else if (!mayGoOn)
        finish(
          new Refusal('malformed_body', `the body does not inflate: ${rest.length} bytes behind its end`),
        );
      else {
        inflater = start();
        feed(rest);
      }
    }
    function onWire(chunk: Buffer): void {
      attempt(finish, () => collector.wire(chunk));
      if (state === 'done') return;
      request.pause();
      feed(chunk);
    }
    request.on('data', onWire);
    request.once('end', () => {
      hasAll = true;
      if (state === 'waiting') inflater.end();
    });
  });
}

/** The sender goes away, or takes too long. Returns how to stop watching. */
function watch(request: Incoming, timeout: AbortSignal, finish: (error?: Error) => void): () => void {
  const onClose = (): void => {
    if (!request.complete) finish(new Refusal('malformed_body', 'the connection closed inside the body'));
  };
  const onTimeout = (): void => finish(new Refusal('body_timeout', 'the body did not arrive in time'));
  request.once('close', onClose);
  request.once('error', onClose);
  timeout.addEventListener('abort', onTimeout, { once: true });
  return () => {
    request.off('close', onClose);
    timeout.removeEventListener('abort', onTimeout);
  };
}

function attempt(finish: (error: Error) => void, work: () => void): void {
  try {
    work();
  } catch (error) {
    finish(error instanceof Error ? error : new Error(String(error)));
  }
}

const tooLarge = (where: string, limits: BodyLimits): Refusal =>
  new Refusal('too_large', `the body is larger than ${limits.bodyBytes} bytes ${where}`);
const overloaded = (): Refusal => new Refusal('overloaded', 'too many bytes are in flight');
