import pg from 'pg';
import { Failure } from '../../model/failure.ts';
import type { PostgresDb, PostgresTx } from '../ports/postgres.ts';
import { isSerializationFailure, toFailure } from './errors.ts';
import { createListener } from './listener.ts';

export type PostgresOptions = {
  /** `postgres://user:password@host/database`, or `postgres://user@localhost/database?host=/socket/directory`. */
  readonly url: string;
  readonly maxConnections?: number;
};

const DEFAULT_MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;
const MAX_ATTEMPTS = 4;

/** Connects when first asked, not here. */
export function connectPostgres({
  url,
  maxConnections = DEFAULT_MAX_CONNECTIONS,
}: PostgresOptions): PostgresDb {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'leeway',
  });
  // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  const listener = createListener(url);
  const query = async <Row>(
    runner: { query(sql: string, values: unknown[]): Promise<{ rows: unknown[] } | { rows: unknown[] }[]> },
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> => {
    const result = await runner.query(sql, [...values]);
    // Several statements in one text give one result each.
    return (Array.isArray(result) ? result.flatMap(({ rows }) => rows) : result.rows) as Row[];
  };

  const attempt = async <T>(work: (tx: PostgresTx) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const result = await work({ query: (sql, values) => query(client, sql, values) });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failed: Error) => {
        broken = failed;
      });
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  };

  return {
    query: (sql, values) =>
      query<never>(pool, sql, values).catch((error) => Promise.reject(toFailure(error))),
    transaction: async (work) => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await attempt(work);
        } catch (error) {
          if (!isSerializationFailure(error)) throw toFailure(error);
          if (tries >= MAX_ATTEMPTS)
            throw new Failure('store_unavailable', 'Postgres: the transaction kept colliding with others.', {
              retryable: true,
              cause: error,
            });
        }
      }
    },
    listen: listener.listen,
    close: async () => {
      await listener.close();
      await pool.end();
    },
  };
}
