/** A statement with its values bound: `{name:Type}` in the text, one entry per name. Identifiers come from closed sets only. */
export type Sql = { readonly sql: string; readonly params?: Readonly<Record<string, unknown>> };

/**
 * The telemetry engine as its adapters see it: ClickHouse in process (chDB) or over HTTP, the same SQL for both.
 * Per-query settings are written into the SQL's own SETTINGS clause, because those sent beside it stay on a chDB connection.
 *
 * Errors: Failure('store_unavailable', retryable) when the engine cannot be reached or is overloaded;
 * Failure('query_timeout' | 'query_refused', not retryable) when it answered no.
 */
export interface ClickhouseDb {
  /** Rows as objects; 64-bit integers as decimal strings, times as text unless the SQL converts them. */
  query<Row>(statement: Sql): Promise<Row[]>;
  command(statement: Sql): Promise<void>;
  /**
   * Inserts a file of RowBinary rows: `INSERT INTO {table} ({columns}) SELECT {select} FROM <the file> {where}`.
   * chDB reads the file in place; over HTTP its bytes are the request's body (through `input()`). `token` deduplicates a retry.
   */
  insertRowBinary(insert: RowBinaryInsert): Promise<void>;
  /** Inserts objects as JSONEachRow; for low-volume tables (findings). */
  insertRows(
    table: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    token?: string,
  ): Promise<void>;
}

export type RowBinaryInsert = {
  readonly table: string;
  readonly columns: readonly string[];
  /** `name Type, name Type`: the layout of the file. */
  readonly structure: string;
  /** One expression per column, over the names of `structure`. */
  readonly select: readonly string[];
  /** Goes behind FROM: `WHERE …`, `LIMIT 1 BY …`. */
  readonly tail?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly file: string;
  readonly token: string;
};

/**
 * Named connections: one chDB connection runs one query at a time, so each kind of work has its own.
 * `console` is read-only and bounded: it is the one that runs SQL written by people.
 */
export type ClickhousePool = {
  readonly loader: ClickhouseDb;
  readonly analyzers: ClickhouseDb;
  readonly api: ClickhouseDb;
  readonly console: ClickhouseDb;
  close(): Promise<void>;
};
