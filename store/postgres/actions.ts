import type { Action } from '../../model/action.ts';
import type { ActionMove, ActionMoved, ActionStore } from '../ports/actions.ts';
import type { PostgresDb, PostgresTx } from '../ports/postgres.ts';

const ms = (column: string): string => `round(extract(epoch FROM ${column}) * 1000)::float8`;
const at = (index: number): string => `to_timestamp($${index}::float8 / 1000)`;

const ACTION = `id, incident::int AS incident, project, system, policy, plan, mode, state, sentence,
  idempotency_key AS "idempotencyKey", decided_by AS "decidedBy", ${ms('at')} AS "atMs",
  ${ms('created_at')} AS "createdAtMs", ${ms('finished_at')} AS "finishedAtMs"`;

const CREATE = `INSERT INTO action (id, incident, project, system, policy, kind, plan, mode, state, sentence,
  idempotency_key, decided_by, at, created_at, finished_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11, $12, ${at(13)}, ${at(14)}, ${at(15)})
ON CONFLICT (idempotency_key) DO NOTHING RETURNING ${ACTION}`;
const GET = `SELECT ${ACTION} FROM action WHERE project = $1 AND id = $2`;
const BY_KEY = `SELECT ${ACTION} FROM action WHERE idempotency_key = $1`;
const OF_INCIDENT = `SELECT ${ACTION} FROM action WHERE project = $1 AND incident = $2 ORDER BY created_at, id`;
const LIST = `SELECT ${ACTION} FROM action
WHERE project = $1
  AND ($2::text IS NULL OR system = $2)
  AND ($3::text IS NULL OR kind = $3)
  AND ($4::text[] IS NULL OR state = ANY ($4))
ORDER BY at DESC, created_at DESC, id LIMIT $5`;
const MOVE = `UPDATE action SET state = $3, sentence = $4, decided_by = coalesce($5, decided_by),
  at = coalesce(${at(6)}, at), finished_at = coalesce(${at(7)}, finished_at)
WHERE id = $1 AND state = ANY ($2) RETURNING ${ACTION}`;

async function create(action: Action, tx: PostgresTx) {
  const values = [
    action.id,
    action.incident,
    action.project,
    action.system,
    action.policy,
    action.plan.kind,
    JSON.stringify(action.plan),
    action.mode,
    action.state,
    action.sentence,
    action.idempotencyKey,
    action.decidedBy,
    action.atMs,
    action.createdAtMs,
    action.finishedAtMs,
  ];
  const [created] = await tx.query<Action>(CREATE, values);
  if (created) return { kind: 'created', action: created } as const;
  const [exists] = await tx.query<Action>(BY_KEY, [action.idempotencyKey]);
  if (!exists) throw new RangeError('an action is neither new nor there');
  return { kind: 'exists', action: exists } as const;
}

async function move(
  id: string,
  from: readonly string[],
  to: ActionMove,
  tx: PostgresTx,
): Promise<ActionMoved> {
  const values = [
    id,
    [...from],
    to.to,
    to.sentence,
    to.decidedBy ?? null,
    to.atMs ?? null,
    to.finishedAtMs ?? null,
  ];
  const [moved] = await tx.query<Action>(MOVE, values);
  if (moved) return { kind: 'moved', action: moved };
  const [elsewhere] = await tx.query<Action>(`SELECT ${ACTION} FROM action WHERE id = $1`, [id]);
  if (!elsewhere) throw new RangeError(`there is no action ${id}`);
  return { kind: 'elsewhere', action: elsewhere };
}

/** `db` answers what is asked outside of a transaction. */
export function createActionStore(db: PostgresDb): ActionStore {
  return {
    create,
    async get(project, id, tx) {
      const rows = tx
        ? await tx.query<Action>(`${GET} FOR UPDATE`, [project, id])
        : await db.query<Action>(GET, [project, id]);
      return rows[0];
    },
    ofIncident: (project, incident, tx) => (tx ?? db).query<Action>(OF_INCIDENT, [project, incident]),
    list: ({ project, system, kind, states, limit }, tx) =>
      (tx ?? db).query<Action>(LIST, [
        project,
        system ?? null,
        kind ?? null,
        states && states.length > 0 ? [...states] : null,
        limit,
      ]),
    move,
  };
}
