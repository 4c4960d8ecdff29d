import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import {
  constants,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzipSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';
import { Refusal } from '../refusal.ts';

/** 8 MiB: the largest window that HTTP allows zstd (RFC 9659); a sender could ask for 128 MiB of memory otherwise. */
const ZSTD_WINDOW_LOG = 23;

export type Inflater = {
  readonly open: (chunkSize: number) => Transform & { readonly bytesWritten: number };
  /** Several frames, one behind the other, are one body (RFC 8878); gzip's members Node joins by itself. */
  readonly mayGoOn: boolean;
  readonly atOnce?: (wire: Buffer, options: ZlibOptions) => unknown;
  /** What the body says it becomes, where its encoding says that at all. It may lie. */
  readonly saysBytes?: (wire: Buffer) => number;
};

export const GUNZIP: Inflater = {
  open: (chunkSize) => createGunzip({ chunkSize }),
  mayGoOn: false,
  atOnce: gunzipSync,
  // RFC 1952: the last four bytes are the size of what went in, modulo 2^32; of several members, that of the last.
  saysBytes: (wire) => (wire.length < 4 ? 0 : wire.readUInt32LE(wire.length - 4)),
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
export function inflaterOf(headers: IncomingHttpHeaders): Inflater | undefined {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return undefined;
  const inflater = Object.hasOwn(INFLATERS, encoding) ? INFLATERS[encoding] : undefined;
  if (!inflater)
    throw new Refusal('unsupported_encoding', `content encoding ${encoding} is not gzip, deflate or zstd`);
  return inflater;
}

const CHUNK_BYTES = { least: 64, usual: 16 * 1024 } as const;

/** Undefined when it is not as simple as that: it becomes larger, it breaks, or something stands behind it. */
export function inflateAtOnce(
  { atOnce, saysBytes }: Pick<Inflater, 'atOnce' | 'saysBytes'>,
  wire: Buffer,
  mostBytes: number,
): Buffer | undefined {
  if (!atOnce) return undefined;
  try {
    // One buffer that all of it fits in, so that nothing is joined.
    const chunkBytes = Math.min(saysBytes?.(wire) ?? CHUNK_BYTES.usual, mostBytes);
    // With `info` the answer is this object, which Node's types do not say.
    const { buffer, engine } = atOnce(wire, {
      info: true,
      maxOutputLength: Math.max(mostBytes, 1),
      chunkSize: Math.max(chunkBytes, CHUNK_BYTES.least),
    }) as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    return engine.bytesWritten === wire.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}
