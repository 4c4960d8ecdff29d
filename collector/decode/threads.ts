import { isMarkedAsUntransferable, Worker } from 'node:worker_threads';
import type { ProjectId } from '../../model/ids.ts';
import { NO_CONTRACTS, type ProjectContracts } from '../contracts/contracts.ts';
import type { Emit } from '../events.ts';
import type { Body } from '../http/body.ts';
import { FairLines } from '../quota/lines.ts';
import { Refusal } from '../refusal.ts';
import type { Decoded, Job } from './decoder.ts';
import type { FromThread, ToThread } from './messages.ts';

export type ThreadsOptions = {
  readonly threads: number;
  /** Another program for them, for tests. */
  readonly entry?: URL;
  readonly emit: Emit;
};

export type ThreadAnswer =
  | (Decoded & { readonly kind: 'decoded'; readonly decodeMs: number })
  /** Gzip that is not what it says, as it came. */
  | { readonly kind: 'unfit'; readonly bytes: Buffer };

type Ticket = {
  readonly job: Job;
  readonly body: Body;
  readonly sinceMs: number;
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (error: Error) => void;
};

const ENTRY = new URL('./thread.ts', import.meta.url);
/** One that is decoded, and one that lies ready: the thread need not wait for this one. What waits beyond that waits in fair lines. */
const JOBS_PER_THREAD = 2;
/** How soon a thread that ended has a successor; one that never came up is tried again later, and this thread decodes until then. */
const REPLACE_MS = { replacing: 100, starting: 5_000 } as const;

/**
 * Threads that inflate and decode. Bodies and frames are handed over, not copied; what a project promised is told
 * before the first job that it holds for.
 */
export class DecodeThreads {
  readonly #options: ThreadsOptions;
  readonly #lines = new FairLines<Ticket>();
  /** In the order of asking; the oldest one that waits is the first that has not been taken. */
  readonly #waiting = new Set<Ticket>();
  readonly #threads = new Set<DecodeThread>();
  /** For threads that ended: each until its successor begins. */
  readonly #pauses = new Map<NodeJS.Timeout, 'replacing' | 'starting'>();
  #closing = false;

  constructor(options: ThreadsOptions) {
    this.#options = options;
  }

  /** Whether jobs are taken: not before the first thread is up, and not while none comes up. A successor is waited for. */
  get areUp(): boolean {
    const next = [...this.#threads].map(({ state }) => state).concat(...this.#pauses.values());
    return next.some((state) => state !== 'starting');
  }

  /** How long the job that waits longest has waited for a thread. */
  get oldestWaitMs(): number {
    const [oldest] = this.#waiting;
    return oldest === undefined ? 0 : performance.now() - oldest.sinceMs;
  }

  /** Throws a Refusal as the decoder would, and one more when the thread ends before it has answered. */
  decode(job: Job, body: Body): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      const ticket: Ticket = { job, body, sinceMs: performance.now(), resolve, reject };
      this.#waiting.add(ticket);
      this.#lines.add(job.project, ticket);
      this.#serve();
    });
  }

  /** Whatever still waits is refused. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const timer of this.#pauses.keys()) clearTimeout(timer);
    await Promise.all([...this.#threads].map((thread) => thread.end()));
    this.#refuseWaiting(new Refusal('shutting_down', 'the collector is stopping'));
  }

  start(): void {
    for (let count = 0; count < this.#options.threads; count++) this.#add('starting');
  }

  #add(state: 'starting' | 'replacing'): void {
    const thread = new DecodeThread(this.#options.entry ?? ENTRY, state, {
      up: () => this.#options.emit({ kind: 'decoder_up' }),
      free: () => this.#serve(),
      ended: (was, why) => this.#ended(thread, was, why),
    });
    this.#threads.add(thread);
  }

  #ended(thread: DecodeThread, was: ThreadState, why: string): void {
    this.#threads.delete(thread);
    if (this.#closing) return;
    this.#options.emit({ kind: 'decoder_lost', message: why });
    const next = was === 'ready' ? 'replacing' : 'starting';
    const timer = setTimeout(() => {
      this.#pauses.delete(timer);
      this.#add(next);
    }, REPLACE_MS[next]);
    this.#pauses.set(timer, next);
    if (!this.areUp) this.#refuseWaiting(lost(why));
  }

  #serve(): void {
    for (const thread of this.#threads)
      while (thread.hasRoom) {
        const ticket = this.#lines.next();
        if (ticket === undefined) return;
        this.#waiting.delete(ticket);
        thread.take(ticket);
      }
  }

  #refuseWaiting(refusal: Refusal): void {
    for (let ticket = this.#lines.next(); ticket; ticket = this.#lines.next()) ticket.reject(refusal);
    this.#waiting.clear();
  }
}

const lost = (why: string): Refusal =>
  new Refusal('decoder_lost', 'the thread that was to decode the request ended', new Error(why));

/** `replacing`: the one before it was up, so it is worth waiting for. */
type ThreadState = 'starting' | 'replacing' | 'ready';
type ThreadEvents = {
  readonly up: () => void;
  readonly free: () => void;
  readonly ended: (was: ThreadState, why: string) => void;
};

