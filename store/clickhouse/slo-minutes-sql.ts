import type { Sli } from '../../model/documents/slo.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import type { Sql } from '../ports/clickhouse.ts';
import type { MinuteRange } from '../ports/profiles.ts';
import type { SliDefinition, SloMinuteStore } from '../ports/slo-minutes.ts';
import { counted } from './current.ts';
import { inSegments, instantNs, timeIn, toNs } from './event-time.ts';

/** How long after a decision an outcome may come and still be counted; bounds what a join reads. */
export const OUTCOME_HORIZON_MS = 60 * DAY_MS;
/** An outcome's clock may be this much behind its decision's. */
const CLOCK_SKEW_MS = HOUR_MS;

const MINE = 'project = {project:String} AND system = {system:String}';

type Part = { readonly sql: string; readonly params: Readonly<Record<string, unknown>> };

/** Rows (minute, model_version, good, total) of the ranges. */
const COUNTED: { readonly [K in Sli['kind']]: (d: SliDefinition, ranges: readonly MinuteRange[]) => Part } = {
  latency: ({ sli }, ranges) => {
    const when = timeIn(ranges);
    const thresholdNs = sli.kind === 'latency' ? Math.round(sli.thresholdMs * 1e6) : 0;
    return {
      sql: `
SELECT minute, model_version, countIf(latency_ns <= {thresholdNs:UInt64}) AS good, count() AS total
FROM (
  SELECT toStartOfMinute(time) AS minute, model_version, latency_ns FROM decisions
  WHERE ${MINE} AND ${when.sql} AND latency_ns IS NOT NULL AND ${counted(`${MINE} AND ${when.sql}`)}
  LIMIT 1 BY minute, decision_id
) GROUP BY minute, model_version`,
      params: { ...when.params, thresholdNs },
    };
  },
  automation: ({ system }, ranges) => {
    const when = timeIn(ranges);
    return {
      sql: `
SELECT minute, model_version, countIf(actor = 'ai' AND route = 'auto' AND NOT has({deferred:Array(String)}, toString(value))) AS good, count() AS total
FROM (
  SELECT toStartOfMinute(time) AS minute, model_version, actor, route, value FROM decisions
  WHERE ${MINE} AND ${when.sql} AND ${counted(`${MINE} AND ${when.sql}`)}
  LIMIT 1 BY minute, decision_id
) GROUP BY minute, model_version`,
      params: { ...when.params, deferred: system.deferred },
    };
  },
  correctness: ({ system }, ranges) => judgedSql(system, ranges),
};

/**
 * The engine's twin of `judge` in model/correctness.ts: a decision counts once, in the minute of the outcome that
 * decides it. Outcomes of the ranges name the decisions; all outcomes of these are weighed, so one that was replaced
 * since does not count where it was.
 */
function judgedSql(system: SliDefinition['system'], ranges: readonly MinuteRange[]): Part {
  const when = timeIn(ranges);
  const oldestMs = Math.min(...ranges.map((range) => range.fromMs));
  const newestMs = Math.max(...ranges.map((range) => range.toMs));
  const mine = MINE;
  const made = `${mine} AND time >= ${instantNs('lower')} AND time < ${instantNs('upper')}`;
  const ids = `SELECT decision_id FROM outcomes WHERE ${mine} AND ${when.sql}`;
  const rank = '(time, received_at, value)';
  return {
    sql: `
SELECT minute, model_version, countIf(correct) AS good, count() AS total
FROM (
  SELECT d.model_version AS model_version, NOT has({deferred:Array(String)}, d.value) AS judged,
    if(o.has_ruling, o.ruling.1, o.label.1) AS time, toStartOfMinute(time) AS minute,
    multiIf(o.has_ruling, o.ruling.2 = d.value,
      has({correctValues:Array(String)}, d.value), has(arrayElement({correctLabels:Array(Array(String))}, indexOf({correctValues:Array(String)}, d.value)), o.label.2),
      o.label.2 = d.value) AS correct
  FROM (
    SELECT decision_id, countIf(kind = 'ruling') > 0 AS has_ruling,
      argMaxIf((time, toString(value)), ${rank}, kind = 'ruling') AS ruling,
      argMaxIf((time, toString(value)), ${rank}, kind = 'label') AS label
    FROM outcomes WHERE ${mine} AND time >= ${instantNs('lower')} AND decision_id IN (${ids})
    GROUP BY decision_id
  ) AS o
  INNER JOIN (
    SELECT decision_id, toString(any(value)) AS value, toString(any(model_version)) AS model_version
    FROM decisions WHERE ${made} AND decision_id IN (${ids}) AND ${counted(made)}
    GROUP BY decision_id
  ) AS d ON d.decision_id = o.decision_id
)
WHERE judged AND ${when.sql}
GROUP BY minute, model_version`,
    params: {
      ...when.params,
      lower: toNs(Math.max(0, oldestMs - OUTCOME_HORIZON_MS)),
      upper: toNs(newestMs + CLOCK_SKEW_MS),
      deferred: system.deferred,
      correctValues: Object.keys(system.correct),
      correctLabels: Object.values(system.correct),
    },
  };
}

/** Minutes that were counted before and hold nothing now are written as zero: an older row would live on otherwise. */
export function countSql(
  project: string,
  system: string,
  definition: SliDefinition,
  ranges: readonly MinuteRange[],
  computedAtMs: number,
): Sql {
  const counted = COUNTED[definition.sli.kind](definition, ranges);
  const known = ranges.map(
    (_, i) =>
      `(minute >= toDateTime(${instantNs(`from${i}`)}, 'UTC') AND minute < toDateTime(${instantNs(`to${i}`)}, 'UTC'))`,
  );
  return {
    sql: `
INSERT INTO slo_minutes (project, system, slo, model_version, minute, good, total, computed_at)
SELECT {project:String}, {system:String}, {slo:String}, model_version, minute, sum(good), sum(total), fromUnixTimestamp64Milli({computedAt:Int64})
FROM (
  SELECT minute, toString(model_version) AS model_version, good, total FROM (${counted.sql})
  UNION ALL
  SELECT DISTINCT minute, toString(model_version) AS model_version, toUInt64(0) AS good, toUInt64(0) AS total FROM slo_minutes
  WHERE project = {project:String} AND slo = {slo:String} AND (${known.join(' OR ')})
)
GROUP BY minute, model_version`,
    params: { project, system, slo: definition.slo, computedAt: computedAtMs, ...counted.params },
  };
}

/** Minutes of closed outcomes whose decision, or whose successor, lies in the new segments. */
export function touchedSql(query: Parameters<SloMinuteStore['touchedMinutes']>[0]): Sql {
  const mine = 'project = {project:String} AND system = {system:String}';
  const decisions = inSegments(query.decisions, 'decisions');
  const outcomes = inSegments(query.outcomes, 'outcomes');
  return {
    sql: `
SELECT DISTINCT toUnixTimestamp(toStartOfMinute(time)) AS minute FROM outcomes
WHERE ${mine} AND time >= ${instantNs('lower')} AND time < ${instantNs('closed')} AND decision_id IN (
  SELECT decision_id FROM decisions WHERE ${mine} AND ${decisions.sql}
  UNION ALL
  SELECT decision_id FROM outcomes WHERE ${mine} AND ${outcomes.sql}
)
ORDER BY minute`,
    params: {
      project: query.project,
      system: query.system,
      ...decisions.params,
      ...outcomes.params,
      closed: toNs(query.closedBeforeMs),
      lower: toNs(Math.max(0, query.closedBeforeMs - OUTCOME_HORIZON_MS)),
    },
  };
}
