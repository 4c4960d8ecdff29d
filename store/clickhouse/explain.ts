import type { Side } from '../../model/explanation.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';
import {
  type ExplainedRow,
  type ExplainStore,
  FEATURE_FORMS,
  type FeatureForm,
  type FeatureSeen,
} from '../ports/explain.ts';
import { counted } from './current.ts';
import { instantNs, toNs } from './event-time.ts';
import { CORRECT, judgingParams, lastOutcomes } from './reads/judging.ts';

/** Decisions of one side. Segment keys and values are bound side by side. */
function sideSql(side: Side): { readonly sql: string; readonly params: Readonly<Record<string, unknown>> } {
  const keys = Object.keys(side.segments);
  const scope = `project = {project:String} AND system = {system:String} AND time >= ${instantNs('from')} AND time < ${instantNs('to')}`;
  return {
    sql: `${scope} AND ${counted(scope)}
      ${side.version === undefined ? '' : 'AND model_version = {version:String}'}
      AND arrayAll((k, v) -> toString(segments[k]) = v, {keys:Array(String)}, {values:Array(String)})`,
    params: {
      from: toNs(side.fromMs),
      to: toNs(side.toMs),
      keys,
      values: keys.map((key) => side.segments[key] ?? ''),
      ...(side.version === undefined ? {} : { version: side.version }),
    },
  };
}

const FORMS: Readonly<Record<FeatureForm, string>> = {
  number: 'num',
  category: 'cat',
  text: 'text',
  embedding: 'embedding',
};
const NAMED_FEATURES = FEATURE_FORMS.map(
  (form) => `arrayMap(k -> (toString(k), '${form}'), mapKeys(${FORMS[form]}))`,
).join(', ');
/** Decisions that are asked what they came from. */
const MOST_ASKED = 1_000;

type Row = Omit<ExplainedRow, 'half' | 'wrong'> & { readonly half: number; readonly right: number | null };

export function createExplainStore(db: ClickhouseDb): ExplainStore {
  return {
    sample: async (project, system, side, rule, limit) => {
      const where = sideSql(side);
      const params = { project, system, ...where.params };
      const [all] = await db.query<{ n: string }>({
        sql: `SELECT uniqExact(decision_id) AS n FROM decisions WHERE ${where.sql}`,
        params,
      });
      const decisions = Number(all?.n ?? 0);
      const every = Math.max(1, Math.ceil(decisions / limit));
      const mine = `${where.sql} AND cityHash64(decision_id) % {every:UInt32} = 0`;
      const rows = await db.query<Row>({
        sql: `
SELECT toUInt8(intDiv(cityHash64(decision_id), {every:UInt32}) % 2) AS half, version, value, score, num, cat, segments, ${CORRECT} AS right
FROM (
  SELECT decision_id, toString(system) AS system, toString(model_version) AS version, toString(value) AS value,
    if(isFinite(ifNull(score, nan)), score, NULL) AS score, CAST(num, 'Map(String, Float64)') AS num,
    CAST(cat, 'Map(String, String)') AS cat, CAST(segments, 'Map(String, String)') AS segments
  FROM decisions WHERE ${mine} LIMIT 1 BY decision_id
) AS d
LEFT JOIN (${lastOutcomes(`project = {project:String} AND system = {system:String} AND decision_id IN (SELECT decision_id FROM decisions WHERE ${mine})`)}) AS o USING decision_id
ORDER BY cityHash64(decision_id)`,
        params: { ...params, every, ...judgingParams([rule]) },
      });
      return {
        decisions,
        rows: rows.map(({ half, right, ...row }) => ({
          ...row,
          half: half === 0 ? 0 : 1,
          wrong: right === null ? null : right === 1 ? 0 : 1,
        })),
      };
    },
    series: async (project, system, side, of, slotMs) => {
      const where = sideSql(side);
      const y = of.value === undefined ? 'score' : 'toFloat64(value = {value:String})';
      const rows = await db.query<{ slot: string; n: string; sum: number | null; sumSq: number | null }>({
        sql: `
SELECT intDiv(toUnixTimestamp64Milli(time) - {fromMs:Int64}, {slotMs:Int64}) AS slot, count() AS n, sum(y) AS sum, sum(y * y) AS sumSq
FROM (SELECT time, ${y} AS y FROM decisions WHERE ${where.sql} LIMIT 1 BY decision_id)
WHERE isFinite(ifNull(y, nan))
GROUP BY slot ORDER BY slot`,
        params: {
          project,
          system,
          ...where.params,
          fromMs: side.fromMs,
          slotMs,
          ...(of.value === undefined ? {} : { value: of.value }),
        },
      });
      return rows.map((row) => ({
        startMs: side.fromMs + Number(row.slot) * slotMs,
        n: Number(row.n),
        sum: row.sum ?? 0,
        sumSq: row.sumSq ?? 0,
      }));
    },
    features: async (project, system, { fromMs, toMs }, limit) => {
      const where = sideSql({ fromMs, toMs, segments: {} });
      const params = { project, system, ...where.params };
      const [all] = await db.query<{ n: string }>({
        sql: `SELECT count() AS n FROM decisions WHERE ${where.sql}`,
        params,
      });
      const every = Math.max(1, Math.ceil(Number(all?.n ?? 0) / limit));
      const sample = `SELECT decision_id, time, [${NAMED_FEATURES}] AS named FROM decisions
        WHERE ${where.sql} AND cityHash64(decision_id) % {every:UInt32} = 0 LIMIT 1 BY decision_id`;
      type Seen = FeatureSeen & { readonly all: number };
      const rows = await db.query<Seen>({
        sql: `
SELECT one.1 AS feature, one.2 AS form, toFloat64(count()) AS decisions, toFloat64(min(place)) AS first, toFloat64(max(place)) AS last,
  toFloat64(toUnixTimestamp64Milli(min(previous))) AS beforeFirstMs, toFloat64(toUnixTimestamp64Milli(max(time))) AS lastMs, toFloat64(any(n)) AS all
FROM (
  SELECT time, previous, place, n, arrayJoin(arrayFlatten(named)) AS one FROM (
    SELECT time, named, row_number() OVER (ORDER BY time, decision_id) - 1 AS place, count() OVER () AS n,
      lagInFrame(time, 1, time) OVER (ORDER BY time, decision_id) AS previous FROM (${sample}))
) GROUP BY feature, form ORDER BY feature, form`,
        params: { ...params, every },
      });
      return { decisions: rows[0]?.all ?? 0, seen: rows.map(({ all: _all, ...seen }) => seen) };
    },
    upstream: async (project, system, { fromMs, toMs }, lookBackMs) => {
      const rows = await db.query<{ name: string }>({
        sql: `
SELECT toString(system) AS name FROM decisions
WHERE project = {project:String} AND system != {system:String} AND time >= ${instantNs('back')} AND time < ${instantNs('to')}
  AND decision_id IN (SELECT arrayJoin(upstream) FROM (
    SELECT decision_id, upstream FROM decisions
    WHERE project = {project:String} AND system = {system:String} AND time >= ${instantNs('from')} AND time < ${instantNs('to')} AND notEmpty(upstream)
    ORDER BY cityHash64(decision_id) LIMIT ${MOST_ASKED}))
GROUP BY name ORDER BY count() DESC, name`,
        params: {
          project,
          system,
          from: toNs(fromMs),
          back: toNs(Math.max(0, fromMs - lookBackMs)),
          to: toNs(toMs),
        },
      });
      return rows.map(({ name }) => name);
    },
  };
}
