import type { PostgresDb } from '../store/ports/postgres.ts';

/**
 * One transaction of this room at a time in this process. They would queue at the system's lock anyway, each with a
 * connection in its hand; and the one at the front still needs another to read documents. Waiting here costs none.
 */
export function inTurns(db: PostgresDb): PostgresDb {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...db,
    transaction(work) {
      const turn = last.then(() => db.transaction(work));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}
