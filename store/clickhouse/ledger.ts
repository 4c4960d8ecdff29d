import type { ProjectId } from '../../model/ids.ts';
import type { ClickhouseDb, Sql } from '../ports/clickhouse.ts';
import type { LedgerEntry, LedgerSignal, LedgerStore } from '../ports/ledger.ts';

type Row = {
  readonly minute: number;
  readonly signal: LedgerSignal;
  readonly received: string;
  readonly stored: string;
  readonly deduplicated: string;
  readonly rejected: Readonly<Record<string, string>>;
  readonly overwritten: string;
};

/** One line per batch counts, even if a power loss made the engine forget that it had the batch already. */
export const readLedger = (project: ProjectId, fromMs: number, toMs: number): Sql => ({
  sql: `SELECT toUnixTimestamp(minute) AS minute, toString(signal) AS signal, sum(received) AS received,
      sum(stored) AS stored, sum(deduplicated) AS deduplicated, sumMap(rejected) AS rejected,
      sum(overwritten) AS overwritten
    FROM (
      SELECT * FROM ledger
      WHERE project = {project:String} AND ledger.minute >= toDateTime({from:UInt32}, 'UTC') AND ledger.minute < toDateTime({to:UInt32}, 'UTC')
      LIMIT 1 BY batch, minute, signal
    )
    GROUP BY minute, signal ORDER BY minute, signal`,
  params: { project, from: Math.ceil(fromMs / 1_000), to: Math.ceil(toMs / 1_000) },
});

const knownBatch = (batch: string, entries: readonly LedgerEntry[]): Sql => ({
  sql: `SELECT 1 AS known FROM ledger
    WHERE project IN {projects:Array(String)} AND minute BETWEEN toDateTime({from:UInt32}, 'UTC') AND toDateTime({to:UInt32}, 'UTC')
      AND batch = {batch:String} LIMIT 1`,
  params: {
    batch,
    projects: [...new Set(entries.map((entry) => entry.project))],
    from: Math.min(...entries.map((entry) => entry.minuteMs)) / 1_000,
    to: Math.max(...entries.map((entry) => entry.minuteMs)) / 1_000,
  },
});

const toRow = (batch: string, entry: LedgerEntry): Record<string, unknown> => ({
  project: entry.project,
  minute: entry.minuteMs / 1_000,
  signal: entry.signal,
  received: entry.received,
  stored: entry.stored,
  deduplicated: entry.deduplicated,
  rejected: entry.rejected,
  overwritten: entry.overwritten ?? 0,
  batch,
});

const toEntry = (project: ProjectId, row: Row): LedgerEntry => ({
  project,
  minuteMs: row.minute * 1_000,
  signal: row.signal,
  received: Number(row.received),
  stored: Number(row.stored),
  deduplicated: Number(row.deduplicated),
  rejected: Object.fromEntries(
    Object.entries(row.rejected).map(([reason, count]) => [reason, Number(count)]),
  ),
  pending: 0,
  overwritten: Number(row.overwritten),
});

export function createLedger(db: ClickhouseDb): LedgerStore {
  return {
    record: async (batch, entries) => {
      if (entries.length === 0) return;
      // The deduplication log is not power-safe: ask first.
      if ((await db.query(knownBatch(batch, entries))).length > 0) return;
      await db.insertRows(
        'ledger',
        entries.map((entry) => toRow(batch, entry)),
        `ledger ${batch}`,
      );
    },
    read: async (project, fromMs, toMs) =>
      (await db.query<Row>(readLedger(project, fromMs, toMs))).map((row) => toEntry(project, row)),
  };
}
