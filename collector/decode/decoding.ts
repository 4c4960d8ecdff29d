import type { Body, Inflating } from '../http/body.ts';
import type { FairTurns } from '../quota/turns.ts';
import { type Decoded, Decoder, type Job } from './decoder.ts';
import type { DecodeThreads } from './threads.ts';

export type Timed = { readonly decoded: Decoded; readonly queueMs: number; readonly decodeMs: number };
/** Gzip, as it came off the wire, piece by piece. */
export type InflateWire = (wire: Pick<Body, 'bytes' | 'wireBytes'>) => Promise<Body>;

/** Where a request is decoded: in a thread of its own, or here, when it is small or there is no such thread. */
export class Decoding {
  readonly #decoder = new Decoder();
  readonly #turns: FairTurns;
  readonly #threads: DecodeThreads;
  /** What becomes more than this pays for its way to another thread and back. */
  readonly #hereBytes: number;

  constructor(turns: FairTurns, threads: DecodeThreads, hereBytes: number) {
    this.#turns = turns;
    this.#threads = threads;
    this.#hereBytes = hereBytes;
  }

  /** Gzip is left as it is for the thread that decodes it. */
  get inflating(): Inflating {
    return this.#threads.areUp ? 'later' : 'now';
  }

  async decode(job: Job, body: Body, inflate: InflateWire): Promise<Timed> {
    const sinceMs = performance.now();
    const isLarge = (body.inflatesToBytes ?? body.bytes.length) > this.#hereBytes;
    if (!isLarge || !this.#threads.areUp)
      return await this.#here(job, await inflated(body, inflate), sinceMs);
    const answer = await this.#threads.decode(job, body);
    if (answer.kind === 'unfit')
      return await this.#here(job, await inflate({ ...body, bytes: answer.bytes }), sinceMs);
    const { decodeMs } = answer;
    return { decoded: answer, queueMs: performance.now() - sinceMs - decodeMs, decodeMs };
  }

  async #here(job: Job, body: Body, sinceMs: number): Promise<Timed> {
    await this.#turns.take(job.project);
    const startedMs = performance.now();
    try {
      const decoded = this.#decoder.decode(job, body.bytes);
      return { decoded, queueMs: startedMs - sinceMs, decodeMs: performance.now() - startedMs };
    } finally {
      body.free();
    }
  }
}

async function inflated(body: Body, inflate: InflateWire): Promise<Body> {
  if (body.inflatesToBytes === undefined) return body;
  try {
    return await inflate(body);
  } finally {
    body.free();
  }
}
