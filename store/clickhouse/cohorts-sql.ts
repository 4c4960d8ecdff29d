import type { PerformanceTask } from '../../model/documents/monitor/performance.ts';
import { DELAY_EDGES_MS, LABEL_HORIZON_MS } from '../../model/label-delays.ts';
import { NO_SCORE, PROBABILITY_EDGES } from '../../model/score-bins.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import type { Sql } from '../ports/clickhouse.ts';
import type { CellQuery, CohortDefinition, CohortStore, Known } from '../ports/cohorts.ts';
import type { MinuteRange } from '../ports/profiles.ts';
import { counted } from './current.ts';
import { beyondCursors, instantNs, timeIn, toNs } from './event-time.ts';
import { binKeySql } from './profiles-sql.ts';

/** An outcome's clock may be this much behind its decision's. */
const CLOCK_SKEW_MS = HOUR_MS;
const UNKNOWN_DELAY = 255;
/** ln 0 would say that one mistake costs everything: probabilities are taken to be at least this far from 0 and 1. */
const LEAST_PROBABILITY = 1e-15;

const EDGES = `[${DELAY_EDGES_MS.join(', ')}]`;
const MINE = 'project = {project:String} AND system = {system:String}';
/** Edges as the key counts them, so that no rounding decides on which side of one a score falls. */
const BIN = `multiIf(isNull(p0), toInt32(${NO_SCORE}), p0 >= 0 AND p0 <= 1,
    toInt32(round(roundDown(assumeNotNull(p0), [${PROBABILITY_EDGES.join(', ')}]) * 10000)),
    p0 < 0, least(-1, ${binKeySql('assumeNotNull(p0)')}), 10001 + greatest(0, ${binKeySql('assumeNotNull(p0)')}))`;

const probabilityColumn = (task: PerformanceTask): string => {
  const none = "CAST(NULL, 'Nullable(Float64)')";
  if (task.kind === 'regression' || task.probability === 'none') return none;
  return `if(isFinite(ifNull(${task.probability}, nan)), ${task.probability}, NULL)`;
};

/** The last outcome of each decision: a ruling beats a label, as in model/correctness.ts. */
const outcomesSql = (where: string): string => {
  const rank = '(time, received_at, value)';
  return `
    SELECT decision_id, countIf(kind = 'ruling') > 0 AS has_ruling, count() AS outcomes,
      if(has_ruling, argMaxIf((time, toString(value)), ${rank}, kind = 'ruling'), argMaxIf((time, toString(value)), ${rank}, kind = 'label')) AS last
    FROM outcomes WHERE ${MINE} AND time >= ${instantNs('lower')} AND time < ${instantNs('upper')} AND decision_id IN (${where})
    GROUP BY decision_id`;
};

/** Decisions of the ranges, each once, with what turned out true of them; `sampled` says which of them, where not all. */
function joined(
  ranges: readonly MinuteRange[],
  columns: string,
  sampled: (mine: string) => string = (mine) => mine,
) {
  const when = timeIn(ranges);
  const mine = sampled(`${MINE} AND ${when.sql} AND ${counted(`${MINE} AND ${when.sql}`)}`);
  const sql = `
  SELECT d.*, toUnixTimestamp64Milli(o.last.1) - toUnixTimestamp64Milli(d.time) AS delay_ms, o.last.2 AS truth0,
    if(o.outcomes = 0, 'none', if(o.has_ruling, 'ruling', 'label')) AS truth_by0
  FROM (
    SELECT decision_id, time, toString(model_version) AS model_version, segments, toString(value) AS value, score, confidence${columns}
    FROM decisions WHERE ${mine} LIMIT 1 BY decision_id
  ) AS d
  LEFT JOIN (${outcomesSql(`SELECT decision_id FROM decisions WHERE ${mine}`)}) AS o ON o.decision_id = d.decision_id`;
  const lowerMs = Math.min(...ranges.map((range) => range.fromMs)) - CLOCK_SKEW_MS;
  const upperMs = Math.max(...ranges.map((range) => range.toMs)) + LABEL_HORIZON_MS;
  return { sql, params: { ...when.params, lower: toNs(Math.max(0, lowerMs)), upper: toNs(upperMs) } };
}

const predictionOf = (task: PerformanceTask): string =>
  task.kind === 'regression' && task.prediction === 'score' ? 'score' : 'toFloat64OrNull(value)';

/** A number that cannot be read is no label, and a decision without a number cannot be wrong by one. */
const regressionParts = (task: PerformanceTask) => {
  const y = 'toFloat64OrNull(truth0)';
  const f = predictionOf(task);
  const known = `truth_by0 != 'none' AND isFinite(ifNull(${y}, nan)) AND isFinite(ifNull(${f}, nan))`;
  return task.kind === 'regression'
    ? { known, y: `ifNull(${y}, 0.)`, e: `if(known, ifNull(${f}, 0.) - y, 0.)`, value: "''", truth: "''" }
    : { known: "truth_by0 != 'none'", y: '0.', e: '0.', value: 'value', truth: "if(known, truth0, '')" };
};

