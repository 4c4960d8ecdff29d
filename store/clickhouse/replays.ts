import type { ProjectId } from '../../model/ids.ts';
import type { ClickhouseDb, Sql } from '../ports/clickhouse.ts';
import { ROW_LAYOUT } from '../ports/loads.ts';
import type { DecisionCursor } from '../ports/reads.ts';
import type {
  HeldAgainst,
  ReplayCandidate,
  ReplayRecord,
  ReplayScope,
  ReplayStore,
  Restated,
} from '../ports/replays.ts';
import { AS_IT_CAME, current } from './current.ts';
import { INSERT_SETTINGS } from './settings.ts';

/** Decisions in one insert: their values are bound, so they are part of the statement. */
const ROWS_PER_INSERT = 250;

const SCOPE = `project = {project:String} AND system = {system:String}
  AND time >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC') AND time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')`;
const BROKEN = `${SCOPE} AND (quarantined OR notEmpty(violations)) AND ${current(SCOPE)}`;
const HELD = 'toString(contract) AS contract, violations, quarantined, toString(mapping) AS mapping';

const scopeParams = ({ project, system, fromMs, toMs }: ReplayScope) => ({ project, system, fromMs, toMs });

const countSql = (scope: ReplayScope): Sql => ({
  sql: `SELECT toFloat64(uniqExact(decision_id)) AS n FROM decisions WHERE ${BROKEN}`,
  params: scopeParams(scope),
});

function pageSql(scope: ReplayScope, limit: number, after: DecisionCursor | undefined): Sql {
  const beyond =
    after === undefined
      ? ''
      : "AND (time, decision_id) > (fromUnixTimestamp64Nano({afterNs:Int64}, 'UTC'), {afterId:String})";
  return {
    sql: `SELECT decision_id AS id, toString(toUnixTimestamp64Nano(time)) AS timeNs, ${HELD} FROM decisions
      WHERE ${BROKEN} ${beyond} ORDER BY time, decision_id LIMIT 1 BY decision_id LIMIT {limit:UInt32}`,
    params: {
      ...scopeParams(scope),
      limit,
      ...(after === undefined ? {} : { afterNs: after.timeNs, afterId: after.id }),
    },
  };
}

/** The row that came in; of repeats the newest, as everywhere. */
const originals = (columns: string): string => `SELECT ${columns} FROM decisions
  WHERE ${SCOPE} AND time BETWEEN fromUnixTimestamp64Nano({firstNs:Int64}, 'UTC') AND fromUnixTimestamp64Nano({lastNs:Int64}, 'UTC')
    AND replayed_at = ${AS_IT_CAME} AND decision_id IN {ids:Array(String)}
  ORDER BY time DESC, received_at DESC LIMIT 1 BY decision_id`;

type Placed = { readonly id: string; readonly timeNs: string };
function placedParams(scope: ReplayScope, rows: readonly Placed[]) {
  const times = rows.map(({ timeNs }) => BigInt(timeNs)).sort((one, other) => (one < other ? -1 : 1));
  return {
    ...scopeParams(scope),
    ids: rows.map(({ id }) => id),
    firstNs: String(times[0] ?? 0n),
    lastNs: String(times.at(-1) ?? 0n),
  };
}

/** Columns that a replay says anew; all others are copied. */
const ANEW = ['num', 'cat', 'missing', 'contract', 'violations', 'quarantined'] as const;
const MAPPED = {
  num: "CAST(JSONExtract(n.features, 'num', 'Map(String, Float64)'), 'Map(LowCardinality(String), Float64)')",
  cat: "CAST(JSONExtract(n.features, 'cat', 'Map(String, String)'), 'Map(LowCardinality(String), LowCardinality(String))')",
  missing: "CAST(JSONExtract(n.features, 'missing', 'Array(String)'), 'Array(LowCardinality(String))')",
} as const;

