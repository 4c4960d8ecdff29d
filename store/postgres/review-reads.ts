import type { PostgresDb } from '../ports/postgres.ts';
import type {
  IncidentReviewCounts,
  QueueCounts,
  ReviewFilter,
  ReviewStore,
  WhatWasDecided,
} from '../ports/review.ts';
import { at, DECIDED, ITEM, type ItemRow, itemOf } from './review-row.ts';

type Reads = Pick<ReviewStore, 'get' | 'ofDecision' | 'list' | 'queues' | 'incidentCounts'>;

const QUEUES = `
WITH counted AS (
  SELECT queue,
    count(*) FILTER (WHERE state = 'open' OR (state = 'claimed' AND lease_until <= ${at(3)}))::int AS waiting,
    count(*) FILTER (WHERE state = 'claimed' AND lease_until > ${at(3)})::int AS claimed,
    count(*) FILTER (WHERE state = 'ruled' AND ruled_at >= ${at(2)})::int AS ruled,
    count(*) FILTER (WHERE state = 'ruled' AND ruled_at >= ${at(2)} AND ruling ->> 'kind' = 'overturned')::int AS overturned,
    min(created_at) FILTER (WHERE state IN ('open', 'claimed')) AS oldest
  FROM review_item WHERE project = $1 GROUP BY queue
), over AS (
  SELECT queue, sum(left_out + gave_way)::float8 AS left_out FROM review_overflow WHERE project = $1 GROUP BY queue
)
SELECT coalesce(c.queue, o.queue) AS queue, coalesce(c.waiting, 0) AS waiting, coalesce(c.claimed, 0) AS claimed,
  coalesce(c.ruled, 0) AS "ruledSince", coalesce(c.overturned, 0) AS "overturnedSince",
  round(extract(epoch FROM c.oldest) * 1000)::float8 AS "oldestCreatedAtMs", coalesce(o.left_out, 0) AS "leftOut"
FROM counted c FULL JOIN over o ON o.queue = c.queue ORDER BY 1`;

const INCIDENT_COUNTS = `
SELECT count(*) FILTER (WHERE state = 'ruled')::int AS reviewed,
  count(*) FILTER (WHERE state = 'ruled' AND ruling ->> 'kind' = 'overturned')::int AS overturned,
  count(*) FILTER (WHERE state IN ('open', 'claimed'))::int AS waiting,
  coalesce((SELECT sum(left_out + gave_way) FROM review_overflow o WHERE o.project = $1 AND o.incident = $2), 0)::float8 AS "leftOut"
FROM review_item WHERE project = $1 AND incident = $2`;

// $2 to $4: null asks for all. Waiting items in the order in which they are offered, then the latest first.
const LIST = `
SELECT ${ITEM}, count(*) OVER ()::int AS total FROM review_item
WHERE project = $1 AND ($2::text IS NULL OR queue = $2) AND ($3::text IS NULL OR state = $3)
  AND ($4::bigint IS NULL OR incident = $4)
ORDER BY (state IN ('open', 'claimed')) DESC, CASE WHEN state IN ('open', 'claimed') THEN priority END DESC NULLS LAST,
  CASE WHEN state IN ('open', 'claimed') THEN created_at END, ruled_at DESC NULLS LAST, id
LIMIT $5`;

export function createReviewReads(db: PostgresDb): Reads {
  return {
    async get(project, id) {
      const sql = `SELECT ${ITEM}, ${DECIDED} FROM review_item WHERE project = $1 AND id = $2::uuid`;
      const [row] = await db.query<ItemRow & WhatWasDecided>(sql, [project, id]);
      if (row === undefined) return undefined;
      const { decisionValue, decisionTimeMs, watermarkMs, ...rest } = row;
      return { ...itemOf(rest), decisionValue, decisionTimeMs, watermarkMs };
    },
    async ofDecision(project, decisionId) {
      const sql = `SELECT ${ITEM} FROM review_item WHERE project = $1 AND decision_id = $2`;
      const [row] = await db.query<ItemRow>(sql, [project, decisionId]);
      return row === undefined ? undefined : itemOf(row);
    },
    async list({ project, queue, state, incident, limit }: ReviewFilter) {
      const values = [project, queue ?? null, state ?? null, incident ?? null, limit];
      const rows = await db.query<ItemRow & { total: number }>(LIST, values);
      return { rows: rows.map(({ total: _, ...row }) => itemOf(row)), total: rows[0]?.total ?? 0 };
    },
    queues: (project, sinceMs, nowMs) => db.query<QueueCounts>(QUEUES, [project, sinceMs, nowMs]),
    async incidentCounts(project, incident) {
      const [row] = await db.query<IncidentReviewCounts>(INCIDENT_COUNTS, [project, incident]);
      return row ?? { reviewed: 0, overturned: 0, waiting: 0, leftOut: 0 };
    },
  };
}
