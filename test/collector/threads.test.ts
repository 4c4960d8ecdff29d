import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CollectorDeps } from '../../collector/collector.ts';
import { contractSpec } from '../../model/documents/contract.ts';
import { DEFAULT_PROJECT } from '../../model/ids.ts';
import type { LedgerEntry } from '../../store/ports/ledger.ts';
import { freshDirectory } from '../support/stores.ts';
import { toJson, toProtobuf } from './encode.ts';
import {
  byToken,
  contractsOf,
  decisionOf,
  IN_THREADS,
  jsonOf,
  memoryLedger,
  memoryLoads,
  post,
  postJson,
  type RawAnswer,
  type Running,
  startCollector,
  stopCollector,
  until,
} from './support.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 10);
const ENTRY = { threadEntry: new URL('./children/hostile-thread.ts', import.meta.url) };
const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const GZIP = { 'content-encoding': 'gzip' };

const spanOf = (id: string, more: object = {}) => ({
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: id,
  parentSpanId: '',
  name: 'one',
  kind: 0,
  start: 1_772_359_200_000_000_000n,
  end: 1_772_359_201_000_000_000n,
  attributes: [
    { key: 'leeway.decision.value', value: { kind: 'string', value: 'go' } as const },
    { key: 'leeway.decision.system', value: { kind: 'string', value: 'loans' } as const },
    { key: 'leeway.decision.feature.name', value: { kind: 'string', value: 'Zyxwvut Canary' } as const },
  ],
  events: [],
  links: [],
  status: { code: 0, message: '' },
  ...more,
});
const requestOf = (...spans: ReturnType<typeof spanOf>[]) => ({
  resource: [{ key: 'service.name', value: { kind: 'string', value: 'desk' } as const }],
  scope: { name: 's', version: '1' },
  spans,
});
const good = requestOf(
  ...Array.from({ length: 200 }, (_, at) => spanOf((at + 1).toString(16).padStart(16, '0'))),
);
const mixed = requestOf(spanOf('00000000000000aa'), spanOf('0000000000000000'), spanOf('abcd'));

type Sent = readonly [path: string, body: Buffer, headers: Readonly<Record<string, string>>];
/** What the doors take and refuse, one of each kind. */
const REQUESTS: readonly Sent[] = [
  ['/v1/traces', toProtobuf(good), PROTOBUF],
  ['/v1/traces', gzipSync(toProtobuf(good)), { ...PROTOBUF, ...GZIP }],
  // Two members: what the last one says is not what the body becomes.
  [
    '/v1/traces',
    Buffer.concat([toProtobuf(good), toProtobuf(mixed)].map((one) => gzipSync(one))),
    { ...PROTOBUF, ...GZIP },
  ],
  ['/v1/traces', Buffer.concat([gzipSync(toProtobuf(good)), Buffer.from('more')]), { ...PROTOBUF, ...GZIP }],
  ['/v1/traces', toProtobuf(mixed), PROTOBUF],
  ['/v1/traces', Buffer.from(JSON.stringify(toJson(mixed))), JSON_TYPE],
  ['/v1/traces', Buffer.from('no protobuf'), PROTOBUF],
  ['/v1/logs', toProtobuf(good), PROTOBUF],
  ['/v1/traces', Buffer.from('{"resourceLogs":[]}'), JSON_TYPE],
  [
    '/v1/decisions',
    Buffer.from(
      JSON.stringify([decisionOf('a', { system: 'loans', features: { name: 'Zyxwvut Canary' } }), 7, {}]),
    ),
    { ...JSON_TYPE, traceparent: '00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01' },
  ],
  [
    '/v1/decisions',
    Buffer.from(`${JSON.stringify(decisionOf('b'))}\nno json\n`),
    { 'content-type': 'application/x-ndjson' },
  ],
  ['/v1/rulings', Buffer.from('[]'), JSON_TYPE],
  ['/v1/decisions', Buffer.from([0xff]), JSON_TYPE],
];

const KEY = 'a key of more than sixteen bytes';
const masking = (mask: object, version = 1): NonNullable<CollectorDeps['contracts']> => {
  const spec = contractSpec.parse({ system: 'loans', features: { name: { mask } } });
  const { documents } = contractsOf(spec);
  return {
    documents: {
      list: async (...asked) => (await documents.list(...asked)).map((one) => ({ ...one, version })),
    } as typeof documents,
    secret: () => KEY,
  };
};

