import { lookup } from 'node:dns/promises';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { judgeAddress } from './address-guard.ts';

export type Resolve = (hostname: string) => Promise<readonly string[]>;
export const resolveHost: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true, verbatim: true })).map(({ address }) => address);

export type PostAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfter: string | undefined;
      readonly location: string | undefined;
    }
  /** The host stands in a network that must not be reached. */
  | { readonly kind: 'forbidden'; readonly reason: string }
  /** No answer: unknown host, no connection, cut off, too slow. */
  | { readonly kind: 'failed'; readonly reason: string };

export type PostOptions = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowPrivateNetwork: boolean;
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
};

/** An answer's body says nothing that is needed; this much is drained so that the connection ends well. */
const MAX_ANSWER_BYTES = 16_384;

/**
 * POST to an address that was resolved and judged first, and is then the only one connected to: a name that answers
 * differently the second time (DNS rebinding) changes nothing. Redirects are answers like any other.
 */
export async function post(url: URL, options: PostOptions): Promise<PostAnswer> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.deadlineMs)]);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  try {
    const addresses = isIP(host) === 0 ? await untilAborted(options.resolve(host), signal) : [host];
    const address = addresses[0];
    if (address === undefined) return { kind: 'failed', reason: `${host} has no address` };
    // One bad address condemns the name: which of them a later attempt would meet is not ours to choose.
    const bad = options.allowPrivateNetwork
      ? undefined
      : addresses.find((a) => judgeAddress(a).kind !== 'public');
    if (bad !== undefined) {
      const reason = `${host} is at ${bad}, in a private or reserved network; set allowPrivateNetwork to allow it`;
      return { kind: 'forbidden', reason };
    }
    return await send(url, address, { ...options, signal });
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error, options.deadlineMs, signal) };
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function send(url: URL, address: string, options: PostOptions): Promise<PostAnswer> {
  const family = isIP(address) === 6 ? 6 : 4;
  const pinned: LookupFunction = (_hostname, { all }, done) =>
    all === true ? done(null, [{ address, family }]) : done(null, address, family);
  const request: RequestOptions = {
    method: 'POST',
    headers: { ...options.headers, 'content-length': Buffer.byteLength(options.body) },
    lookup: pinned,
    // A connection per delivery: none is reused that was opened to an address judged long ago.
    agent: false,
    signal: options.signal,
  };
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sending = open(url, request, (answer) => {
      const { 'retry-after': retryAfter, location } = answer.headers;
      resolve({ kind: 'answered', status: answer.statusCode ?? 0, retryAfter, location });
      let seen = 0;
      answer.on('data', (chunk: Buffer) => {
        seen += chunk.length;
        if (seen > MAX_ANSWER_BYTES) answer.destroy();
      });
      answer.on('error', () => undefined);
    });
    sending.on('error', reject);
    sending.end(options.body);
  });
}

function reasonOf(error: unknown, deadlineMs: number, signal: AbortSignal): string {
  if (signal.aborted && signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError') {
    return `no answer within ${deadlineMs / 1_000} s`;
  }
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
