import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CollectorDeps } from '../../collector/collector.ts';
import { encodeFrame, scanSegment } from '../../collector/spool/frame.ts';
import { Failure } from '../../model/failure.ts';
import { projectId } from '../../model/ids.ts';
import { createLedger } from '../../store/clickhouse/ledger.ts';
import { createLoadStore } from '../../store/clickhouse/loads.ts';
import type { ClickhousePool } from '../../store/ports/clickhouse.ts';
import { foldLedger, type LedgerEntry, ledgerBalances } from '../../store/ports/ledger.ts';
import { ROW_LAYOUT } from '../../store/ports/loads.ts';
import { freshClickhouse, freshDirectory } from '../support/stores.ts';
import {
  decisionOf,
  onClickhouse,
  post,
  postJson,
  type Running,
  startCollector,
  stopCollector,
  until,
} from './support.ts';

let pool: ClickhousePool;
beforeAll(async () => {
  pool = await freshClickhouse();
});

/** Each test has a project of its own in the one store. */
const inProject = (project: string): Pick<CollectorDeps, 'tokens' | 'requireToken'> => ({
  requireToken: true,
  tokens: {
    verify: async () => ({
      tokenId: 't',
      name: 't',
      project: projectId.parse(project),
      scopes: ['ingest'],
    }),
  },
});
const AUTH = { 'content-type': 'application/json', authorization: 'Bearer lw_t' };
const send = async ({ url }: Running, path: string, body: unknown): Promise<void> =>
  expect((await post(`${url}${path}`, JSON.stringify(body), AUTH)).status).toBe(200) as never;
const many = (count: number, more: (at: number) => object): object[] =>
  Array.from({ length: count }, (_, at) => decisionOf(`d-${at}`, { ...more(at) }));

async function countOf(table: 'decisions' | 'outcomes', project: string): Promise<number> {
  const [row] = await pool.api.query<{ n: number }>({
    sql: `SELECT toUInt32(count()) AS n FROM ${table} WHERE project = {project:String}`,
    params: { project },
  });
  return row?.n ?? 0;
}

async function ledgerOf(project: string): Promise<LedgerEntry[]> {
  const entries = await createLedger(pool.api).read(
    projectId.parse(project),
    Date.now() - 3_600_000,
    Date.now() + 60_000,
  );
  // A test may cross a minute: what counts is the sum.
  return foldLedger(entries.map((entry) => ({ ...entry, minuteMs: 0 })));
}

