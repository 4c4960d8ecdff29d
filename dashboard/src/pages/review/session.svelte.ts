import { ask } from '../../lib/api/ask.ts';
import type { Claimed } from '../../lib/api/contract.ts';
import { api } from '../../lib/api/endpoints.ts';
import { recall, remember } from '../../lib/memory.ts';
import {
  advance,
  type Choice,
  leaseOf,
  type ReviewEvent,
  type ReviewState,
} from '../../lib/review/machine.ts';
import { session } from '../../lib/session.svelte.ts';
import { toasts } from '../../lib/toasts.svelte.ts';

/** While the reviewer is at work, a lease with less than this is renewed by itself. */
const RENEW_BELOW_MS = 150_000;
/** And not more often than this. */
const RENEW_EVERY_MS = 20_000;

/** The reviewer's side of the queue: the pure machine decides, this asks the server. */
export class ReviewSession {
  state = $state.raw<ReviewState>({ kind: 'idle' });
  blindFirst = $state(recall('blind-first') === 'on');
  /** The last ruling, as long as it may be taken back. */
  last = $state.raw<{ readonly id: string; readonly words: string } | null>(null);
  ruledHere = $state(0);
  readonly queue: () => string;
  #renewedAtMs = 0;

  constructor(queue: () => string) {
    this.queue = queue;
  }

  get work() {
    return this.state.kind === 'working' || this.state.kind === 'submitting' ? this.state.work : null;
  }

  send(event: ReviewEvent): void {
    this.state = advance(this.state, event);
  }

  async next(): Promise<void> {
    if (this.state.kind === 'claiming' || this.work || session.name === '') return;
    this.send({ kind: 'claim_started' });
    const answer = await ask(api.reviewNext(), {
      method: 'POST',
      body: { reviewer: session.name, queue: this.queue() },
    });
    if (answer.kind === 'problem') this.send({ kind: 'claim_failed', problem: answer.problem });
    else this.send({ kind: 'claimed', claim: answer.data, blindFirst: this.blindFirst });
  }

  choose(choice: Choice): void {
    this.send({ kind: 'chosen', choice });
  }

  async submit(): Promise<void> {
    if (this.state.kind !== 'working' || this.state.work.choice === null) return;
    const { claim, choice, note } = this.state.work;
    this.send({ kind: 'submit_started' });
    const body = { reviewer: session.name, fence: claim.fence, ruling: { ...choice, note } };
    const answer = await ask(api.reviewDo(claim.item.id, 'rule'), { method: 'POST', body });
    if (answer.kind === 'problem') {
      this.send({ kind: 'submit_failed', problem: answer.problem });
      toasts.show('bad', `Not saved: ${answer.problem.title}. ${answer.problem.detail}`);
      return;
    }
    this.last = { id: claim.item.id, words: wordsOf(choice, claim) };
    this.ruledHere += 1;
    this.send({ kind: 'left' });
    await this.next();
  }

  async undo(): Promise<void> {
    if (this.last === null) return;
    // What is in hand goes back first: one reviewer holds one item.
    if (this.work) await this.release();
    const answer = await ask(api.undoRuling(this.last.id), {
      method: 'POST',
      body: { reviewer: session.name },
    });
    this.last = null;
    if (answer.kind === 'problem') {
      toasts.show('bad', `Not undone: ${answer.problem.title}. ${answer.problem.detail}`);
      return;
    }
    this.ruledHere -= 1;
    this.send({ kind: 'claimed', claim: answer.data, blindFirst: false });
  }

  async renew(): Promise<void> {
    const claim = this.work?.claim;
    if (!claim) return;
    this.#renewedAtMs = Date.now();
    const body = { reviewer: session.name, fence: claim.fence };
    const answer = await ask(api.renewItem(claim.item.id), { method: 'POST', body });
    if (answer.kind === 'ok' && answer.data.leaseUntil !== null)
      this.send({ kind: 'renewed', leaseUntil: answer.data.leaseUntil });
    else if (answer.kind === 'problem') this.send({ kind: 'submit_failed', problem: answer.problem });
  }

  async release(): Promise<void> {
    const claim = this.work?.claim;
    if (!claim) return;
    await ask(api.reviewDo(claim.item.id, 'release'), {
      method: 'POST',
      body: { reviewer: session.name, fence: claim.fence },
    });
    this.send({ kind: 'left' });
  }

  /** A sign of life: a key or the pointer while an item is in hand. */
  active(nowMs: number): void {
    const until = this.work?.claim.item.leaseUntil ?? null;
    const lease = leaseOf(until, nowMs);
    if (!this.work || lease.kind === 'over' || lease.leftMs > RENEW_BELOW_MS) return;
    if (nowMs - this.#renewedAtMs > RENEW_EVERY_MS) void this.renew();
  }

  setBlindFirst(on: boolean): void {
    this.blindFirst = on;
    remember('blind-first', on ? 'on' : 'off');
  }
}

function wordsOf(choice: Choice | null, claim: Claimed): string {
  if (choice?.kind === 'overturned') return `overturned to ${choice.value}`;
  return choice?.kind === 'unsure'
    ? 'passed on as unsure'
    : `confirmed ${claim.decision?.value ?? ''}`.trim();
}
