import type { IncidentId, ProjectId } from '../../model/ids.ts';
import {
  DELIVERY_STATES,
  type Delivery,
  type DeliveryState,
  type NewDelivery,
  type OutboxStore,
  type Settled,
} from '../ports/outbox.ts';
import type { PostgresDb, PostgresTx } from '../ports/postgres.ts';

const DELIVERY = `id, channel, sequence, message, state, attempts, last_error AS "lastError",
  round(extract(epoch FROM next_attempt_at) * 1000)::float8 AS "nextAttemptAtMs",
  round(extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs",
  round(extract(epoch FROM sent_at) * 1000)::float8 AS "sentAtMs"`;

const INSERT = `
INSERT INTO outbox (id, project, incident, channel, reason, sequence, message, state, next_attempt_at, created_at)
SELECT $1, $2, $3, $4, $5, $6, $7::jsonb, 'queued', now_.at, now_.at FROM (SELECT to_timestamp($8::float8 / 1000) AS at) now_
ON CONFLICT (incident, channel, reason, sequence) DO NOTHING
RETURNING id`;

// Waits for a claim of the same row that is being made, and then leaves that row alone: it is in `sending`.
const SUPERSEDE = `
UPDATE outbox AS o SET state = 'superseded', last_error = 'resolved before it could be told'
WHERE o.incident = $1 AND o.channel = $2 AND o.state = 'queued' AND o.id <> $3
  AND NOT EXISTS (
    SELECT 1 FROM outbox t WHERE t.incident = $1 AND t.channel = $2 AND t.state IN ('sending', 'sent'))`;

// Only the first unfinished delivery of its incident and channel may go: order is kept across retries and processes.
const CLAIM = `
UPDATE outbox SET state = 'sending', attempts = attempts + 1,
  lease_until = to_timestamp($4::float8 / 1000), next_attempt_at = to_timestamp($4::float8 / 1000)
WHERE id = (
  SELECT o.id FROM outbox o
  WHERE o.project = $1 AND o.channel = $2 AND o.state IN ('queued', 'sending')
    AND o.next_attempt_at <= to_timestamp($3::float8 / 1000)
    AND NOT EXISTS (
      SELECT 1 FROM outbox earlier
      WHERE earlier.incident = o.incident AND earlier.channel = o.channel
        AND earlier.position < o.position AND earlier.state IN ('queued', 'sending'))
  ORDER BY o.position LIMIT 1
  FOR UPDATE SKIP LOCKED)
RETURNING ${DELIVERY}`;

// `attempts` is the fence: a worker that outlived its lease finds a higher number and changes nothing.
const SETTLE = `
UPDATE outbox SET state = $3, last_error = $4, lease_until = NULL,
  next_attempt_at = coalesce(to_timestamp($5::float8 / 1000), next_attempt_at),
  sent_at = to_timestamp($6::float8 / 1000)
WHERE id = $1 AND attempts = $2 AND state = 'sending'
RETURNING id`;

type Settlement = {
  readonly state: DeliveryState;
  readonly error: string;
  readonly nextAttemptAtMs?: number;
  readonly sentAtMs?: number;
};

async function settle(at: PostgresTx, delivery: Delivery, to: Settlement): Promise<Settled> {
  const values = [
    delivery.id,
    delivery.attempts,
    to.state,
    to.error,
    to.nextAttemptAtMs ?? null,
    to.sentAtMs ?? null,
  ];
  const rows = await at.query(SETTLE, values);
  return rows.length === 1 ? 'settled' : 'lost';
}

async function insert(delivery: NewDelivery, nowMs: number, tx: PostgresTx): Promise<number> {
  const { id, channel, sequence, message } = delivery;
  const { project, incident, reason } = message;
  const values = [id, project, incident, channel, reason, sequence, JSON.stringify(message), nowMs];
  const rows = await tx.query(INSERT, values);
  if (rows.length === 1 && reason === 'resolved') await tx.query(SUPERSEDE, [incident, channel, id]);
  return rows.length;
}

export function createOutbox(db: PostgresDb): OutboxStore {
  return {
    async enqueue(deliveries, nowMs, tx) {
      let queued = 0;
      for (const delivery of deliveries) queued += await insert(delivery, nowMs, tx);
      return { queued };
    },
    dueChannels: (nowMs) =>
      db.query<{ project: ProjectId; channel: string }>(
        `SELECT DISTINCT project, channel FROM outbox
         WHERE state IN ('queued', 'sending') AND next_attempt_at <= to_timestamp($1::float8 / 1000)`,
        [nowMs],
      ),
    async claim({ project, channel }, leaseMs, nowMs) {
      const rows = await db.query<Delivery>(CLAIM, [project, channel, nowMs, nowMs + leaseMs]);
      return rows[0];
    },
    sent: (delivery, note, nowMs, tx) =>
      settle(tx, delivery, { state: 'sent', error: note, sentAtMs: nowMs }),
    retry: (delivery, error, nextAttemptAtMs) =>
      settle(db, delivery, { state: 'queued', error, nextAttemptAtMs }),
    dead: (delivery, error, tx) => settle(tx, delivery, { state: 'dead', error }),
    list: (project: ProjectId, incident: IncidentId) =>
      db.query<Delivery>(
        `SELECT ${DELIVERY} FROM outbox WHERE project = $1 AND incident = $2 ORDER BY position`,
        [project, incident],
      ),
    async toldChannels(incident, tx) {
      const rows = await tx.query<{ channel: string }>(
        `SELECT DISTINCT channel FROM outbox WHERE incident = $1 AND state <> 'superseded' ORDER BY channel`,
        [incident],
      );
      return rows.map(({ channel }) => channel);
    },
    async counts() {
      const rows = await db.query<{ state: DeliveryState; count: number }>(
        'SELECT state, count(*)::int AS count FROM outbox GROUP BY state',
      );
      const zero = Object.fromEntries(DELIVERY_STATES.map((state) => [state, 0]));
      const found = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
      return { ...zero, ...found } as Record<DeliveryState, number>;
    },
  };
}
