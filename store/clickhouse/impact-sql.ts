import type { SystemSpec } from '../../model/documents/system.ts';
import { HOUR_MS } from '../../model/time.ts';
import type { Sql } from '../ports/clickhouse.ts';
import type { ImpactQuery, ImpactStore } from '../ports/impact.ts';
import { counted } from './current.ts';
import { instantNs, timeIn, toNs } from './event-time.ts';
import { LEVELS } from './profile-levels.ts';
import { binKeySql } from './profiles-sql.ts';
import { CORRECT, judgingParams, lastOutcomes } from './reads/judging.ts';

const MINE = 'project = {project:String} AND system = {system:String}';

/** Each level holds the same values, so each ranks them alike; an old stretch is known to the coarse ones only. */
export function segmentsSql(
  { project, system, range }: ImpactQuery,
  keys: readonly string[],
  limit: number,
): Sql {
  const parts = Object.values(LEVELS).map(
    ({ table, column, start }) => `
  SELECT toString(segment) AS segment, n + missing AS values FROM ${table}
  WHERE ${MINE} AND segment != '' AND ${column} >= ${start}(toDateTime({from:Int64}, 'UTC')) AND ${column} < toDateTime({to:Int64}, 'UTC')`,
  );
  return {
    sql: `
SELECT segment FROM (${parts.join(' UNION ALL')})
WHERE has({keys:Array(String)}, substringUTF8(segment, 1, positionUTF8(segment, '=') - 1))
GROUP BY segment ORDER BY sum(values) DESC, segment LIMIT {limit:UInt32}`,
    params: {
      project,
      system,
      keys,
      limit,
      from: Math.floor(range.fromMs / 1_000),
      to: Math.ceil(range.toMs / 1_000),
    },
  };
}

/** An outcome's clock may be this much behind its decision's. */
const CLOCK_SKEW_MS = HOUR_MS;

export function judgedSql(
  query: Parameters<ImpactStore['judged']>[0],
  spec: Pick<SystemSpec, 'correct' | 'deferred'>,
): Sql {
  const { project, system, range, modelVersion, segment } = query;
  const when = timeIn([range]);
  const version = modelVersion === undefined ? '' : 'AND model_version = {modelVersion:String}';
  const part =
    segment === undefined
      ? ''
      : "AND has(arrayMap((k, v) -> concat(k, '=', v), mapKeys(segments), mapValues(segments)), {segment:String})";
  const known = `${MINE} AND time >= ${instantNs('knownFrom')} AND time < ${instantNs('knownTo')}`;
  return {
    sql: `
SELECT count() AS decisions, countIf(correct IS NOT NULL) AS judged, countIf(correct = 0) AS wrong
FROM (
  SELECT ${CORRECT} AS correct
  FROM (
    SELECT decision_id, system_ AS system, value_ AS value FROM (
      SELECT decision_id, toString(any(system)) AS system_, toString(any(value)) AS value_ FROM decisions
      WHERE ${MINE} AND ${when.sql} AND ${counted(`${MINE} AND ${when.sql}`)} ${version} ${part}
      GROUP BY decision_id
    )
  ) AS made
  LEFT JOIN (${lastOutcomes(known)}) AS known USING decision_id
  WHERE NOT has({deferred:Array(String)}, concat(system, char(31), value))
)`,
    params: {
      project,
      system,
      ...when.params,
      ...(modelVersion === undefined ? {} : { modelVersion }),
      ...(segment === undefined ? {} : { segment }),
      knownFrom: toNs(Math.max(0, range.fromMs - CLOCK_SKEW_MS)),
      knownTo: toNs(query.knownBeforeMs),
      ...judgingParams([{ system, correct: spec.correct, deferred: spec.deferred }]),
    },
  };
}

/** 35 bins of 2 % double a number: coarse enough that a thousand decisions fill them. */
const BINS_PER_GROUP = 35;

export function associationsSql({ project, system, range }: ImpactQuery, rows: number): Sql {
  const when = timeIn([range]);
  const scope = `${MINE} AND ${when.sql}`;
  const from = `FROM decisions WHERE ${scope} AND ${counted(scope)} AND isFinite(ifNull(score, nan))`;
  return {
    sql: `
SELECT feature, if(n > groups AND total > 0, 1 - (1 - between / total) * (n - 1) / (n - groups), NULL) AS share
FROM (
  SELECT feature, count() AS groups, sum(c) AS n, sum(s * s / c) - sum(s) * sum(s) / sum(c) AS between,
    sum(ss) - sum(s) * sum(s) / sum(c) AS total
  FROM (
    SELECT value.1 AS feature, value.2 AS part, count() AS c, sum(score_) AS s, sum(score_ * score_) AS ss
    FROM (
      SELECT ifNull(score, 0.) AS score_, arrayJoin(arrayConcat(
        arrayMap((k, v) -> (toString(k), toString(intDiv(${binKeySql('v')}, ${BINS_PER_GROUP}))), mapKeys(num), mapValues(num)),
        arrayMap((k, v) -> (toString(k), toString(v)), mapKeys(cat), mapValues(cat)))) AS value
      ${from} AND cityHash64(decision_id) % greatest(1, intDiv((SELECT count() ${from}), {rows:UInt64})) = 0
    )
    GROUP BY feature, part
  )
  GROUP BY feature
)
ORDER BY feature`,
    params: { project, system, rows, ...when.params },
  };
}