export function countSql(
  project: string,
  system: string,
  definition: CohortDefinition,
  ranges: readonly MinuteRange[],
  computedAtMs: number,
): Sql {
  const { task } = definition;
  const rows = joined(ranges, '');
  const parts = regressionParts(task);
  const at = 'fromUnixTimestamp64Milli({computedAt:Int64})';
  return {
    sql: `
INSERT INTO outcome_cohorts (project, system, monitor, hour, segment, model_version, value, truth, truth_by, bin, delay,
  n, p_sum, p_sq, log_p, log_q, error_sum, error_abs, error_sq, error_quad, ape_n, ape_sum, ape_sq, truth_sum, truth_sq,
  truth_cu, truth_quad, error_sq_truth, error_sq_truth_sq, computed_at)
SELECT {project:String}, {system:String}, {monitor:String}, hour, segment, model_version, value_, truth_, by_, bin, delay,
  count(), sum(p), sum(p * p), sum(log(greatest(p, ${LEAST_PROBABILITY}))), sum(log(greatest(1 - p, ${LEAST_PROBABILITY}))),
  sum(e), sum(abs(e)), sum(e * e), sum(e * e * e * e), countIf(known AND y != 0), sum(ape), sum(ape * ape),
  sumIf(y, known), sumIf(y * y, known), sumIf(y * y * y, known), sumIf(y * y * y * y, known), sum(e * e * y), sum(e * e * y * y), ${at}
FROM (
  SELECT toStartOfHour(time) AS hour, model_version, ${parts.known} AS known, ${parts.y} AS y, ${parts.e} AS e,
    if(known AND y != 0, abs(e / y), 0.) AS ape, ${parts.value} AS value_, ${parts.truth} AS truth_,
    if(known, truth_by0, 'none') AS by_, ${probabilityColumn(task)} AS p0, ${BIN} AS bin,
    if(p0 >= 0 AND p0 <= 1, assumeNotNull(p0), 0.) AS p,
    if(known, toUInt8(arrayCount(edge -> edge <= delay_ms, ${EDGES})), ${UNKNOWN_DELAY}) AS delay,
    arrayJoin(arrayConcat([''], arrayMap(k -> concat(k, '=', toString(segments[k])), arrayFilter(k -> mapContains(segments, k), {segmentKeys:Array(String)})))) AS segment
  FROM (${rows.sql})
)
GROUP BY hour, segment, model_version, value_, truth_, by_, bin, delay
UNION ALL
SELECT {project:String}, {system:String}, {monitor:String}, toDateTime(arrayJoin({hours:Array(UInt32)}), 'UTC'), '', '', '', '', 'none', ${NO_SCORE}, ${UNKNOWN_DELAY},
  0, 0., 0., 0., 0., 0., 0., 0., 0., 0, 0., 0., 0., 0., 0., 0., 0., 0., ${at}`,
    params: {
      ...rows.params,
      project,
      system,
      monitor: definition.monitor,
      segmentKeys: definition.segments,
      computedAt: computedAtMs,
      hours: ranges.flatMap(hoursOf),
    },
  };
}

/** Every hour of the ranges leaves a row, also when nothing is left in it: an older count would live on otherwise. */
const hoursOf = ({ fromMs, toMs }: MinuteRange): number[] =>
  Array.from(
    { length: Math.max(0, Math.round((toMs - fromMs) / HOUR_MS)) },
    (_, i) => (fromMs + i * HOUR_MS) / 1_000,
  );

export function touchedHoursSql(query: Parameters<CohortStore['touchedHours']>[0]): Sql {
  const decisions = beyondCursors(query.decisions, 'decisions');
  const outcomes = beyondCursors(query.outcomes, 'outcomes');
  return {
    sql: `
SELECT DISTINCT toUnixTimestamp(toStartOfHour(time)) AS hour FROM decisions
WHERE ${MINE} AND time >= ${instantNs('lower')} AND time < ${instantNs('closed')} AND ((${decisions.sql})
  OR decision_id IN (SELECT decision_id FROM outcomes WHERE ${MINE} AND ${outcomes.sql}))
ORDER BY hour`,
    params: {
      project: query.project,
      system: query.system,
      ...decisions.params,
      ...outcomes.params,
      closed: toNs(query.closedBeforeMs),
      lower: toNs(Math.max(0, query.closedBeforeMs - LABEL_HORIZON_MS - DAY_MS)),
    },
  };
}

/** The label's stretch is over: an instant inside it would count some of its labels and not others. */
const KNOWN: { readonly [K in Known['kind']]: string } = {
  all: `delay != ${UNKNOWN_DELAY}`,
  as_of: `delay < length(${EDGES}) AND toInt64(toUnixTimestamp(hour)) * 1000 + ${HOUR_MS} + arrayElement(${EDGES}, delay + 1) <= {knownMs:Int64}`,
  within: `delay < length(${EDGES}) AND arrayElement(${EDGES}, delay + 1) <= {knownMs:Int64}`,
};
const knownMs = (known: Known): number =>
  known.kind === 'as_of' ? known.atMs : known.kind === 'within' ? known.ms : 0;