describe('the loader', () => {
  it('stores a record once: twice in one request, sent again at once, sent again later, resent by another process', async () => {
    const first = await startCollector({ ...onClickhouse(pool), ...inProject('repeats') });
    const batch = [...many(100, () => ({ score: 0.5 })), decisionOf('d-0', { score: 0.5 })];
    await send(first, '/v1/decisions', batch);
    await send(first, '/v1/decisions', batch.slice(0, 10));
    await first.drained();
    await send(first, '/v1/decisions', batch.slice(0, 20));
    await first.drained();
    const outcome = { decisionId: 'd-1', system: 'flights', time: '2026-03-01T12:00:00Z', value: 'late' };
    await send(first, '/v1/outcomes', [outcome, outcome, { ...outcome, value: 'on-time' }]);
    await stopCollector(first);
    const second = await startCollector({ ...onClickhouse(pool), ...inProject('repeats') });
    await send(second, '/v1/decisions', batch.slice(0, 5));
    await stopCollector(second);

    expect(await countOf('decisions', 'repeats')).toBe(100);
    expect(await countOf('outcomes', 'repeats')).toBe(2);
    const entries = await ledgerOf('repeats');
    // 101 + 10 + 20 + 5 decisions came in, 100 of them were new; of 3 outcomes 2 differ.
    expect(entries).toMatchObject([
      { signal: 'decisions', received: 136, stored: 100, deduplicated: 36, pending: 0 },
      { signal: 'outcomes', received: 3, stored: 2, deduplicated: 1, pending: 0 },
    ]);
    expect(entries.every(ledgerBalances)).toBe(true);
  });

  it('stores a segment once when it is loaded again after a crash, even without the deduplication log', async () => {
    const directory = join(freshDirectory('again'), 'spool');
    const kept = join(freshDirectory('kept'), 'spool');
    let copied = false;
    const { loads, ledger } = onClickhouse(pool);
    const first = await startCollector({
      ...inProject('again'),
      spoolDirectory: directory,
      ledger,
      loads: {
        ...loads,
        load: async (load) => {
          await loads.load(load);
          mkdirSync(kept, { recursive: true });
          for (const name of readdirSync(directory))
            if (name.endsWith('.seg')) copyFileSync(join(directory, name), join(kept, name));
          copied = true;
        },
      },
    });
    // Rows of three months: three inserts, of which a crash could leave any number.
    await send(
      first,
      '/v1/decisions',
      many(90, (at) => ({ time: `2026-0${1 + (at % 3)}-10T00:00:${10 + (at % 40)}Z` })),
    );
    await stopCollector(first);
    expect(copied).toBe(true);
    // As a power loss would have it: rows of one month are gone, and so is what the engine remembers of tokens.
    await pool.loader.command({
      sql: `ALTER TABLE decisions DELETE WHERE project = 'again' AND toMonth(time) = 2 SETTINGS mutations_sync = 1`,
    });
    await pool.loader.command({
      sql: 'ALTER TABLE decisions MODIFY SETTING non_replicated_deduplication_window = 0',
    });
    expect(await countOf('decisions', 'again')).toBe(60);
    const second = await startCollector({
      ...inProject('again'),
      ...onClickhouse(pool),
      spoolDirectory: kept,
    });
    await second.drained();
    await stopCollector(second);
    await pool.loader.command({
      sql: 'ALTER TABLE decisions MODIFY SETTING non_replicated_deduplication_window = 10000',
    });
    expect(await countOf('decisions', 'again')).toBe(90);
    const [perLoad] = await pool.api.query({
      sql: `SELECT uniqExact(loaded_at) AS loads, max(parts) AS parts FROM (
          SELECT loaded_at, uniqExact(toYYYYMM(time)) AS parts FROM decisions WHERE project = 'again' GROUP BY loaded_at)`,
    });
    // Each month under a loaded_at of its own: a reader never sees half of one.
    expect(perLoad).toEqual({ loads: '3', parts: '1' });
    expect(await ledgerOf('again')).toMatchObject([{ received: 90, stored: 90, deduplicated: 0 }]);
  });

  it('stores rows whose token the engine knows and whose part it does not have', async () => {
    const directory = join(freshDirectory('swallowed'), 'spool');
    const { loads, ledger } = onClickhouse(pool);
    let loadsBegun = 0;
    const start = (fails: boolean): Promise<Running> =>
      startCollector({
        ...inProject('swallowed'),
        spoolDirectory: directory,
        ledger,
        ...(fails ? { limits: { drainMs: 100 } } : {}),
        loads: {
          ...loads,
          load: async (load) => {
            await loads.load(load);
            loadsBegun += 1;
            if (!fails) return;
            // As if the insert had ended between its token and its part: a full disk, a kill.
            await pool.loader.command({
              sql: "ALTER TABLE decisions DELETE WHERE project = 'swallowed' SETTINGS mutations_sync = 1",
            });
            throw new Error('the answer never came');
          },
        },
      });
    const first = await start(true);
    await send(
      first,
      '/v1/decisions',
      many(30, () => ({ score: 0.5 })),
    );
    await until(() => loadsBegun > 0);
    await stopCollector(first);
    expect(await countOf('decisions', 'swallowed')).toBe(0);
    const second = await start(false);
    await second.drained();
    await stopCollector(second);
    expect(await countOf('decisions', 'swallowed')).toBe(30);
    expect(await ledgerOf('swallowed')).toMatchObject([{ received: 30, stored: 30, deduplicated: 0 }]);
  });

  it('rides out a store that is down, answers on, and loses nothing', async () => {
    const { loads, ledger } = onClickhouse(pool);
    let down = true;
    const running = await startCollector({
      ...inProject('outage'),
      ledger,
      loads: {
        ...loads,
        load: async (load) => {
          if (down) throw new Failure('store_unavailable', 'connection refused', { retryable: true });
          await loads.load(load);
        },
      },
    });
    for (let at = 0; at < 20; at++)
      await send(running, '/v1/decisions', [decisionOf(`a-${at}`), decisionOf(`b-${at}`), { id: 'bad' }]);
    await until(() => running.events.some((event) => event.kind === 'store_unavailable'));
    const pending = running.collector.pending().map((entry) => ({ ...entry, minuteMs: 0 }));
    expect(foldLedger(pending)).toMatchObject([
      { signal: 'decisions', received: 60, pending: 40, rejected: { invalid_decision: 20 } },
    ]);
    expect(await countOf('decisions', 'outage')).toBe(0);
    down = false;
    await running.drained();
    expect(await countOf('decisions', 'outage')).toBe(40);
    expect(await ledgerOf('outage')).toMatchObject([
      { received: 60, stored: 40, deduplicated: 0, rejected: { invalid_decision: 20 }, pending: 0 },
    ]);
  });

  it('sets a segment aside that the store never takes, accounts for it, and goes on with the others', async () => {
    const { loads, ledger } = onClickhouse(pool);
    let poison: string | undefined;
    const running = await startCollector({
      ...inProject('poison'),
      ledger,
      limits: { segmentAgeMs: 20 },
      loads: {
        ...loads,
        load: async (load) => {
          poison ??= load.batch;
          if (load.batch === poison) throw new Failure('query_refused', 'no such type', { retryable: false });
          await loads.load(load);
        },
      },
    });
    await send(running, '/v1/decisions', [decisionOf('p-1'), decisionOf('p-2')]);
    await expect.poll(() => running.events.some((event) => event.kind === 'store_unavailable')).toBe(true);
    await send(running, '/v1/decisions', [decisionOf('p-3')]);
    await expect.poll(() => running.events.some((event) => event.kind === 'segment_quarantined')).toBe(true);
    await running.drained();
    expect(await countOf('decisions', 'poison')).toBe(1);
    expect(readdirSync(join(running.directory, 'quarantine'))).toHaveLength(1);
    expect(await ledgerOf('poison')).toMatchObject([
      { received: 3, stored: 1, rejected: { quarantined: 2 } },
    ]);
  });

  it('writes loaded_at that only grows, even when the clock steps back', async () => {
    let nowMs = Date.parse('2026-11-01T00:00:00Z');
    const running = await startCollector({
      ...onClickhouse(pool),
      ...inProject('clock'),
      nowMs: () => nowMs,
      loaderId: 'clock-loader',
    });
    for (let at = 0; at < 3; at++) {
      await send(running, '/v1/decisions', decisionOf(`c-${at}`));
      await running.drained();
      nowMs -= 3_600_000;
    }
    const rows = await pool.api.query<{ decision_id: string }>({
      sql: "SELECT decision_id FROM decisions WHERE loader = 'clock-loader' ORDER BY loaded_at",
    });
    expect(rows.map((row) => row.decision_id)).toEqual(['c-0', 'c-1', 'c-2']);
    await stopCollector(running);
  });

  it('loads a request of many months, and refuses what goes beyond 120', async () => {
    const running = await startCollector({ ...onClickhouse(pool), ...inProject('spread') });
    const body = Array.from({ length: 130 }, (_, at) =>
      decisionOf(`s-${at}`, { time: Date.UTC(1990, at, 15, 12) }),
    );
    await send(running, '/v1/decisions', body);
    await running.drained();
    await send(running, '/v1/decisions', body.slice(0, 30));
    await running.drained();
    expect(await countOf('decisions', 'spread')).toBe(120);
    expect(await ledgerOf('spread')).toMatchObject([
      { received: 160, stored: 120, deduplicated: 30, rejected: { too_many_months: 10 } },
    ]);
  });
});

