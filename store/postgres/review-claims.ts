import type { ProjectId } from '../../model/ids.ts';
import type { ReviewItem, Ruling } from '../../model/review.ts';
import type { PostgresDb, PostgresTx } from '../ports/postgres.ts';
import type { ClaimRefusal, Hold, HoldRefusal, ReviewStore, UndoRefusal } from '../ports/review.ts';
import { at, free, ITEM, type ItemRow, itemOf } from './review-row.ts';

type Claims = Pick<ReviewStore, 'claim' | 'claimNext' | 'renew' | 'release' | 'rule' | 'undo' | 'expire'>;

// The fence is raised by every claim: whoever held the item before can do nothing with it any more.
const TAKE = `state = 'claimed', fence = fence + 1`;

const CLAIM = `
UPDATE review_item SET ${TAKE}, claimed_by = $3, lease_until = ${at(5)}
WHERE project = $1 AND id = $2::uuid AND (
  (${free(at(4))} AND due_at > ${at(4)}) OR (state = 'claimed' AND claimed_by = $3))
RETURNING ${ITEM}`;

const CLAIM_NEXT = `
UPDATE review_item SET ${TAKE}, claimed_by = $3, lease_until = ${at(5)}
WHERE id = (
  SELECT id FROM review_item
  WHERE project = $1 AND queue = $2 AND ${free(at(4))} AND due_at > ${at(4)} AND NOT ($3 = ANY (passed_by))
  ORDER BY priority DESC, created_at, id LIMIT 1
  FOR UPDATE SKIP LOCKED)
RETURNING ${ITEM}`;

const HELD = `project = $1 AND id = $2::uuid AND state = 'claimed' AND claimed_by = $3 AND fence = $4
  AND lease_until > ${at(5)}`;
const RENEW = `UPDATE review_item SET lease_until = ${at(6)} WHERE ${HELD} RETURNING ${ITEM}`;
const REOPENED = `state = 'open', claimed_by = '', lease_until = NULL`;
const RELEASE = `UPDATE review_item SET ${REOPENED} WHERE ${HELD} RETURNING ${ITEM}`;
const PASS_ON = `
UPDATE review_item SET ${REOPENED}, passed_by = array_append(array_remove(passed_by, $3), $3)
WHERE ${HELD} RETURNING ${ITEM}`;
const RULE = `
UPDATE review_item SET state = 'ruled', lease_until = NULL, ruling = $6::jsonb, ruled_by = $3, ruled_at = ${at(5)},
  outcome_written = false
WHERE ${HELD} RETURNING ${ITEM}`;

const UNDO = `
UPDATE review_item SET ${TAKE}, claimed_by = $3, lease_until = ${at(5)}, ruling = NULL, ruled_by = '', ruled_at = NULL
WHERE project = $1 AND id = $2::uuid AND state = 'ruled' AND ruled_by = $3 AND NOT outcome_written AND ruled_at > ${at(4)}
RETURNING ${ITEM}`;

// Many rows in no order: one that somebody else has locked is left for the next time, or two that lock many could wait
// for each other.
const unlocked = (where: string): string =>
  `id = ANY (ARRAY(SELECT id FROM review_item WHERE ${where} FOR UPDATE SKIP LOCKED))`;
const EXPIRE = `
UPDATE review_item SET state = 'expired', claimed_by = '', lease_until = NULL
WHERE ${unlocked(`${free(at(1))} AND due_at <= ${at(1)}`)} RETURNING ${ITEM}`;
const REOPEN = `
UPDATE review_item SET ${REOPENED}
WHERE ${unlocked(`state = 'claimed' AND lease_until <= ${at(1)}`)} RETURNING ${ITEM}`;