/** All that a collector answers, keeps and counts, with a clock that stands still. */
async function everythingOf(deps: Partial<CollectorDeps>): Promise<object> {
  /** By table: in how many files they come depends on the time. */
  const rows: Record<string, string> = {};
  const ledger: LedgerEntry[] = [];
  const running = await startCollector({
    contracts: masking({ kind: 'hmac', keyEnv: 'KEY' }),
    loads: memoryLoads(({ table, file }) => {
      rows[table] = (rows[table] ?? '') + readFileSync(file, 'hex');
    }),
    ledger: {
      ...memoryLedger(),
      record: async (_batch, entries) => {
        ledger.push(...entries);
      },
    },
    nowMs: () => NOW_MS,
    newId: () => 'id',
    random: () => 0,
    ...deps,
  });
  const answers: object[] = [];
  for (const [path, body, headers] of REQUESTS) {
    const { status, headers: answered, body: bytes } = await post(`${running.url}${path}`, body, headers);
    answers.push({ path, status, type: answered['content-type'], body: bytes.toString('latin1') });
  }
  await stopCollector(running);
  const counted: Record<string, number> = {};
  for (const { signal, received, rejected } of ledger) {
    counted[`${signal} received`] = (counted[`${signal} received`] ?? 0) + received;
    for (const [reason, count] of Object.entries(rejected))
      counted[`${signal} ${reason}`] = (counted[`${signal} ${reason}`] ?? 0) + count;
  }
  const told = running.events.flatMap((event): object[] =>
    event.kind === 'accepted' || event.kind === 'refused'
      ? [{ ...event, ackMs: 0, stageMs: undefined }]
      : event.kind === 'fault' || event.kind === 'decoder_lost'
        ? [event]
        : [],
  );
  return {
    answers,
    rows,
    counted,
    told,
    notes: running.collector.refusals(),
  };
}

describe('a request that a thread decodes', () => {
  it('is answered, kept, refused and counted exactly as one that is decoded where it was received', async () => {
    const here = await everythingOf({});
    const there = await everythingOf(IN_THREADS);
    expect(there).toEqual(here);
    // Each kind of answer is among them; and the masked text stands in none of the rows.
    for (const status of [200, 400]) expect(JSON.stringify(here)).toContain(`"status":${status}`);
    expect(JSON.stringify(here)).toContain(Buffer.from('loans@1').toString('hex'));
    expect(JSON.stringify(here)).not.toContain(Buffer.from('Zyxwvut Canary').toString('hex'));
  });
});

describe('what was promised', () => {
  /** Rows of decisions as text, one per load. */
  const rowsOn = (
    deps: Partial<CollectorDeps>,
  ): { readonly rows: string[]; readonly start: () => Promise<Running> } => {
    const rows: string[] = [];
    const loads = memoryLoads(({ file }) => rows.push(readFileSync(file, 'latin1')));
    return { rows, start: () => startCollector({ ...IN_THREADS, loads, ...deps }) };
  };
  const named = (id: string): object => decisionOf(id, { system: 'loans', features: { name: 'Canary' } });

  it('holds for the very next record after the change was told, the key to mask with too', async () => {
    const masks: readonly object[] = [
      { kind: 'truncate', chars: 2 },
      { kind: 'truncate', chars: 3 },
      { kind: 'drop' },
      { kind: 'hmac', keyEnv: 'KEY' },
    ];
    let source = masking({ kind: 'truncate', chars: 6 }, 1);
    const contracts = {
      documents: {
        list: (...asked: Parameters<typeof source.documents.list>) => source.documents.list(...asked),
      } as typeof source.documents,
      secret: () => KEY,
    };
    // The clock stands still: nothing is asked again because time went by.
    const { rows, start } = rowsOn({ contracts, nowMs: () => NOW_MS });
    const running = await start();
    const send = async (id: string): Promise<string> => {
      expect((await postJson(`${running.url}/v1/decisions`, named(id))).status).toBe(200);
      await running.drained();
      return rows.join('').split(`${id}`)[1] ?? '';
    };
    expect(await send('first')).toContain('Canary');
    for (const [at, mask] of masks.entries()) {
      source = masking(mask, at + 2);
      running.collector.contractsChanged(DEFAULT_PROJECT);
      const row = await send(`next-${at}`);
      expect(row).toContain(`loans@${at + 2}`);
      expect(row).not.toContain('Canary');
    }
    // HMAC-SHA256 of RFC 2104 over "Canary", its first 128 bits.
    expect(rows.join('')).toContain(createHmac('sha256', KEY).update('Canary').digest('hex').slice(0, 32));
  });

  it('refuses what comes while the changed contracts cannot be read', async () => {
    let reachable = true;
    const source = masking({ kind: 'drop' });
    const contracts = {
      documents: {
        list: async (...asked: Parameters<typeof source.documents.list>) => {
          if (!reachable) throw new Error('the store is away');
          return await source.documents.list(...asked);
        },
      } as typeof source.documents,
      secret: () => KEY,
    };
    const running = await startCollector({ contracts, nowMs: () => NOW_MS });
    const statusOf = async (): Promise<number> =>
      (await postJson(`${running.url}/v1/decisions`, named('x'))).status;
    expect(await statusOf()).toBe(200);
    reachable = false;
    running.collector.contractsChanged(DEFAULT_PROJECT);
    expect(await statusOf()).toBe(503);
    reachable = true;
    expect(await statusOf()).toBe(200);
  });
});

