import { hash } from 'node:crypto';
import type { ProjectId } from '../../model/ids.ts';
import type { ClickhouseDb, RowBinaryInsert, Sql } from '../ports/clickhouse.ts';
import {
  type Load,
  type LoadStore,
  ROW_LAYOUT,
  type RowLayout,
  type StoredCount,
  type TelemetryTable,
  type TimeRange,
} from '../ports/loads.ts';

/** Which columns make a record the same one, and which holds its event time. */
const IDENTITY: Record<TelemetryTable, { readonly key: string; readonly time: string }> = {
  spans: { key: 'project, trace_id, span_id', time: 'start_time' },
  decisions: { key: 'project, decision_id', time: 'time' },
  outcomes: { key: 'project, system, decision_id, kind, time, value, by', time: 'time' },
  // Neither has an id: what it says, and which one of its equals it is, makes it the same.
  logs: { key: 'project, time, record_hash', time: 'time' },
  metrics: { key: 'project, time, record_hash', time: 'time' },
};

/** Files of two layouts in one batch are two loads. */
const markOf = (layout: RowLayout): string => hash('sha256', JSON.stringify(layout)).slice(0, 12);

type Bound = { readonly sql: string; readonly params: Readonly<Record<string, unknown>> };

/** Constant bounds on the sorting key's own column: the engine reads only the granules that overlap them. */
function within(time: string, ranges: readonly TimeRange[]): Bound {
  const params: Record<string, number> = {};
  const parts = ranges.map(([minMs, maxMs], at) => {
    params[`min${at}`] = minMs;
    params[`max${at}`] = maxMs;
    return `${time} BETWEEN fromUnixTimestamp64Milli({min${at}:Int64}, 'UTC') AND fromUnixTimestamp64Milli({max${at}:Int64}, 'UTC')`;
  });
  return { sql: parts.length === 0 ? 'false' : `(${parts.join(' OR ')})`, params };
}

/**
 * A file's rows carry the same bytes with and without dictionaries, and read as plain text they are read in a quarter
 * of the time: the table's dictionaries are then made for whole columns, not looked up value by value.
 */
const withoutDictionaries = (type: string): string => type.replaceAll(/LowCardinality\((\w+)\)/g, '$1');

/**
 * Rows of the file that are not in the table: neither from an earlier request, nor from this very batch before a
 * crash. The search is bounded by the event times the file covers; a resend carries the same time.
 */
export function loadInsert(load: Load): RowBinaryInsert {
  const layout = load.layout ?? ROW_LAYOUT[load.table];
  const { key, time } = IDENTITY[load.table];
  const range = within(time, load.ranges);
  // A file of another version may hold columns that the table does not have, and lack some: those get their defaults.
  const known = new Set(ROW_LAYOUT[load.table].map(([name]) => name));
  const names = layout.map(([name]) => name).filter((name) => known.has(name));
  return {
    table: load.table,
    columns: [...names, 'loaded_at', 'loader', 'batch'],
    structure: layout.map(([name, type]) => `${name} ${withoutDictionaries(type)}`).join(', '),
    select: [
      ...names,
      "fromUnixTimestamp64Milli({loadedAtMs:Int64}, 'UTC')",
      '{loader:String}',
      '{batch:String}',
    ],
    tail: `WHERE ${range.sql} AND (${key}) NOT IN (
      SELECT ${key} FROM ${load.table} WHERE project IN {projects:Array(String)} AND ${range.sql}
    ) LIMIT 1 BY ${key}`,
    params: {
      ...range.params,
      loadedAtMs: load.loadedAtMs,
      loader: load.loader,
      batch: load.batch,
      projects: load.projects,
    },
    file: load.file,
    token: `${load.batch} ${load.table} ${markOf(layout)} ${load.ranges.map((one) => one.join('-')).join(' ')}`,
  };
}

export function storedQuery(
  table: TelemetryTable,
  batch: string,
  projects: readonly ProjectId[],
  ranges: readonly TimeRange[],
): Sql {
  const range = within(IDENTITY[table].time, ranges);
  return {
    sql: `SELECT toString(project) AS project, toUnixTimestamp(toStartOfMinute(received_at)) AS minute, toUInt32(count()) AS stored
      FROM ${table} WHERE project IN {projects:Array(String)} AND ${range.sql} AND batch = {batch:String}
      GROUP BY project, minute`,
    params: { ...range.params, batch, projects },
  };
}

type StoredRow = { readonly project: ProjectId; readonly minute: number; readonly stored: number };

export function createLoadStore(db: ClickhouseDb): LoadStore {
  /** Tokens of inserts that failed: whether the engine noted them, nobody knows. */
  const unsure = new Set<string>();
  return {
    load: async (load) => {
      const insert = loadInsert(load);
      const isRepeat = load.begunBefore === true || unsure.has(insert.token);
      unsure.add(insert.token);
      await db.insertRowBinary(insert);
      // The engine notes a token before it commits the part. An insert that ends in between (a full disk, a kill) leaves
      // a token without rows, and the same insert is then dropped for a repeat. So it is made once more under a token of
      // its own: of rows that are there it adds none.
      if (isRepeat)
        await db.insertRowBinary({ ...insert, token: `${insert.token} ${load.loader} ${load.loadedAtMs}` });
      unsure.delete(insert.token);
    },
    stored: async (table, batch, projects, ranges) => {
      const rows = await db.query<StoredRow>(storedQuery(table, batch, projects, ranges));
      return rows.map(
        ({ project, minute, stored }): StoredCount => ({ project, minuteMs: minute * 1_000, stored }),
      );
    },
  };
}
