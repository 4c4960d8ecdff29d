import type { ProjectId } from '../../../model/ids.ts';
import type { Sql } from '../../ports/clickhouse.ts';
import type { DecisionCursor, DecisionFilter, FacetName, JudgingRule } from '../../ports/reads.ts';
import { AS_IT_CAME } from '../current.ts';
import { type Base, matching, needsOutcomes, outcomeFilter, ownWhere } from './filter.ts';
import { CORRECT, judgingParams, lastOutcomes, OUTCOME } from './judging.ts';

/** Values in a histogram; rarer ones are together. */
const HISTOGRAM_VALUES = 12;

const AFTER = `(time, decision_id) < (fromUnixTimestamp64Nano({afterNs:Int64}, 'UTC'), {afterId:String})`;
const afterParams = (after: DecisionCursor | undefined) =>
  after === undefined ? {} : { afterNs: after.timeNs, afterId: after.id };

/** The columns of a list row; `time` and the outcome columns must be in reach. */
export const ROW = `decision_id AS id, system,
  toUnixTimestamp64Nano(time) AS timeNs, value, toString(actor) AS actor, model_version AS modelVersion,
  policy_version AS policyVersion, score, confidence, toString(route) AS route, lower(hex(trace_id)) AS trace,
  ${OUTCOME} AS outcome, ${CORRECT} AS correct`;

/** The judged decisions with `outcome` and `correct`, filtered by them. */
function judged(filter: DecisionFilter, select: string): Base {
  const base = matching(filter, true);
  const narrow = outcomeFilter(filter);
  return {
    from: `(SELECT ${select} FROM (SELECT *, at AS time, ${OUTCOME} AS outcome, ${CORRECT} AS correct FROM ${base.from}) ${narrow.from})`,
    params: { ...base.params, ...narrow.params },
  };
}

/**
 * Newest first. Without a filter on outcomes the raw rows are read in order and stop at the limit; a copy with an
 * older time is told from its decision by `newestNs` afterwards, so that no page shows a decision twice.
 */
export function pageSql(filter: DecisionFilter, limit: number, after?: DecisionCursor): Sql {
  if (needsOutcomes(filter)) {
    const base = judged(filter, '*');
    return {
      sql: `SELECT decision_id AS id, system, toUnixTimestamp64Nano(time) AS timeNs, value,
          toString(actor) AS actor, model_version AS modelVersion, policy_version AS policyVersion, score,
          confidence, toString(route) AS route, lower(hex(trace_id)) AS trace, outcome, correct, timeNs AS newestNs
        FROM ${base.from} ${after === undefined ? '' : `WHERE ${AFTER}`}
        ORDER BY time DESC, decision_id DESC LIMIT {limit:UInt32}`,
      params: { ...base.params, ...afterParams(after), limit },
    };
  }
  const own = ownWhere(filter);
  const page = `SELECT * FROM decisions WHERE ${own.from} ${after === undefined ? '' : `AND ${AFTER}`}
    ORDER BY time DESC, decision_id DESC LIMIT 1 BY decision_id LIMIT {limit:UInt32}`;
  const ids = `decision_id IN (SELECT decision_id FROM (${page}))`;
  return {
    sql: `SELECT ${ROW}, toUnixTimestamp64Nano(newest) AS newestNs FROM (${page}) AS p
      LEFT JOIN (${lastOutcomes(`project = {project:String} AND ${ids}`)}) AS o USING (decision_id)
      LEFT JOIN (SELECT decision_id, max(time) AS newest FROM decisions
        WHERE ${own.from} AND ${ids} GROUP BY decision_id) AS n USING (decision_id)
      ORDER BY time DESC, decision_id DESC`,
    params: { ...own.params, ...judgingParams(filter.rules), ...afterParams(after), limit },
  };
}

export function histogramSql(filter: DecisionFilter, bucketMs: number): Sql {
  const base = needsOutcomes(filter) ? judged(filter, 'at, value') : matching(filter, false);
  const bucket = 'intDiv(toUnixTimestamp64Milli(at), {bucketMs:Int64}) * {bucketMs:Int64}';
  return {
    sql: `SELECT toFloat64(${bucket}) AS tMs, toString(value) AS key, toFloat64(count()) AS n
      FROM ${base.from} GROUP BY tMs, key ORDER BY tMs, key`,
    params: { ...base.params, bucketMs },
  };
}

