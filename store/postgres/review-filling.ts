import type { DecisionId } from '../../model/ids.ts';
import type { PostgresDb } from '../ports/postgres.ts';
import type {
  LoaderCursors,
  NewReviewItem,
  PendingRuling,
  ReviewStore,
  WhatWasDecided,
} from '../ports/review.ts';
import { at, DECIDED, free, ITEM, type ItemRow, itemOf } from './review-row.ts';

type Filling = Pick<
  ReviewStore,
  | 'add'
  | 'roomIn'
  | 'known'
  | 'giveWay'
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

// Of each incident all waiting items are locked, not only those that go: the chance of the others is restated with them.
// SKIP LOCKED: whoever holds an item may hold its incident too, or wait for ours; so nothing is waited for here.
const GIVE_WAY = `
WITH waiting AS (
  SELECT id, incident FROM review_item
  WHERE project = $1 AND queue = $2 AND ${free(at(3))} AND decision_id <> ALL ($4::text[])
    AND incident IN (SELECT id FROM incident WHERE project = $1 AND state = 'resolved')
  FOR UPDATE SKIP LOCKED
), ranked AS (
  SELECT w.id, w.incident,
    row_number() OVER (ORDER BY i.resolved_at, w.incident, md5($5 || w.id::text)) <= $6::int AS goes
  FROM waiting w JOIN incident i ON i.id = w.incident
), shares AS (
  SELECT incident, count(*) FILTER (WHERE goes) AS gone, avg(CASE WHEN goes THEN 0.0 ELSE 1.0 END)::float8 AS stays
  FROM ranked GROUP BY incident HAVING bool_or(goes)
), expired AS (
  UPDATE review_item SET state = 'expired', claimed_by = '', lease_until = NULL
  FROM ranked WHERE review_item.id = ranked.id AND ranked.goes
), restated AS (
  UPDATE review_item SET inclusion_probability = inclusion_probability * shares.stays
  FROM ranked JOIN shares ON shares.incident = ranked.incident
  WHERE review_item.id = ranked.id AND NOT ranked.goes
), counted AS (
  INSERT INTO review_overflow (project, queue, incident, left_out, gave_way)
  SELECT $1, $2, incident, 0, gone FROM shares
  ON CONFLICT (project, queue, incident) DO UPDATE SET gave_way = review_overflow.gave_way + EXCLUDED.gave_way
)
SELECT coalesce(sum(gone), 0)::int AS gone FROM shares`;

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
    async known(project, decisions, tx) {
      const rows = await tx.query<{ decisionId: DecisionId }>(
        `SELECT decision_id AS "decisionId" FROM review_item WHERE project = $1 AND decision_id = ANY ($2::text[])`,
        [project, decisions],
      );
      return new Set(rows.map(({ decisionId }) => decisionId));
    },
    async giveWay({ project, queue, except }, { seed, limit }, nowMs, tx) {
      const values = [project, queue, nowMs, except, seed, limit];
      const [row] = await tx.query<{ gone: number }>(GIVE_WAY, values);
      return row?.gone ?? 0;
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
