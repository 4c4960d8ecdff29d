import { type ProjectId, projectId } from '../../../model/ids.ts';
import { createLedger } from '../../../store/clickhouse/ledger.ts';
import type { ClickhouseDb } from '../../../store/ports/clickhouse.ts';
import type { LedgerEntry, LedgerStore } from '../../../store/ports/ledger.ts';
import type { Observed, Shown } from './checker.ts';
import {
  type ChaosRecord,
  type DecisionFacts,
  decisionRecord,
  type OutcomeFacts,
  outcomeRecord,
  type SpanFacts,
  spanRecord,
} from './records.ts';

/** Rows as they stand in the tables: nothing here folds repeats, which the product's own readers would. */
const DECISIONS = `SELECT toString(project) AS project, toString(system) AS system, decision_id AS id,
    toFloat64(toUnixTimestamp64Milli(time)) AS timeMs, toString(value) AS value, toString(model_version) AS version,
    score, num, cat, toUInt32(count()) AS times
  FROM decisions GROUP BY ALL`;
const OUTCOMES = `SELECT toString(project) AS project, toString(system) AS system, decision_id AS decisionId,
    toFloat64(toUnixTimestamp64Milli(time)) AS timeMs, toString(kind) AS kind, toString(value) AS value,
    toString(by) AS by, note, toUInt32(count()) AS times
  FROM outcomes WHERE NOT startsWith(loader, 'review-') GROUP BY ALL`;
/** A reviewer's ruling is an outcome too, some time after it was given: at most once. It was not ingested. */
const RULED_TWICE = `SELECT decision_id AS id FROM outcomes WHERE startsWith(loader, 'review-')
  GROUP BY id HAVING count() > 1`;
const SPANS = `SELECT toString(project) AS project, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId,
    toString(service) AS service, toString(name) AS name, toString(toUnixTimestamp64Nano(start_time)) AS startNs,
    toString(duration_ns) AS durationNs, attr_str AS text, attr_num AS num,
    mapApply((k, v) -> (k, toString(v)), attr_int) AS int, toUInt32(count()) AS times
  FROM spans GROUP BY ALL`;

type Times = { readonly times: number };

/** Every row of the tables that the workload fills. */
export async function readTelemetry(db: ClickhouseDb): Promise<Shown[]> {
  const shown: Shown[] = [];
  const add = (record: ChaosRecord, { times }: Times): number => shown.push({ ...record, times });
  for (const row of await db.query<DecisionFacts & Times>({ sql: DECISIONS })) add(decisionRecord(row), row);
  for (const row of await db.query<OutcomeFacts & Times>({ sql: OUTCOMES })) add(outcomeRecord(row), row);
  for (const row of await db.query<SpanFacts & Times>({ sql: SPANS })) add(spanRecord(row), row);
  for (const { id } of await db.query<{ id: string }>({ sql: RULED_TWICE }))
    shown.push({ place: 'rulings', key: id, hash: '', times: 2 });
  return shown;
}

const END_OF_TIME_MS = 4_000_000_000_000;

/** The ledger as the product itself reads it, of every project that has one. */
export async function readLedgers(db: ClickhouseDb, ledger: LedgerStore): Promise<LedgerEntry[]> {
  const projects = await db.query<{ project: string }>({
    sql: 'SELECT DISTINCT toString(project) AS project FROM ledger',
  });
  const read = (project: ProjectId): Promise<LedgerEntry[]> => ledger.read(project, 0, END_OF_TIME_MS);
  return (await Promise.all(projects.map((row) => read(projectId.parse(row.project))))).flat();
}

/** What one project has, where several tests share a store. */
export async function observeProject(db: ClickhouseDb, project: string): Promise<Observed> {
  const shown = await readTelemetry(db);
  const ledger = await readLedgers(db, createLedger(db));
  return {
    shown: shown.filter(({ key }) => key.startsWith(`${project} `)),
    ledger: ledger.filter((entry) => entry.project === project),
  };
}