/** Keeps the most frequent values apart, and the rest together. */
export function foldRare<P extends { readonly tMs: number; readonly key: string; readonly n: number }>(
  points: readonly P[],
): { readonly tMs: number; readonly key: string; readonly n: number }[] {
  const totals = new Map<string, number>();
  for (const { key, n } of points) totals.set(key, (totals.get(key) ?? 0) + n);
  if (totals.size <= HISTOGRAM_VALUES) return [...points];
  const kept = new Set(
    [...totals]
      .sort((a, b) => b[1] - a[1])
      .slice(0, HISTOGRAM_VALUES)
      .map(([key]) => key),
  );
  const folded = new Map<number, number>();
  for (const { tMs, key, n } of points) if (!kept.has(key)) folded.set(tMs, (folded.get(tMs) ?? 0) + n);
  return [
    ...points.filter((point) => kept.has(point.key)),
    ...[...folded].map(([tMs, n]) => ({ tMs, key: 'other', n })),
  ];
}

const FACET_COLUMNS: Record<FacetName, string> = {
  system: 'toString(system)',
  value: 'toString(value)',
  actor: 'toString(actor)',
  version: 'toString(model_version)',
  route: 'toString(route)',
  outcome: 'toString(outcome)',
  correct: "multiIf(isNull(correct), 'unknown', correct = 1, 'true', 'false')",
};

export function facetsSql(filter: DecisionFilter, names: readonly FacetName[], limit: number): Sql {
  const base = judged(filter, '*');
  const pairs = names.map((name) => `('${name}', ${FACET_COLUMNS[name]})`);
  return {
    sql: `SELECT facet.1 AS name, facet.2 AS value, toFloat64(count()) AS n
      FROM (SELECT arrayJoin([${pairs.join(', ')}]) AS facet FROM ${base.from})
      GROUP BY name, value ORDER BY n DESC, value LIMIT {limit:UInt32} BY name`,
    params: { ...base.params, limit },
  };
}

export function decisionSql(project: ProjectId, id: string, rules: readonly JudgingRule[]): Sql {
  const one = 'project = {project:String} AND decision_id = {id:String}';
  return {
    sql: `SELECT ${ROW}, model, policy, weight, latency_ns / 1e6 AS latencyMs,
        toFloat64(toUnixTimestamp64Milli(received_at)) AS receivedAtMs, toString(source) AS source, num, cat,
        missing, text, embedding, segments, upstream, lower(hex(span_id)) AS span,
        trace_state AS traceState, toFloat64(copies) AS copies,
        toString(contract) AS contract, violations, quarantined,
        toFloat64(toUnixTimestamp64Milli(replayed_at)) AS replayed
      FROM (SELECT *, countIf(replayed_at = ${AS_IT_CAME}) OVER () AS copies FROM decisions WHERE ${one}
        ORDER BY replayed_at DESC, time DESC, received_at DESC LIMIT 1) AS d
      LEFT JOIN (${lastOutcomes(one)}) AS o USING (decision_id)`,
    params: { project, id, ...judgingParams(rules) },
  };
}

/** A resend of an outcome is the same outcome. */
export const outcomesSql = (project: ProjectId, id: string): Sql => ({
  sql: `SELECT toString(kind) AS kind, value, by, toFloat64(toUnixTimestamp64Milli(time)) AS timeMs, note
    FROM outcomes WHERE project = {project:String} AND decision_id = {id:String}
    ORDER BY time, received_at LIMIT 1 BY kind, value, by, time LIMIT 100`,
  params: { project, id },
});

/** A span that was sent twice is one span. */
export const traceSql = (project: ProjectId, traceId: string, limit: number): Sql => ({
  sql: `SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent,
      trace_state AS traceState, service, name, kind, toString(toUnixTimestamp64Nano(start_time)) AS startNs,
      toString(duration_ns) AS durationNs, status_code AS status, status_message AS statusMessage,
      attr_str, mapApply((k, v) -> (k, toString(v)), attr_int) AS attr_int, attr_num, attr_bool, attr_json, events
    FROM spans WHERE project = {project:String} AND trace_id = unhex({traceId:String})
    ORDER BY start_time, span_id LIMIT 1 BY span_id LIMIT {limit:UInt32}`,
  params: { project, traceId, limit },
});
