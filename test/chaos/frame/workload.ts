import { Agent, request as httpRequest } from 'node:http';
import type { Oracle } from './oracle.ts';
import { type ChaosRequest, Requests } from './requests.ts';
import { type Random, seeded } from './seed.ts';

/** Where to send to at this moment; undefined while nobody listens. */
export type Door = () => string | undefined;

export type WorkloadOptions = {
  readonly seed: number;
  readonly senders: number;
  readonly oracle: Oracle;
  readonly door: Door;
  /** Whose records these are; left out, the project `default`, without a token. */
  readonly project?: string;
  readonly authorization?: string;
  readonly mostRecords?: number;
  /** Event time of the first record. */
  readonly startMs?: number;
  /** Between two requests of one sender. */
  readonly pauseMs?: number;
};

const MOST_RECORDS = 200;
/** How long a sender waits before it comes again; a fault lasts longer than that. */
const RETRY_MS = 10;
/** One in so many answered requests is sent again, as a sender does whose answer got lost. */
const RESENDS_ONE_IN = 10;
/** No answer of a working product takes so long; a sender that hangs hides what it would find. */
const ANSWER_LIMIT_MS = 30_000;

/** Senders that send one request after the other, each again and again until it is answered 200. */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #senders: Promise<void>[];
  #stopping = false;

  constructor(options: WorkloadOptions) {
    this.#options = options;
    this.#senders = Array.from({ length: options.senders }, (_, at) => this.#sender(`s${at}`));
  }

  /** After this nothing is sent; what was not answered stays open: it may be there, once. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#senders);
  }

  async #sender(name: string): Promise<void> {
    const { seed, project = 'default', mostRecords = MOST_RECORDS, startMs = Date.now() } = this.#options;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const random = seeded(seed, `${project} ${name} choices`);
    const requests = new Requests({
      random: seeded(seed, `${project} ${name}`),
      sender: `${project}-${name}`,
      ...{ project, mostRecords, startMs },
    });
    try {
      while (!this.#stopping) await this.#deliver(agent, requests.next(), random);
    } finally {
      agent.destroy();
    }
  }

  async #deliver(agent: Agent, request: ChaosRequest, random: Random): Promise<void> {
    const { pauseMs } = this.#options;
    while (!this.#stopping && !(await this.#try(agent, request))) await pause(RETRY_MS);
    if (random() < 1 / RESENDS_ONE_IN && !this.#stopping) await this.#try(agent, request);
    if (pauseMs !== undefined) await pause(pauseMs);
  }

  /** True when it was acknowledged. */
  async #try(agent: Agent, request: ChaosRequest): Promise<boolean> {
    const { oracle, door, authorization } = this.#options;
    const url = door();
    if (url === undefined) return false;
    oracle.issued(request);
    const answer = await send(agent, url, request, authorization).catch(() => undefined);
    if (answer === undefined) oracle.unanswered();
    else if (answer.status === 200) {
      oracle.acknowledged(request);
      const problem = problemOf(request, answer);
      if (problem !== undefined) oracle.wrong(`${request.path} answered 200 and ${problem}`);
    } else if (answer.status === 429 || answer.status === 503) {
      oracle.refused();
      if (!/^[123]$/.test(answer.retryAfter ?? ''))
        oracle.wrong(`${request.path} answered ${answer.status} with Retry-After ${answer.retryAfter}`);
    } else oracle.wrong(`${request.path} answered ${answer.status}: ${answer.body}`);
    return answer?.status === 200;
  }
}

export type ChaosAnswer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string;
  readonly body: string;
};

/** A 200 that took something else than what was sent is no acknowledgement of it. */
function problemOf(request: ChaosRequest, { contentType, body }: ChaosAnswer): string | undefined {
  if (contentType !== 'application/json')
    return body === '' ? undefined : 'refused something of a faultless request';
  const said: { accepted?: number; rejected?: readonly unknown[] } = JSON.parse(body);
  if (said.accepted === request.records.length && said.rejected?.length === request.rejected)
    return undefined;
  return `said ${body.slice(0, 200)}; ${request.records.length} good and ${request.rejected} bad were sent`;
}

/** One request, one answer; rejects when the connection breaks first. */
export function send(
  agent: Agent,
  url: string,
  { path, headers, body }: Pick<ChaosRequest, 'path' | 'headers' | 'body'>,
  authorization?: string,
): Promise<ChaosAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      `${url}${path}`,
      {
        agent,
        method: 'POST',
        timeout: ANSWER_LIMIT_MS,
        headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('close', () => reject(new Error('the answer was cut')));
        answer.once('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            retryAfter: answer.headers['retry-after'],
            contentType: answer.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.once('error', reject);
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.end(body);
  });
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