function restateSql(
  scope: ReplayScope,
  rows: readonly Restated[],
  load: { readonly loader: string; readonly batch: string; readonly atMs: number },
): Sql {
  const copied = ROW_LAYOUT.decisions
    .map(([name]) => name)
    .filter((name) => !(ANEW as readonly string[]).includes(name));
  const columns = [...copied, ...ANEW, 'mapping', 'replayed_at', 'loaded_at', 'loader', 'batch'];
  const features = Object.entries(MAPPED).map(
    ([name, mapped]) => `if(n.features = '', o.${name}, ${mapped})`,
  );
  const at = "fromUnixTimestamp64Milli({atMs:Int64}, 'UTC')";
  return {
    sql: `INSERT INTO decisions (${columns.join(', ')}) SETTINGS ${INSERT_SETTINGS.join(', ')}
      SELECT ${copied.map((name) => `o.${name}`).join(', ')}, ${features.join(', ')}, n.contract, n.violations, n.quarantined, n.mapping,
        ${at}, ${at}, {loader:String}, {batch:String}
      FROM (${originals('*')}) AS o
      INNER JOIN (
        SELECT v.1 AS id, v.2 AS contract, v.3 AS violations, v.4 = 1 AS quarantined, v.5 AS mapping, v.6 AS features
        FROM (SELECT arrayJoin(arrayZip({ids:Array(String)}, {contracts:Array(String)}, {broken:Array(Array(String))},
          {held:Array(UInt8)}, {mappings:Array(String)}, {features:Array(String)})) AS v)
      ) AS n ON n.id = o.decision_id`,
    params: {
      ...placedParams(scope, rows),
      ...load,
      contracts: rows.map(({ contract }) => contract),
      broken: rows.map(({ violations }) => violations),
      held: rows.map(({ quarantined }) => (quarantined ? 1 : 0)),
      mappings: rows.map(({ mapping }) => mapping),
      features: rows.map(({ features: own }) => (own === undefined ? '' : JSON.stringify(own))),
    },
  };
}

const historySql = (project: ProjectId, id: string): Sql => ({
  sql: `SELECT ${HELD}, toFloat64(toUnixTimestamp64Milli(replayed_at)) AS atMs FROM decisions
    WHERE project = {project:String} AND decision_id = {id:String}
    ORDER BY replayed_at, time DESC, received_at DESC LIMIT 1 BY replayed_at LIMIT 100`,
  params: { project, id },
});

type RawHeld = Omit<HeldAgainst, 'quarantined'> & { readonly quarantined: boolean | number };
const heldOf = ({ contract, violations, quarantined, mapping }: RawHeld): HeldAgainst => ({
  contract,
  violations,
  quarantined: Boolean(quarantined),
  mapping,
});

export function createReplayStore(db: ClickhouseDb): ReplayStore {
  return {
    count: async (scope) => (await db.query<{ n: number }>(countSql(scope)))[0]?.n ?? 0,
    candidates: async (scope, limit, after) => {
      const page = await db.query<RawHeld & Placed>(pageSql(scope, limit, after));
      if (page.length === 0) return [];
      const came = await db.query<Omit<ReplayCandidate, keyof HeldAgainst | 'timeNs'>>({
        sql: originals('decision_id AS id, num, cat, missing, text AS texts, embedding AS embeddings'),
        params: placedParams(scope, page),
      });
      const byId = new Map(came.map((one) => [one.id, one]));
      return page.flatMap((row) => {
        const features = byId.get(row.id);
        return features === undefined
          ? []
          : [{ ...features, ...heldOf(row), id: row.id, timeNs: row.timeNs }];
      });
    },
    restate: async (scope, rows, load) => {
      for (let from = 0; from < rows.length; from += ROWS_PER_INSERT)
        await db.command(restateSql(scope, rows.slice(from, from + ROWS_PER_INSERT), load));
    },
    history: async (project, id) => {
      const rows = await db.query<RawHeld & { atMs: number }>(historySql(project, id));
      return rows.map(
        (row): ReplayRecord => ({ ...heldOf(row), replayedAtMs: row.atMs === 0 ? null : row.atMs }),
      );
    },
  };
}
