import { projectId } from '../../model/ids.ts';
import type { LiveBus, LiveEvent, LiveTopic } from '../ports/live.ts';
import type { PostgresDb, PostgresTx } from '../ports/postgres.ts';
import { takeJournalTurn } from './journal-lock.ts';

const CHANNEL = 'leeway_live';
/** A screen that missed more than this is better told to ask for everything again. */
const MAX_REPLAY = 1_000;
const PUMP_BATCH = 1_000;

type Row = {
  readonly seq: string;
  readonly at: Date;
  readonly project: string;
  readonly topic: LiveTopic;
  readonly ref: string;
};

const event = (row: Row): LiveEvent => ({
  seq: Number(row.seq),
  atMs: row.at.getTime(),
  project: projectId.parse(row.project),
  topic: row.topic,
  ref: row.ref,
});

export function createLiveBus(db: PostgresDb): LiveBus {
  const pump = createPump(db);
  return {
    publish: async (project, topic, ref, nowMs, tx) => {
      const insert = async (on: PostgresTx): Promise<void> => {
        await takeJournalTurn(on);
        await on.query('INSERT INTO live_event (at, project, topic, ref) VALUES ($1, $2, $3, $4)', [
          new Date(nowMs),
          project,
          topic,
          ref,
        ]);
      };
      await (tx === undefined ? db.transaction(insert) : insert(tx));
    },

    after: async (project, seq) => {
      const [ends] = await db.query<{ oldest: string | null; newest: string | null }>(
        `SELECT (SELECT min(seq) FROM live_event) AS oldest,
                pg_sequence_last_value(pg_get_serial_sequence('live_event', 'seq')) AS newest`,
      );
      const newest = Number(ends?.newest ?? 0);
      const oldest = ends?.oldest == null ? newest + 1 : Number(ends.oldest);
      const rows = await db.query<Row>(
        `SELECT seq, at, project, topic, ref FROM live_event
         WHERE project = $1 AND seq > $2 ORDER BY seq DESC LIMIT $3`,
        [project, seq, MAX_REPLAY + 1],
      );
      // A number from the future is one of a store that was here before this one.
      const reset = seq + 1 < oldest || seq > newest || rows.length > MAX_REPLAY;
      return { reset, events: rows.slice(0, MAX_REPLAY).reverse().map(event) };
    },

    subscribe: pump.subscribe,

    trim: async (beforeMs) => {
      await db.query('DELETE FROM live_event WHERE at < $1', [new Date(beforeMs)]);
    },
  };
}

/** One LISTEN and one reader per process, however many screens look on. A notification only says: read on. */
function createPump(db: PostgresDb): Pick<LiveBus, 'subscribe'> {
  const subscribers = new Set<(event: LiveEvent) => void>();
  let stop: Promise<() => Promise<void>> | undefined;
  let lastSeq = 0;
  let reading = false;
  let again = false;

  const readOn = async (): Promise<void> => {
    try {
      do {
        again = false;
        const rows = await db.query<Row>(
          'SELECT seq, at, project, topic, ref FROM live_event WHERE seq > $1 ORDER BY seq LIMIT $2',
          [lastSeq, PUMP_BATCH],
        );
        for (const next of rows.map(event)) {
          lastSeq = next.seq;
          for (const onEvent of subscribers) onEvent(next);
        }
        if (rows.length === PUMP_BATCH) again = true;
      } while (again);
    } finally {
      reading = false;
    }
  };
  const wake = (): void => {
    again = true;
    if (reading) return;
    reading = true;
    // A failed read is made up for by the next notification, or by the one that a reconnect brings.
    readOn().catch(() => undefined);
  };
  const start = async (): Promise<() => Promise<void>> => {
    const [last] = await db.query<{ seq: string }>('SELECT coalesce(max(seq), 0) AS seq FROM live_event');
    lastSeq = Math.max(lastSeq, Number(last?.seq ?? 0));
    const unlisten = await db.listen(CHANNEL, wake);
    // What was written between the two lines above.
    wake();
    return unlisten;
  };

  return {
    subscribe: async (onEvent) => {
      subscribers.add(onEvent);
      stop ??= start();
      try {
        await stop;
      } catch (error) {
        stop = undefined;
        subscribers.delete(onEvent);
        throw error;
      }
      return async () => {
        subscribers.delete(onEvent);
        if (subscribers.size > 0 || stop === undefined) return;
        const stopping = stop;
        stop = undefined;
        await (await stopping)();
      };
    },
  };
}
