import type { PostgresDb } from '../ports/postgres.ts';
import type {
  LoaderCursors,
  NewReviewItem,
  PendingRuling,
  ReviewStore,
  WhatWasDecided,
} from '../ports/review.ts';
import { at, DECIDED, ITEM, type ItemRow, itemOf } from './review-row.ts';

type Filling = Pick<
  ReviewStore,
  | 'add'
  | 'roomIn'
  | 'countLeftOut'
  | 'itemsOf'
  | 'cursors'
  | 'moveCursors'
  | 'lockPendingRuling'
  | 'outcomeWritten'
>;

// Rows are bound as one JSON text: a statement has a limit of 65,535 values, an incident may bring 10,000 items.
// A waiting item without an incident is linked to the one that now claims it; xmax tells an update from an insert.
const ADD = `
INSERT INTO review_item (id, project, system, queue, decision_id, decision_value, decision_time, incident, reason, state,
  priority, inclusion_probability, created_at, due_at)
SELECT n.id, n.project, n.system, n.queue, n."decisionId", n."decisionValue", to_timestamp(n."decisionTimeMs" / 1000),
  n.incident, n.reason, 'open', n.priority, n."inclusionProbability", to_timestamp(n."createdAtMs" / 1000),
  to_timestamp(n."dueAtMs" / 1000)
FROM jsonb_to_recordset($1::jsonb) AS n (id uuid, project text, system text, queue text, "decisionId" text,
  "decisionValue" text, "decisionTimeMs" float8, incident bigint, reason text, priority float8,
  "inclusionProbability" float8, "createdAtMs" float8, "dueAtMs" float8)
ORDER BY n."decisionId"
ON CONFLICT (project, decision_id) DO UPDATE
  SET incident = EXCLUDED.incident, reason = EXCLUDED.reason, priority = greatest(review_item.priority, EXCLUDED.priority)
  WHERE review_item.incident IS NULL AND EXCLUDED.incident IS NOT NULL AND review_item.state IN ('open', 'claimed')
RETURNING (xmax = 0) AS added`;

const LEFT_OUT = {
  add: 'review_overflow.left_out + EXCLUDED.left_out',
  set: 'EXCLUDED.left_out',
} as const;
const countLeftOut = (how: 'add' | 'set'): string => `
INSERT INTO review_overflow (project, queue, incident, left_out) VALUES ($1, $2, $3, $4)
ON CONFLICT (project, queue, incident) DO UPDATE SET left_out = ${LEFT_OUT[how]}`;

// Equal keys collide by design and unequal ones by chance; the latter only wait for one another.
const LOCK_QUEUE = `SELECT pg_advisory_xact_lock(hashtextextended('review:' || $1 || '/' || $2, 0))`;

const MOVE_CURSORS = `
INSERT INTO review_intake (project, cursors) VALUES ($1, $3::jsonb)
ON CONFLICT (project) DO UPDATE SET cursors = EXCLUDED.cursors WHERE review_intake.cursors = $2::jsonb
RETURNING project`;

// The row stays locked while its outcome is written elsewhere: an undo waits, and then finds it written.
const PENDING = `
SELECT ${ITEM}, ${DECIDED}
FROM review_item
WHERE state = 'ruled' AND NOT outcome_written AND ruled_at <= ${at(1)} AND NOT (id = ANY ($2::uuid[]))
ORDER BY ruled_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`;

type PendingRow = ItemRow & WhatWasDecided;

export function createReviewFilling(db: PostgresDb): Filling {
  return {
    async add(items: readonly NewReviewItem[], tx) {
      if (items.length === 0) return { added: 0, linked: 0 };
      const rows = await tx.query<{ added: boolean }>(ADD, [JSON.stringify(items)]);
      const added = rows.filter((row) => row.added).length;
      return { added, linked: rows.length - added };
    },
    async roomIn(project, queue, capacity, tx) {
      await tx.query(LOCK_QUEUE, [project, queue]);
      const [row] = await tx.query<{ taken: number }>(
        `SELECT count(*)::int AS taken FROM review_item
         WHERE project = $1 AND queue = $2 AND state IN ('open', 'claimed')`,
        [project, queue],
      );
      return Math.max(0, capacity - (row?.taken ?? 0));
    },
    async countLeftOut({ project, queue, incident }, leftOut, how, tx) {
      await tx.query(countLeftOut(how), [project, queue, incident ?? 0, leftOut]);
    },
    async itemsOf(project, queue, incident, tx) {
      const [row] = await tx.query<{ items: number }>(
        'SELECT count(*)::int AS items FROM review_item WHERE project = $1 AND queue = $2 AND incident = $3',
        [project, queue, incident],
      );
      return row?.items ?? 0;
    },
    async cursors(project) {
      const [row] = await db.query<{ cursors: LoaderCursors }>(
        'SELECT cursors FROM review_intake WHERE project = $1',
        [project],
      );
      return row?.cursors ?? {};
    },
    async moveCursors(project, from, to, tx) {
      const rows = await tx.query(MOVE_CURSORS, [project, JSON.stringify(from), JSON.stringify(to)]);
      return rows.length === 1 ? 'moved' : 'raced';
    },
    async lockPendingRuling(ruledBeforeMs, tx, except = []) {
      const [row] = await tx.query<PendingRow>(PENDING, [ruledBeforeMs, except]);
      if (row === undefined) return undefined;
      const { decisionValue, decisionTimeMs, watermarkMs, ...rest } = row;
      const item = itemOf(rest);
      return rulingIn({ item, decisionValue, decisionTimeMs, watermarkMs });
    },
    async outcomeWritten(id, tx) {
      await tx.query('UPDATE review_item SET outcome_written = true WHERE id = $1', [id]);
    },
  };
}

function rulingIn(pending: Omit<PendingRuling, 'ruling'>): PendingRuling {
  const { ruling } = pending.item;
  // RULE never stores an unsure ruling; one that is here was written by somebody else.
  if (ruling === null || ruling.kind === 'unsure') {
    throw new RangeError(`review item ${pending.item.id} is ruled without a ruling`);
  }
  return { ...pending, ruling };
}
