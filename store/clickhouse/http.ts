import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Failure } from '../../model/failure.ts';
import type { ClickhouseDb, ClickhousePool } from '../ports/clickhouse.ts';
import { guardConsole } from './console.ts';
import { toFailure } from './errors.ts';
import { inputInsert, rowsInsert } from './insert.ts';
import { CONNECTION_SETTINGS, CONSOLE_LIMITS } from './settings.ts';
import { boundValues } from './values.ts';

export type HttpOptions = {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly requestTimeoutMs?: number;
};

const DEFAULT_REQUEST_TIMEOUT_MS = 60_000;
/** Sockets per kind of work. */
const MAX_SOCKETS = 8;

/** ClickHouse on a server. Settings that belong to a kind of work go along with each of its requests. */
export function createHttpPool(options: HttpOptions): ClickhousePool {
  const clients: ClickHouseClient[] = [];
  const open = (settings: Readonly<Record<string, string | number>> = CONNECTION_SETTINGS): ClickhouseDb => {
    const client = createClient({
      url: options.url,
      username: options.user,
      password: options.password,
      database: options.database,
      request_timeout: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
      max_open_connections: MAX_SOCKETS,
      application: 'leeway',
      // What fails is thrown, and told once by whoever handles it.
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: settings,
    });
    clients.push(client);
    return dbOn(client);
  };
  const [loader, analyzers, api] = [open(), open(), open()];
  const people = open({ ...CONNECTION_SETTINGS, ...CONSOLE_LIMITS, readonly: 1 });
  return {
    loader,
    analyzers,
    api,
    console: guardConsole(people),
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

const binding = (params: Readonly<Record<string, unknown>> | undefined) => {
  const bound = boundValues(params);
  return bound === undefined ? {} : { query_params: bound };
};

function dbOn(client: ClickHouseClient): ClickhouseDb {
  const answered = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toFailure(error);
    }
  };
  /** The body is sent as it is; its answer is empty and has to be taken, or the socket is not given back. */
  const send = async (
    query: string,
    params: Readonly<Record<string, unknown>> | undefined,
    values: Readable,
  ): Promise<void> => {
    const { stream } = await client.exec({ query, values, ...binding(params) });
    stream.resume();
  };
  return {
    query: <Row>({ sql, params }: Parameters<ClickhouseDb['query']>[0]) =>
      answered(async () => {
        const result = await client.query({ query: sql, format: 'JSONEachRow', ...binding(params) });
        return await result.json<Row>();
      }),
    command: ({ sql, params }) =>
      answered(async () => {
        await client.command({ query: sql, ...binding(params) });
      }),
    insertRowBinary: (insert) =>
      answered(() => send(inputInsert(insert), insert.params, createReadStream(insert.file))),
    insertRows: (table, rows, token) =>
      answered(async () => {
        if (rows.length === 0) return;
        const { statement, body } = rowsInsert(table, rows, token);
        await client.command({ query: `${statement}\n${body}` });
      }),
  };
}

/** Whether the server answers at all; says why not. */
export async function pingHttp(options: HttpOptions): Promise<Failure | undefined> {
  const client = createClient({
    url: options.url,
    username: options.user,
    password: options.password,
    log: { level: ClickHouseLogLevel.OFF },
  });
  const answer = await client.ping({ select: true });
  await client.close();
  return answer.success ? undefined : toFailure(answer.error);
}
