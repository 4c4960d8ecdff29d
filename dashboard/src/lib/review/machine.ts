import type { Claimed, Problem } from '../api/contract.ts';

export type Choice =
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'overturned'; readonly value: string }
  | { readonly kind: 'unsure' };

export type Work = {
  readonly claim: Claimed;
  readonly choice: Choice | null;
  readonly note: string;
  /** The machine's answer is in sight. Off at first when the reviewer wants to judge blind. */
  readonly revealed: boolean;
};

/** What the review screen is doing. Exactly one of these at a time, so that a key cannot fire twice. */
export type ReviewState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'claiming' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'working'; readonly work: Work }
  | { readonly kind: 'submitting'; readonly work: Work }
  /** The lease ran out or another took the item: what was typed is kept in sight, and cannot be sent. */
  | { readonly kind: 'lost'; readonly work: Work; readonly problem: Problem }
  | { readonly kind: 'failed'; readonly problem: Problem };

export type ReviewEvent =
  | { readonly kind: 'claim_started' }
  | { readonly kind: 'claimed'; readonly claim: Claimed | null; readonly blindFirst: boolean }
  | { readonly kind: 'claim_failed'; readonly problem: Problem }
  | { readonly kind: 'chosen'; readonly choice: Choice }
  | { readonly kind: 'noted'; readonly note: string }
  | { readonly kind: 'reveal_toggled' }
  | { readonly kind: 'submit_started' }
  | { readonly kind: 'submit_failed'; readonly problem: Problem }
  | { readonly kind: 'renewed'; readonly leaseUntil: string }
  | { readonly kind: 'left' };

/** Refusals after which the claim is gone for good: the item is another's, ruled, or unknown. */
const GONE = new Set([404, 409, 410, 412]);

export function advance(state: ReviewState, event: ReviewEvent): ReviewState {
  switch (event.kind) {
    case 'claim_started':
      return state.kind === 'working' || state.kind === 'submitting' ? state : { kind: 'claiming' };
    case 'claimed':
      return event.claim === null
        ? { kind: 'empty' }
        : { kind: 'working', work: begin(event.claim, event.blindFirst) };
    case 'claim_failed':
      return { kind: 'failed', problem: event.problem };
    case 'left':
      return { kind: 'idle' };
    default:
      return state.kind === 'working' || state.kind === 'submitting' ? inWork(state, event) : state;
  }
}

type WorkEvent = Exclude<ReviewEvent, { kind: 'claim_started' | 'claimed' | 'claim_failed' | 'left' }>;
type Busy = Extract<ReviewState, { kind: 'working' | 'submitting' }>;

function inWork(state: Busy, event: WorkEvent): ReviewState {
  const { work } = state;
  const kept = (change: Partial<Work>): ReviewState => ({ kind: state.kind, work: { ...work, ...change } });
  switch (event.kind) {
    case 'submit_started':
      return work.choice === null ? state : { kind: 'submitting', work };
    case 'submit_failed':
      return GONE.has(event.problem.status)
        ? { kind: 'lost', work, problem: event.problem }
        : { kind: 'working', work };
    case 'renewed':
      return kept({ claim: { ...work.claim, item: { ...work.claim.item, leaseUntil: event.leaseUntil } } });
    case 'noted':
      return kept({ note: event.note });
    case 'reveal_toggled':
      return kept({ revealed: !work.revealed });
    case 'chosen':
      // The first view is committed: what the machine said can no longer anchor it.
      return state.kind === 'submitting' ? state : kept({ choice: event.choice, revealed: true });
  }
}

const begin = (claim: Claimed, blindFirst: boolean): Work => ({
  claim,
  choice: null,
  note: '',
  revealed: !blindFirst,
});

/** The choices in the order of their number keys: first that the decision stands, then every other value. */
export function choicesOf(claim: Claimed): readonly Choice[] {
  const decided = claim.decision?.value;
  const others = claim.values.filter((value) => value !== decided);
  return [{ kind: 'confirmed' }, ...others.map((value) => ({ kind: 'overturned' as const, value }))];
}

export const sameChoice = (a: Choice | null, b: Choice): boolean =>
  a?.kind === b.kind && (a.kind !== 'overturned' || (b.kind === 'overturned' && a.value === b.value));

export type Lease =
  | { readonly kind: 'held'; readonly leftMs: number }
  | { readonly kind: 'short'; readonly leftMs: number }
  | { readonly kind: 'over' };

/** From here on the countdown warns. */
export const LEASE_SHORT_MS = 60_000;

export function leaseOf(leaseUntil: string | null, nowMs: number): Lease {
  const until = leaseUntil === null ? Number.NaN : Date.parse(leaseUntil);
  if (!(until > nowMs)) return { kind: 'over' };
  const leftMs = until - nowMs;
  return leftMs <= LEASE_SHORT_MS ? { kind: 'short', leftMs } : { kind: 'held', leftMs };
}

/** "4:05". */
export function countdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
