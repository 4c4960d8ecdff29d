/** Control state: one driver, on a private server or a given one. */
export interface PostgresDb {
  /** Runs one statement with bound values ($1, $2 …). */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs `work` in one transaction on one connection; serialisation failures are retried, anything else rolls back and throws. */
  transaction<T>(work: (tx: PostgresTx) => Promise<T>): Promise<T>;
  /**
   * Calls back for each NOTIFY on the channel; returns how to stop. After a lost connection came back it calls once
   * with '', since what was notified meanwhile is gone: look for yourself.
   */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface PostgresTx {
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}