export function createReviewClaims(db: PostgresDb): Claims {
  return {
    async claim(project, id, reviewer, leaseMs, nowMs) {
      const values = [project, id, reviewer, nowMs, nowMs + leaseMs];
      const [row] = await db.query<ItemRow>(CLAIM, values);
      if (row !== undefined) return { kind: 'claimed', item: itemOf(row) };
      return { kind: 'refused', reason: claimRefusal(await stateOf(db, project, id), nowMs) };
    },
    async claimNext(project, queue, reviewer, leaseMs, nowMs) {
      const values = [project, queue, reviewer, nowMs, nowMs + leaseMs];
      const [row] = await db.query<ItemRow>(CLAIM_NEXT, values);
      return row === undefined ? undefined : itemOf(row);
    },
    renew: (project, hold, leaseMs, nowMs) =>
      held(db, project, hold, RENEW, [...holding(project, hold, nowMs), nowMs + leaseMs]),
    release: (project, hold, nowMs) => held(db, project, hold, RELEASE, holding(project, hold, nowMs)),
    async rule(project, hold, ruling: Ruling, nowMs, tx) {
      const values = holding(project, hold, nowMs);
      const passedOn = ruling.kind === 'unsure';
      const result = passedOn
        ? await held(tx, project, hold, PASS_ON, values)
        : await held(tx, project, hold, RULE, [...values, JSON.stringify(ruling)]);
      if (result.kind === 'refused') return result;
      return { kind: passedOn ? 'passed_on' : 'ruled', item: result.item };
    },
    async undo(project, id, reviewer, { windowMs, leaseMs }, nowMs, tx) {
      const values = [project, id, reviewer, nowMs - windowMs, nowMs + leaseMs];
      const [row] = await tx.query<ItemRow>(UNDO, values);
      if (row !== undefined) return { kind: 'undone', item: itemOf(row) };
      return { kind: 'refused', reason: undoRefusal(await stateOf(tx, project, id), reviewer) };
    },
    async expire(nowMs) {
      const expired = await db.query<ItemRow>(EXPIRE, [nowMs]);
      const reopened = await db.query<ItemRow>(REOPEN, [nowMs]);
      return { expired: expired.map(itemOf), reopened: reopened.map(itemOf) };
    },
  };
}

const holding = (project: ProjectId, { id, reviewer, fence }: Hold, nowMs: number): unknown[] => [
  project,
  id,
  reviewer,
  fence,
  nowMs,
];

async function held(at: PostgresTx, project: ProjectId, hold: Hold, sql: string, values: readonly unknown[]) {
  const [row] = await at.query<ItemRow>(sql, values);
  if (row !== undefined) return { kind: 'held', item: itemOf(row) } as const;
  return { kind: 'refused', reason: holdRefusal(await stateOf(at, project, hold.id)) } as const;
}

/** Read after a refusal, only to say why; the refusal itself was decided by the one statement. */
async function stateOf(at: PostgresTx, project: ProjectId, id: string): Promise<ReviewItem | undefined> {
  const sql = `SELECT ${ITEM} FROM review_item WHERE project = $1 AND id = $2::uuid`;
  const [row] = await at.query<ItemRow>(sql, [project, id]);
  return row === undefined ? undefined : itemOf(row);
}

function claimRefusal(item: ReviewItem | undefined, nowMs: number): ClaimRefusal {
  if (item === undefined) return 'not_found';
  if (item.state === 'ruled') return 'already_ruled';
  const isHeld = item.state === 'claimed' && item.leaseUntilMs !== null && item.leaseUntilMs > nowMs;
  if (isHeld) return 'held_by_other';
  return item.state === 'expired' || item.dueAtMs <= nowMs ? 'expired' : 'held_by_other';
}

function holdRefusal(item: ReviewItem | undefined): HoldRefusal {
  if (item === undefined) return 'not_found';
  if (item.state === 'ruled') return 'already_ruled';
  return item.state === 'expired' ? 'expired' : 'lease_lost';
}

function undoRefusal(item: ReviewItem | undefined, reviewer: string): UndoRefusal {
  if (item === undefined) return 'not_found';
  if (item.state !== 'ruled') return 'not_ruled';
  return item.ruledBy === reviewer ? 'too_late' : 'ruled_by_other';
}
