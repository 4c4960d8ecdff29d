import { describe, expect, it } from 'vitest';
import type { Claimed, Problem } from '../../dashboard/src/lib/api/contract.ts';
import {
  advance,
  choicesOf,
  countdown,
  leaseOf,
  type ReviewState,
} from '../../dashboard/src/lib/review/machine.ts';
import { decisionDetail } from '../browser/support/fixtures/decisions.ts';
import { reviewRows } from '../browser/support/fixtures/operate.ts';

const item = reviewRows()[0];
if (item === undefined) throw new Error('the fixtures have no review item');
const claim: Claimed = {
  item,
  fence: 1,
  decision: decisionDetail(item.decisionId),
  values: ['hold', 'let_go', 'ask'],
};
const problem = (status: number): Problem => ({
  type: '',
  title: 'x',
  status,
  detail: '',
  code: 'x',
  requestId: '',
});
const working = (blindFirst = false): ReviewState =>
  advance({ kind: 'claiming' }, { kind: 'claimed', claim, blindFirst });

describe('a review', () => {
  it('offers that the decision stands, then every other value', () => {
    expect(choicesOf(claim)).toEqual([
      { kind: 'confirmed' },
      { kind: 'overturned', value: 'hold' },
      { kind: 'overturned', value: 'ask' },
    ]);
  });
  it('cannot be submitted without a choice, nor twice', () => {
    expect(advance(working(), { kind: 'submit_started' }).kind).toBe('working');
    const sent = advance(advance(working(), { kind: 'chosen', choice: { kind: 'confirmed' } }), {
      kind: 'submit_started',
    });
    expect(sent.kind).toBe('submitting');
    expect(advance(sent, { kind: 'chosen', choice: { kind: 'unsure' } })).toEqual(sent);
    expect(advance(sent, { kind: 'claim_started' })).toEqual(sent);
  });
  it('blind first: a choice uncovers the machine', () => {
    const blind = working(true);
    expect(blind.kind === 'working' && blind.work.revealed).toBe(false);
    const chosen = advance(blind, { kind: 'chosen', choice: { kind: 'unsure' } });
    expect(chosen.kind === 'working' && chosen.work.revealed).toBe(true);
  });
  it('a lost claim keeps the note; a passing failure keeps the work', () => {
    const noted = advance(working(), { kind: 'noted', note: 'late inbound' });
    const lost = advance(noted, { kind: 'submit_failed', problem: problem(409) });
    expect(lost.kind === 'lost' && lost.work.note).toBe('late inbound');
    expect(advance(noted, { kind: 'submit_failed', problem: problem(503) })).toEqual(noted);
  });
  it('an empty queue is no failure', () => {
    expect(advance({ kind: 'claiming' }, { kind: 'claimed', claim: null, blindFirst: false })).toEqual({
      kind: 'empty',
    });
  });
});

describe('a lease', () => {
  const until = '2026-11-22T12:05:00Z';
  const at = (text: string) => leaseOf(until, Date.parse(text));
  it('warns in its last minute and is over at its end', () => {
    expect(at('2026-11-22T12:03:59Z')).toEqual({ kind: 'held', leftMs: 61_000 });
    expect(at('2026-11-22T12:04:00Z')).toEqual({ kind: 'short', leftMs: 60_000 });
    expect(at('2026-11-22T12:05:00Z')).toEqual({ kind: 'over' });
    expect(leaseOf(null, 0)).toEqual({ kind: 'over' });
  });
  it('counts down in whole seconds, and shows 0:00 only when nothing is left', () => {
    expect([countdown(245_000), countdown(1), countdown(0)]).toEqual(['4:05', '0:01', '0:00']);
  });
});
