import { Worker } from 'node:worker_threads';
import type { FindingDraft } from '../finding-draft.ts';
import type { Question } from './evaluate.ts';
import type { Reply } from './thread-main.ts';

const ENTRY = new URL('./thread-main.ts', import.meta.url);
/** Two samples of 10,000 rows with embeddings of 1,500 dimensions fit three times. */
const MEMORY_MB = 1_024;
/** The largest question takes some tens of seconds on a slow core. */
const LIMIT_MS = 300_000;

export type Answer =
  | { readonly kind: 'drafts'; readonly drafts: readonly FindingDraft[] }
  /** Why there is none, as a person would be told it. */
  | { readonly kind: 'ended'; readonly because: string };

export type ThreadLimits = { readonly memoryMb: number; readonly limitMs: number };

/** One thread beside the one that takes requests: a question of seconds of computing keeps nobody waiting but the next one. */
export type MultivariateThread = {
  ask(question: Question): Promise<Answer>;
  close(): Promise<void>;
};

export function createThread(
  limits: ThreadLimits = { memoryMb: MEMORY_MB, limitMs: LIMIT_MS },
): MultivariateThread {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const answer = async (question: Question): Promise<Answer> => {
    worker ??= new Worker(ENTRY, { resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb } });
    const reply = await exchange(worker, question, limits);
    // What ended in the middle of something is not asked again.
    if (reply.kind === 'ended') await close();
    return reply;
  };
  const close = async (): Promise<void> => {
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  return {
    ask: (question) => {
      const turn = last.then(() => answer(question));
      last = turn.catch(() => undefined);
      return turn;
    },
    close,
  };
}

/** A thread that waits for questions keeps no process alive; one that computes does. */
function exchange(worker: Worker, question: Question, { memoryMb, limitMs }: ThreadLimits): Promise<Answer> {
  return new Promise((resolve) => {
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener);
      worker.unref();
      resolve(answer);
    };
    const ended = (because: string): void => end({ kind: 'ended', because });
    const listeners = {
      message: (reply: Reply) =>
        reply.kind === 'drafts' ? end(reply) : ended(`the computation failed (${reply.error})`),
      error: (error: Error) =>
        ended(
          'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? `the computation asked for more than ${memoryMb} MB; ask for fewer rows`
            : `the computation broke off (${String(error)})`,
        ),
      exit: (code: number) => ended(`the computation broke off (its thread ended with ${code})`),
    };
    const timer = setTimeout(
      () => ended(`the computation took longer than ${limitMs / 1_000} s and was ended`),
      limitMs,
    );
    worker.ref();
    for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener);
    worker.postMessage(question);
  });
}