describe('a thread', () => {
  const crash = (running: Running): Promise<RawAnswer> =>
    postJson(`${running.url}/v1/decisions`, decisionOf('thread:crash;'));

  it('that ends refuses its requests with 503 under a reason of its own, and has a successor', async () => {
    const running = await startCollector({ ...IN_THREADS, ...ENTRY, contracts: masking({ kind: 'drop' }) });
    for (let round = 0; round < 3; round++) {
      const refused = await crash(running);
      expect([refused.status, jsonOf(refused)]).toEqual([
        503,
        expect.objectContaining({ code: 'decoder_lost' }),
      ]);
      expect(refused.headers['retry-after']).toMatch(/^[123]$/);
      // It waits for the successor, which is told the promises anew.
      const next = await postJson(
        `${running.url}/v1/decisions`,
        decisionOf(`d${round}`, { system: 'loans' }),
      );
      expect(next.status).toBe(200);
    }
    const ofKind = (kind: string) => running.events.filter((event) => event.kind === kind);
    expect(ofKind('decoder_lost')).toEqual(
      Array(3).fill({ kind: 'decoder_lost', message: 'it ended by itself' }),
    );
    expect(ofKind('refused').map((event) => 'reason' in event && event.reason)).toEqual(
      Array(3).fill('decoder_lost'),
    );
    expect(ofKind('decoder_up')).toHaveLength(4);
    await running.drained();
  });

  it('that cannot start is done without', async () => {
    const threadEntry = new URL('./children/no-such-thread.ts', import.meta.url);
    const { url, events } = await startCollector({ ...IN_THREADS, threadEntry });
    expect(events).toEqual([{ kind: 'decoder_lost', message: expect.stringContaining('no-such-thread') }]);
    expect((await postJson(`${url}/v1/decisions`, decisionOf('a'))).status).toBe(200);
  });

  it('counts what it holds among the bytes in flight, and shutdown waits for it', async () => {
    const file = join(freshDirectory('hold'), 'go');
    const running = await startCollector({
      ...IN_THREADS,
      ...ENTRY,
      limits: { ...IN_THREADS.limits, inFlightBytes: 2_000 },
    });
    const body = (text: string, size: number): string =>
      JSON.stringify(decisionOf('one', { features: { note: text.padEnd(size, ' ') } }));
    const send = (text: string): Promise<RawAnswer> => post(`${running.url}/v1/decisions`, text, JSON_TYPE);
    const held = send(body(`thread:hold ${file};`, 1_200));
    await until(async () => (await send(body('more', 800))).status === 503);
    const stopping = stopCollector(running);
    writeFileSync(file, '');
    expect((await held).status).toBe(200);
    await stopping;
    const accepted = running.events.flatMap((event) =>
      event.kind === 'accepted' ? [event.rows.decisions] : [],
    );
    expect(accepted.reduce((sum, rows) => sum + rows, 0)).toBeGreaterThanOrEqual(1);
  });

  it('serves projects in turn: a quiet one waits for what is under way, not for all that another sent', async () => {
    const file = join(freshDirectory('hold'), 'go');
    const running = await startCollector({ ...IN_THREADS, ...ENTRY, ...byToken });
    const order: string[] = [];
    const send = async (project: string, id: string, value = 'go'): Promise<void> => {
      const headers = { ...JSON_TYPE, authorization: `Bearer ${project}` };
      const body = JSON.stringify(decisionOf(id, { value }));
      expect((await post(`${running.url}/v1/decisions`, body, headers)).status).toBe(200);
      order.push(project);
    };
    const sent = [send('noisy', 'first', `thread:hold ${file};`)];
    for (let at = 0; at < 20; at++) sent.push(send('noisy', `n${at}`));
    // So many turns of the server's loop: the others have asked by then, and stand in line.
    for (let round = 0; round < 5; round++) await fetch(`${running.url}/healthz`);
    sent.push(send('quiet', 'q'));
    for (let round = 0; round < 5; round++) await fetch(`${running.url}/healthz`);
    writeFileSync(file, '');
    await Promise.all(sent);
    // Before it: the one that was held, the one behind it in the thread, and one of the line; answers may come in one go.
    expect(order.indexOf('quiet')).toBeLessThan(order.length / 2);
  });
});
