import { mkdirSync } from 'node:fs';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';
import type { ClickhouseDb, ClickhousePool, RowBinaryInsert, Sql } from '../ports/clickhouse.ts';
import { guardConsole } from './console.ts';
import { toFailure } from './errors.ts';
import { fileInsert, rowsInsert } from './insert.ts';
import { openFailure } from './open-failure.ts';
import { CONNECTION_SETTINGS, CONSOLE_LIMITS } from './settings.ts';
import { boundValues } from './values.ts';

export type ChdbOptions = {
  /** The data directory. One process holds it at a time: see lock.ts. */
  readonly path: string;
  /** Connections behind `api`, so that one slow page does not hold up the others. */
  readonly apiConnections?: number;
};

const DEFAULT_API_CONNECTIONS = 2;

type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;
type Lane = {
  readonly run: <T>(work: (client: ClickHouseClient) => Promise<T>) => Promise<T>;
  readonly waiting: () => number;
  readonly close: () => Promise<void>;
};

/**
 * One connection and the queue in front of it. A connection runs one query at a time, and one that waits inside the
 * engine holds a thread of Node's pool while it does: so the waiting is done here.
 */
function openLane(path: string, settings: Readonly<Record<string, string | number>>): Lane {
  const client = connect(path);
  const sets = Object.entries(settings).map(([name, value]) => `SET ${name} = '${value}'`);
  let waiting = 0;
  // Nothing runs on a connection whose settings were refused: it would mean something else.
  const ready = client.command({ query: sets.join('; ') });
  let tail: Promise<unknown> = ready.catch(() => undefined);
  return {
    run: (work) => {
      waiting += 1;
      const result = tail
        .then(() => ready)
        .then(() => work(client))
        .catch((error) => Promise.reject(toFailure(error)));
      tail = result
        .catch(() => undefined)
        .finally(() => {
          waiting -= 1;
        });
      return result;
    },
    waiting: () => waiting,
    close: async () => {
      await tail;
      await client.close();
    },
  };
}

function connect(path: string): ClickHouseClient {
  try {
    // The two packages carry one declaration each of the same contract, and a class with a private field is no other's.
    const connection = createChdbConnection({ path }) as unknown as ClientConnection;
    return createClient({ connection, log: { level: ClickHouseLogLevel.OFF } });
  } catch (error) {
    throw openFailure(path, error);
  }
}

const leastBusy = (lanes: readonly [Lane, ...Lane[]]): Lane =>
  lanes.reduce((best, lane) => (lane.waiting() < best.waiting() ? lane : best));

function dbOn(lanes: readonly [Lane, ...Lane[]]): ClickhouseDb {
  const command = (sql: string, params?: Readonly<Record<string, unknown>>): Promise<void> =>
    leastBusy(lanes).run(async (client) => {
      const bound = boundValues(params);
      await client.command({ query: sql, ...(bound === undefined ? {} : { query_params: bound }) });
    });
  return {
    query: <Row>({ sql, params }: Sql) =>
      leastBusy(lanes).run(async (client) => {
        const bound = boundValues(params);
        const result = await client.query({
          query: sql,
          format: 'JSONEachRow',
          ...(bound === undefined ? {} : { query_params: bound }),
        });
        return await result.json<Row>();
      }),
    command: ({ sql, params }) => command(sql, params),
    insertRowBinary: (insert: RowBinaryInsert) => command(fileInsert(insert), insert.params),
    insertRows: async (table, rows, token) => {
      if (rows.length === 0) return;
      const { statement, body } = rowsInsert(table, rows, token);
      await command(`${statement}\n${body}`);
    },
  };
}

/** ClickHouse in this process. The directory is made when it is missing. */
export function createChdbPool({
  path,
  apiConnections = DEFAULT_API_CONNECTIONS,
}: ChdbOptions): ClickhousePool {
  mkdirSync(path, { recursive: true });
  const open = (settings: Readonly<Record<string, string | number>> = CONNECTION_SETTINGS): Lane =>
    openLane(path, settings);
  const loader = open();
  const analyzers = open();
  const api = [open(), ...Array.from({ length: apiConnections - 1 }, () => open())] as const;
  // `readonly` comes last: nothing can be set after it, and nothing takes it back.
  const people = open({ ...CONNECTION_SETTINGS, ...CONSOLE_LIMITS, readonly: 1 });
  return {
    loader: dbOn([loader]),
    analyzers: dbOn([analyzers]),
    api: dbOn([api[0], ...api.slice(1)]),
    console: guardConsole(dbOn([people])),
    close: async () => {
      await Promise.all([loader, analyzers, ...api, people].map((lane) => lane.close()));
    },
  };
}
