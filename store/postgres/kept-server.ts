import { setTimeout as sleep } from 'node:timers/promises';
import { type PrivatePostgres, type PrivatePostgresOptions, startPrivatePostgres } from './private-server.ts';

export type KeptPostgresEvent =
  /** Nobody asked for it. Writes over the API are answered 503 until it is back; ingest goes on. */
  | { readonly kind: 'postgres_ended'; readonly sentence: string }
  | { readonly kind: 'postgres_back'; readonly afterMs: number; readonly starts: number };

export type KeptPostgresOptions = PrivatePostgresOptions & {
  readonly emit: (event: KeptPostgresEvent) => void;
  /** Between two starts: after the least, then twice as long each time, up to the most. */
  readonly retryMs?: { readonly least: number; readonly most: number };
};

export type KeptPostgres = Pick<PrivatePostgres, 'url'> & {
  /** Of the server that runs, or ran last. */
  readonly pid: () => number;
  stop(): Promise<void>;
};

const RETRY_MS = { least: 250, most: 5_000 } as const;

/**
 * A private server that is started again when it ends by itself: without space for its log Postgres ends (PANIC), and
 * so does its recovery, until there is space. The first start is not repeated: a person who waits for it wants to know.
 */
export async function keepPrivatePostgres(options: KeptPostgresOptions): Promise<KeptPostgres> {
  const { emit, retryMs = RETRY_MS } = options;
  const stopping = new AbortController();
  let server = await startPrivatePostgres(options);

  const startAgain = async (): Promise<PrivatePostgres | undefined> => {
    const endedMs = performance.now();
    for (let starts = 1; !stopping.signal.aborted; starts += 1) {
      const pauseMs = Math.min(retryMs.least * 2 ** (starts - 1), retryMs.most);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) break;
      // Why it does not start stands in its log; that it is away was told.
      const started = await startPrivatePostgres(options).catch(() => undefined);
      if (started === undefined) continue;
      emit({ kind: 'postgres_back', afterMs: Math.round(performance.now() - endedMs), starts });
      return started;
    }
    return undefined;
  };

  const keep = async (): Promise<void> => {
    for (;;) {
      const { expected, sentence } = await server.ended;
      if (expected || stopping.signal.aborted) return;
      emit({ kind: 'postgres_ended', sentence });
      const started = await startAgain();
      if (started === undefined) return;
      server = started;
    }
  };
  const keeping = keep();

  return {
    url: server.url,
    pid: () => server.pid,
    stop: async () => {
      stopping.abort();
      await server.stop();
      await keeping;
      // It may have come up just now.
      await server.stop();
    },
  };
}