class DecodeThread {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #jobs = new Map<number, Ticket>();
  /** What it knows of each project's promises. */
  readonly #told = new Map<ProjectId, ProjectContracts>();
  #nextId = 1;
  state: ThreadState;

  constructor(entry: URL, state: 'starting' | 'replacing', events: ThreadEvents) {
    this.state = state;
    this.#events = events;
    let why = 'it ended by itself';
    // No secret of the environment is of any use to it.
    this.#worker = new Worker(entry, { env: {}, execArgv: [], name: 'leeway decode' });
    this.#worker.on('message', (message: FromThread) => this.#answered(message));
    this.#worker.on('error', (error) => {
      why = error instanceof Error ? error.message : String(error);
    });
    this.#worker.once('exit', () => {
      for (const { reject } of this.#jobs.values()) reject(lost(why));
      this.#jobs.clear();
      this.#events.ended(this.state, why);
    });
  }

  get hasRoom(): boolean {
    return this.state === 'ready' && this.#jobs.size < JOBS_PER_THREAD;
  }

  take(ticket: Ticket): void {
    const { contracts, ...job } = ticket.job;
    if ((this.#told.get(job.project) ?? NO_CONTRACTS) !== contracts) {
      this.#told.set(job.project, contracts);
      this.#post({ kind: 'contracts', project: job.project, set: contracts.set });
    }
    const id = this.#nextId;
    this.#nextId += 1;
    this.#jobs.set(id, ticket);
    const bytes = ownMemory(ticket.body.bytes);
    this.#post({ kind: 'job', id, job, bytes, inflatesToBytes: ticket.body.inflatesToBytes }, [bytes.buffer]);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #answered(message: FromThread): void {
    if (message.kind === 'ready') {
      this.state = 'ready';
      this.#events.up();
    } else {
      const ticket = this.#jobs.get(message.id);
      this.#jobs.delete(message.id);
      if (ticket) settle(ticket, message);
    }
    this.#events.free();
  }
}

function settle({ resolve, reject }: Ticket, message: Exclude<FromThread, { kind: 'ready' }>): void {
  switch (message.kind) {
    case 'decoded': {
      const { frame, outcome, decodeMs } = message;
      const whole = frame && { header: frame.header, bytes: asBuffer(frame.bytes) };
      resolve({ kind: 'decoded', frame: whole, outcome, decodeMs });
      return;
    }
    case 'unfit':
      resolve({ kind: 'unfit', bytes: asBuffer(message.bytes) });
      return;
    case 'refused':
      reject(new Refusal(message.reason, message.message));
      return;
    case 'fault':
      reject(new Error(message.stack));
  }
}

const asBuffer = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length);

/** The bytes in memory that holds nothing else, so that it can be handed over. */
function ownMemory(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isOwn =
    buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length && !isMarkedAsUntransferable(buffer);
  return isOwn ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
