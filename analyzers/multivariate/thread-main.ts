import { parentPort } from 'node:worker_threads';
import type { FindingDraft } from '../finding-draft.ts';
import { draftsOf, type Question } from './evaluate.ts';

/** What the other thread is told of one question. */
export type Reply =
  | { readonly kind: 'drafts'; readonly drafts: readonly FindingDraft[] }
  | { readonly kind: 'failed'; readonly error: string };

parentPort?.on('message', (question: Question) => parentPort?.postMessage(replyTo(question)));

function replyTo(question: Question): Reply {
  try {
    return { kind: 'drafts', drafts: draftsOf(question) };
  } catch (error) {
    return { kind: 'failed', error: String(error) };
  }
}
