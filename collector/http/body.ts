import type { IncomingHttpHeaders } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import {
  constants,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzipSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';
import { freeNow } from '../memory.ts';
import { Refusal } from '../refusal.ts';
import type { BudgetShare } from './budget.ts';

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
  /** Nobody reads `bytes` any more. */
  readonly free: () => void;
};

/** What an inflater writes at a time: enough for most bodies at once, but never more than this for a few bytes that lie. */
const CHUNK_BYTES = { least: 128 * 1024, most: 1024 * 1024 } as const;
/** OTLP shrinks to a sixth or less. */
const EXPECTED_RATIO = 8;
/** So few bytes are inflated where they are: handing them to another thread costs more than that takes. */
const SMALL = { wireBytes: 4 * 1024, inflatedBytes: 256 * 1024 } as const;
/** 8 MiB: the largest window that HTTP allows zstd (RFC 9659); a sender could ask for 128 MiB of memory otherwise. */
const ZSTD_WINDOW_LOG = 23;
type Inflater = {
  readonly open: (chunkSize: number) => Transform & { readonly bytesWritten: number };
  /** Several frames, one behind the other, are one body (RFC 8878); gzip's members Node joins by itself. */
  readonly mayGoOn: boolean;
  readonly atOnce?: (wire: Buffer, options: ZlibOptions) => unknown;
};
const GUNZIP: Inflater = {
  open: (chunkSize) => createGunzip({ chunkSize }),
  mayGoOn: false,
  atOnce: gunzipSync,
};
/** What may be asked for in Content-Encoding, and how it is undone. OTLP demands gzip. */
const INFLATERS: Readonly<Record<string, Inflater | undefined>> = {
  gzip: GUNZIP,
  'x-gzip': GUNZIP,
  deflate: { open: (chunkSize) => createInflate({ chunkSize }), mayGoOn: false, atOnce: inflateSync },
  zstd: {
    open: (chunkSize) =>
      createZstdDecompress({
        chunkSize,
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
      }),
    mayGoOn: true,
  },
};

/** The inflater that the request's Content-Encoding asks for; undefined when the body is sent as it is. */
function inflaterOf(request: Incoming): Inflater | undefined {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return undefined;
  const inflater = Object.hasOwn(INFLATERS, encoding) ? INFLATERS[encoding] : undefined;
  if (!inflater)
    throw new Refusal('unsupported_encoding', `content encoding ${encoding} is not gzip, deflate or zstd`);
  return inflater;
}

/**
 * The whole body, inflated. Both sizes are bounded while it streams: a length that lies, chunks without a length and
 * a few bytes that inflate to gigabytes are stopped at the limit, not behind it.
 */
export async function readBody(request: Incoming, limits: BodyLimits, share: BudgetShare): Promise<Body> {
  const inflater = inflaterOf(request);
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > limits.bodyBytes) throw tooLarge('on the wire', limits);
  if (share.take(declaredBytes) === 'exhausted') throw overloaded();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), limits.bodyTimeoutMs);
  const collector = new BodyCollector(limits, share, declaredBytes);
  try {
    if (!inflater) {
      await collectPlain(request, collector, timeout.signal);
      return collector.body('socket');
    }
    const isSmall = declaredBytes > 0 && declaredBytes <= SMALL.wireBytes;
    if (!isSmall || !inflater.atOnce) {
      await collectInflated(request, inflater, declaredBytes, collector, timeout.signal);
      return collector.body('ours');
    }
    await collectPlain(request, collector, timeout.signal);
    const wire = collector.body('socket');
    const inflated = new BodyCollector(limits, share, 0);
    const bytes = inflateAtOnce(inflater.atOnce, wire.bytes);
    if (bytes) inflated.keep(bytes);
    else {
      const again = Object.assign(Readable.from([wire.bytes]), { headers: request.headers, complete: true });
      await collectInflated(again, inflater, declaredBytes, inflated, timeout.signal);
    }
    return { ...inflated.body('ours'), wireBytes: wire.wireBytes };
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined when it is not as simple as that: it becomes large, it breaks, or something stands behind it. */
function inflateAtOnce(atOnce: NonNullable<Inflater['atOnce']>, wire: Buffer): Buffer | undefined {
  try {
    // With `info` the answer is this object, which Node's types do not say.
    const { buffer, engine } = atOnce(wire, { info: true, maxOutputLength: SMALL.inflatedBytes }) as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    return engine.bytesWritten === wire.length ? buffer : undefined;
  } catch {
    return undefined;
  }
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
