import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Collector, type CollectorDeps, createCollector } from '../../collector/collector.ts';
import type { CollectorEvent } from '../../collector/events.ts';
import type { ContractSpec } from '../../model/documents/contract.ts';
import { projectId } from '../../model/ids.ts';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import { createLoadStore } from '../../store/clickhouse/loads.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import type { LedgerStore } from '../../store/ports/ledger.ts';
import type { Load, LoadStore } from '../../store/ports/loads.ts';
import { freshDirectory } from '../support/stores.ts';

export type Running = {
  readonly collector: Collector;
  readonly url: string;
  readonly port: number;
  readonly grpcPort: number;
  readonly directory: string;
  readonly events: CollectorEvent[];
  /** Resolves when everything acknowledged is in the store. */
  readonly drained: () => Promise<void>;
};

/** Where every collector of this test file decodes. */
let decoding: 'here' | 'in threads' = 'here';
/** The same tests once more, with everything decoded in a thread. */
export const decodeInThreads = (): void => {
  decoding = 'in threads';
};
export const IN_THREADS = { threads: 1, limits: { hereBytes: 0 } } as const;
/** A machine that has more to do than this test is no reason to turn its requests away. */
const PATIENT = { admissionWaitMs: 600_000 };

const running = new Set<Collector>();
afterAll(async () => {
  for (const collector of running) await collector.stop();
});

export async function startCollector(deps: Partial<CollectorDeps> = {}): Promise<Running> {
  const events: CollectorEvent[] = [];
  const directory = deps.spoolDirectory ?? join(freshDirectory('collector'), 'spool');
  const collector = createCollector({
    spoolDirectory: directory,
    host: '127.0.0.1',
    port: 0,
    requireToken: false,
    tokens: { verify: async () => undefined },
    loads: memoryLoads(),
    ledger: memoryLedger(),
    loaderId: randomUUID(),
    nowMs: Date.now,
    random: Math.random,
    newId: randomUUID,
    onLoaded: () => undefined,
    ...(decoding === 'here' ? {} : IN_THREADS),
    ...deps,
    limits: { ...PATIENT, ...(decoding === 'here' ? {} : IN_THREADS.limits), ...deps.limits },
    emit: (event) => {
      events.push(event);
      deps.emit?.(event);
    },
  });
  const { port, grpcPort = 0 } = await collector.start();
  running.add(collector);
  if (decoding === 'in threads' || deps.threads)
    await until(() => events.some(({ kind }) => kind === 'decoder_up' || kind === 'decoder_lost'));
  return {
    collector,
    url: `http://127.0.0.1:${port}`,
    port,
    grpcPort,
    directory,
    events,
    drained: () => until(() => collector.pending().length === 0),
  };
}

/** A clean stop before the test file ends. */
export async function stopCollector({ collector }: Running): Promise<void> {
  running.delete(collector);
  await collector.stop();
}

export const onClickhouse = (pool: ClickhousePool): Pick<CollectorDeps, 'loads' | 'ledger'> => ({
  loads: createLoadStore(pool.loader),
  ledger: createLedger(pool.loader),
});

/** A store that takes everything: for tests of the door alone. */
export const memoryLoads = (onLoad: (load: Load) => void = () => undefined): LoadStore => ({
  load: async (load) => onLoad(load),
  stored: async () => [],
});
export const memoryLedger = (): LedgerStore => ({ record: async () => undefined, read: async () => [] });

/** Waits for a condition; a test that waits in vain fails by its own time limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

export function post(
  url: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', headers: { 'content-length': String(Buffer.byteLength(body)), ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

export const postJson = (url: string, body: unknown): Promise<RawAnswer> =>
  post(url, JSON.stringify(body), { 'content-type': 'application/json' });

export const jsonOf = (answer: RawAnswer): unknown => JSON.parse(answer.body.toString('utf8'));

/** Writes bytes to the port and returns all that comes back until the other side closes. */
export function rawExchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    socket.once('error', reject);
  });
}

export const decisionOf = (id: string, more: Readonly<Record<string, unknown>> = {}): object => ({
  id,
  system: 'flights',
  time: '2026-03-01T10:00:00Z',
  value: 'hold',
  ...more,
});

/** Contracts as the document store would list them: version 3 of each. */
export const contractsOf = (...specs: readonly ContractSpec[]): NonNullable<CollectorDeps['contracts']> => ({
  documents: {
    list: async () =>
      specs.map((spec) => ({
        document: { metadata: { name: spec.system }, spec },
        source: {},
        version: 3,
        createdAtMs: 0,
        createdBy: 'test',
      })),
  } as never,
  secret: () => undefined,
});

/** Every text is a token, and names its project. */
export const byToken = {
  requireToken: true,
  tokens: {
    verify: async (token: string) => ({
      tokenId: token,
      name: token,
      project: projectId.parse(token),
      scopes: ['ingest'] as const,
    }),
  },
};