/** Of each hour the last count; `LIMIT 1 BY`, because a count that was repeated leaves its rows twice until parts merge. */
const rowsSql = (where: string): string => `
  SELECT * FROM outcome_cohorts
  WHERE project = {project:String} AND monitor = {monitor:String} AND hour >= toDateTime(intDiv({fromMs:Int64}, 1000), 'UTC')
    AND hour < toDateTime(intDiv({toMs:Int64}, 1000), 'UTC') ${where} AND (hour, computed_at) IN (
      SELECT hour, max(computed_at) FROM outcome_cohorts
      WHERE project = {project:String} AND monitor = {monitor:String} AND hour >= toDateTime(intDiv({fromMs:Int64}, 1000), 'UTC')
        AND hour < toDateTime(intDiv({toMs:Int64}, 1000), 'UTC') GROUP BY hour)
  LIMIT 1 BY hour, segment, model_version, value, truth, truth_by, bin, delay`;

export function cellsSql(query: CellQuery): Sql {
  const where = [
    query.segment === undefined ? '' : 'AND segment = {segment:String}',
    query.modelVersion === undefined ? '' : 'AND model_version = {modelVersion:String}',
  ].join(' ');
  const known = KNOWN[query.known.kind];
  const sums = [
    'error_sum',
    'error_abs',
    'error_sq',
    'error_quad',
    'ape_n',
    'ape_sum',
    'ape_sq',
    'truth_sum',
    'truth_sq',
    'truth_cu',
    'truth_quad',
    'error_sq_truth',
    'error_sq_truth_sq',
  ];
  return {
    sql: `
SELECT intDiv(toInt64(toUnixTimestamp(hour)) * 1000 - {fromMs:Int64}, {slotMs:Int64}) AS slot, toString(segment) AS segment_,
  toString(value) AS value_, toString(truth) AS truth_, toString(truth_by) AS by_, bin,
  sum(n) AS n_, sumIf(n, is_known) AS known_, sum(p_sum) / n_ AS p, sum(p_sq) / n_ AS p2, sum(log_p) / n_ AS lp, sum(log_q) / n_ AS lq,
  ${sums.map((name) => `sumIf(${name}, is_known) AS ${name}_`).join(', ')}
FROM (SELECT *, ${known} AS is_known FROM (${rowsSql(where)}))
GROUP BY slot, segment_, value_, truth_, by_, bin
HAVING n_ > 0
ORDER BY slot, segment_, value_, truth_, by_, bin`,
    params: {
      project: query.project,
      monitor: query.monitor,
      fromMs: query.fromMs,
      toMs: query.toMs,
      slotMs: query.slotMs ?? Math.max(1, query.toMs - query.fromMs),
      knownMs: knownMs(query.known),
      ...(query.segment === undefined ? {} : { segment: query.segment }),
      ...(query.modelVersion === undefined ? {} : { modelVersion: query.modelVersion }),
    },
  };
}

/** Ages in the stretches of delays: what a cohort of that age can tell is the same within one. */
export function delaysSql(query: Parameters<CohortStore['delays']>[0]): Sql {
  return {
    sql: `
SELECT arrayCount(edge -> edge <= {toMs:Int64} - toInt64(toUnixTimestamp(hour)) * 1000 - ${HOUR_MS}, ${EDGES}) AS age,
  if(${KNOWN.as_of}, delay, ${UNKNOWN_DELAY}) AS delay_, sum(n) AS n_
FROM (${rowsSql("AND segment = ''")})
WHERE toInt64(toUnixTimestamp(hour)) * 1000 + ${HOUR_MS} <= {toMs:Int64}
GROUP BY age, delay_ HAVING n_ > 0 ORDER BY age, delay_`,
    params: {
      project: query.project,
      monitor: query.monitor,
      fromMs: query.fromMs,
      toMs: query.atMs,
      knownMs: query.atMs,
    },
  };
}

export function errorRowsSql(
  project: string,
  system: string,
  task: PerformanceTask,
  range: MinuteRange,
  options: { readonly limit: number; readonly knownAtMs: number },
): Sql {
  // Chosen by ids and predictions alone: maps and outcomes are read of the chosen few, however many there are.
  const rows = joined(
    [range],
    ', num, cat',
    (mine) => `${mine} AND decision_id IN (
      SELECT decision_id FROM decisions WHERE ${mine} AND isFinite(ifNull(${predictionOf(task)}, nan))
      ORDER BY cityHash64(decision_id) LIMIT {limit:UInt32})`,
  );
  return {
    sql: `
SELECT CAST(num, 'Map(String, Float64)') AS num, CAST(cat, 'Map(String, String)') AS cat, ${predictionOf(task)} AS prediction,
  if(truth_by0 != 'none' AND toUnixTimestamp64Milli(time) + delay_ms <= {knownAtMs:Int64}, toFloat64OrNull(truth0), NULL) AS truth
FROM (${rows.sql})
WHERE isFinite(ifNull(prediction, nan))
ORDER BY cityHash64(decision_id) LIMIT {limit:UInt32}`,
    params: { ...rows.params, project, system, limit: options.limit, knownAtMs: options.knownAtMs },
  };
}
export const NO_DELAY = UNKNOWN_DELAY;
