import type { RulingVerdict } from '../../../alerts/review/rulings.ts';
import type { ClaimRefusal, HoldRefusal, UndoRefusal } from '../../../store/ports/review.ts';
import type { CodeOf } from '../../problems.ts';

type Every = ClaimRefusal | HoldRefusal | UndoRefusal | Extract<RulingVerdict, { kind: 'refused' }>['reason'];
export type RefusalReason = Exclude<Every, 'not_found'>;
type Refusal = { readonly code: CodeOf<409>; readonly detail: string; readonly help: string };

/** What each refusal tells the reviewer, and what to do next. */
export const REFUSALS: Readonly<Record<RefusalReason, Refusal>> = {
  held_by_other: {
    code: 'already_claimed',
    detail: 'Another reviewer holds this item.',
    help: 'Claim the next one; this one comes back when its lease ends.',
  },
  already_ruled: {
    code: 'refused',
    detail: 'This item is ruled already.',
    help: 'Look at it again, or claim the next one.',
  },
  expired: {
    code: 'refused',
    detail: 'This item waited longer than its queue allows, and is closed.',
    help: 'Claim the next one.',
  },
  lease_lost: {
    code: 'lease_lost',
    detail: 'Your claim on this item has run out, or was taken over.',
    help: 'Claim it again; nothing was written.',
  },
  value_not_allowed: {
    code: 'refused',
    detail: 'The queue does not list this value.',
    help: 'Choose one of the values that came with the claim.',
  },
  value_is_the_decision: {
    code: 'refused',
    detail: 'This is the value that was decided.',
    help: 'Confirm the decision instead.',
  },
  not_ruled: {
    code: 'refused',
    detail: 'There is no ruling to take back.',
    help: 'Look at the item again.',
  },
  ruled_by_other: {
    code: 'refused',
    detail: 'Another reviewer gave this ruling.',
    help: 'Only the one who ruled can take it back.',
  },
  too_late: {
    code: 'undo_too_late',
    detail: 'The ruling counts as an outcome by now.',
    help: 'Add a note to the incident, or send a correcting ruling as an outcome.',
  },
};
