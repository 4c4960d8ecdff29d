import type { ProjectId } from '../../model/ids.ts';
import type { Backfill, BackfillStore } from '../ports/backfills.ts';
import type { PostgresDb } from '../ports/postgres.ts';

type Row = {
  id: string;
  project: ProjectId;
  system: string;
  from_at: Date;
  to_at: Date;
  done_until: Date;
  state: Backfill['state'];
  last_error: string;
  asked_by: string;
  asked_at: Date;
};

const COLUMNS = 'id, project, system, from_at, to_at, done_until, state, last_error, asked_by, asked_at';

export function createBackfillStore(db: PostgresDb): BackfillStore {
  const one = async (where: string, values: readonly unknown[]): Promise<Backfill | undefined> => {
    const [row] = await db.query<Row>(`SELECT ${COLUMNS} FROM profile_backfill WHERE ${where}`, values);
    return row && toBackfill(row);
  };
  return {
    ask: async (asked) => {
      const { id, project, system, by } = asked;
      const [fromAt, toAt, askedAt] = [asked.fromMs, asked.toMs, asked.askedAtMs].map((ms) => new Date(ms));
      await db.query(
        `INSERT INTO profile_backfill (id, project, system, from_at, to_at, done_until, state, asked_by, asked_at)
         VALUES ($1, $2, $3, $4, $5, $4, 'waiting', $6, $7)`,
        [id, project, system, fromAt, toAt, by, askedAt],
      );
      return { ...asked, doneUntilMs: asked.fromMs, state: 'waiting', lastError: '' };
    },
    next: (project, system) =>
      one(`project = $1 AND system = $2 AND state IN ('waiting', 'running') ORDER BY asked_at, id LIMIT 1`, [
        project,
        system,
      ]),
    save: async ({ id, doneUntilMs, state, lastError }, nowMs) => {
      const finishedAt = state === 'done' || state === 'failed' ? new Date(nowMs) : null;
      await db.query(
        'UPDATE profile_backfill SET done_until = $2, state = $3, last_error = $4, finished_at = $5 WHERE id = $1',
        [id, new Date(doneUntilMs), state, lastError, finishedAt],
      );
    },
    get: (project, id) => one('project = $1 AND id = $2', [project, id]),
    list: async (project, system, limit) => {
      const rows = await db.query<Row>(
        `SELECT ${COLUMNS} FROM profile_backfill WHERE project = $1 AND system = $2 ORDER BY asked_at DESC, id LIMIT $3`,
        [project, system, limit],
      );
      return rows.map(toBackfill);
    },
  };
}

const toBackfill = (row: Row): Backfill => ({
  id: row.id,
  project: row.project,
  system: row.system,
  fromMs: row.from_at.getTime(),
  toMs: row.to_at.getTime(),
  doneUntilMs: row.done_until.getTime(),
  state: row.state,
  lastError: row.last_error,
  by: row.asked_by,
  askedAtMs: row.asked_at.getTime(),
});