describe('the load statement', () => {
  it('is the same through the other door of the port', async () => {
    const running = await startCollector({
      ...inProject('door'),
      ledger: createLedger(pool.loader),
      loads: createLoadStore(pool.analyzers),
    });
    expect((await postJson(`${running.url}/healthz`, {})).status).toBe(200);
    await send(running, '/v1/decisions', decisionOf('x'));
    await running.drained();
    expect(await countOf('decisions', 'door')).toBe(1);
  });
});

describe('rows that another version wrote', () => {
  it('loads a segment from before frames said their columns', async () => {
    const directory = join(freshDirectory('unnamed'), 'spool');
    mkdirSync(directory, { recursive: true });
    // Three decisions, acknowledged by the version before decisions had columns for text and embeddings.
    copyFileSync(
      join(import.meta.dirname, 'fixtures/unnamed-layout.seg'),
      join(directory, '000000000001.seg'),
    );
    const running = await startCollector({ ...onClickhouse(pool), spoolDirectory: directory });
    await running.drained();
    const rows = await pool.api.query({
      sql: `SELECT decision_id AS id, score, num['distance'] AS distance, cat['origin'] AS origin, segments['region'] AS region,
        toUInt32(length(text)) AS texts, toString(time) AS time FROM decisions WHERE decision_id LIKE 'old-%' ORDER BY id`,
    });
    expect(rows).toEqual(
      [1, 2, 3].map((n) => ({
        id: `old-${n}`,
        score: n / 4,
        distance: 100 * n,
        origin: 'ORD',
        region: 'north',
        texts: 0,
        time: `2026-03-0${n} 12:00:00.000000000`,
      })),
    );
  });

  it('loads rows by the columns that were written down beside them, and sets aside what nobody can name', async () => {
    const directory = join(freshDirectory('named'), 'spool');
    const away: CollectorDeps['loads'] = {
      load: async () => Promise.reject(new Failure('store_unavailable', 'away', { retryable: true })),
      stored: async () => [],
    };
    const first = await startCollector({
      ...inProject('named'),
      spoolDirectory: directory,
      loads: away,
      limits: { drainMs: 1 },
    });
    await send(first, '/v1/outcomes', {
      decisionId: 'named-1',
      system: 'named',
      time: '2026-03-01T12:00:00Z',
      value: 'late',
    });
    await stopCollector(first);
    const [segment = ''] = readdirSync(directory).filter((name) => name.endsWith('.seg'));
    const kept = join(directory, 'layouts.json');
    const layouts: Record<string, [string, string][]> = JSON.parse(readFileSync(kept, 'utf8'));
    // A later version: it has another name for outcomes, whose rows have one column less and one that no table has.
    const frame = scanSegment(readFileSync(join(directory, segment))).frames[0];
    const [own] = frame?.header.signals ?? [];
    if (frame === undefined || own === undefined) throw new Error('the segment has no frame');
    const without = ROW_LAYOUT.outcomes.filter(([name]) => name !== 'note');
    const renamed = (layout: string, rows: Buffer): Buffer =>
      encodeFrame({ ...frame.header, signals: [{ ...own, layout, bytes: rows.length }] }, [
        { bytes: rows, length: rows.length },
      ]).bytes;
    // `note` is empty: one byte, behind `by`, which is empty too. In its place stands a number of four bytes.
    const noteAt = frame.payload.length - 9;
    const rows = Buffer.concat([
      frame.payload.subarray(0, noteAt),
      Buffer.from([1, 2, 3, 4]),
      frame.payload.subarray(noteAt + 1),
    ]);
    const other = without.toSpliced(without.length - 1, 0, ['mood', 'UInt32']);
    writeFileSync(kept, JSON.stringify({ ...layouts, other }));
    writeFileSync(join(directory, segment), Buffer.concat([renamed('other', rows), renamed('nobody', rows)]));

    const second = await startCollector({ ...onClickhouse(pool), spoolDirectory: directory });
    await second.drained();
    const stored = await pool.api.query({
      sql: "SELECT decision_id AS id, value, note FROM outcomes WHERE system = 'named'",
    });
    expect(stored).toEqual([{ id: 'named-1', value: 'late', note: '' }]);
    expect(second.events).toContainEqual(
      expect.objectContaining({
        kind: 'segment_quarantined',
        sentence: expect.stringContaining('columns'),
      }),
    );
    const entries = await ledgerOf('named');
    expect(entries).toMatchObject([{ received: 2, stored: 1, rejected: { quarantined: 1 } }]);
  });
});
