import { CONTRACT_FEATURE, CONTRACT_KEPT } from '../../model/contract-features.ts';
import { BIN_GROWTH, BIN_LARGEST, BIN_SMALLEST } from '../../model/numeric-bins.ts';
import { CONFIDENCE_FEATURE, SCORE_FEATURE, VALUE_FEATURE } from '../../model/own-features.ts';
import type { Sql } from '../ports/clickhouse.ts';
import type { MinuteRange, NewsQuery, ProfileLevel } from '../ports/profiles.ts';
import { current } from './current.ts';
import {
  type DerivedFrom,
  decisionsSql,
  derivedNamesSql,
  derivedSql,
  missingNameSql,
  withoutTimestampsSql,
} from './derived-sql.ts';
import { beyondCursors, instantNs, timeIn, toNs } from './event-time.ts';
import { LEVELS } from './profile-levels.ts';
import { keepSql } from './profile-rows-sql.ts';

/** The engine's twin of `binKey` in model/numeric-bins.ts. */
export const binKeySql = (value: string): string =>
  `if(${value} = 0, 0, toInt32(sign(${value}) * (1 + greatest(0, floor(log(least(abs(${value}), ${BIN_LARGEST}) / ${BIN_SMALLEST}) / log(${BIN_GROWTH}))))))`;

const NUMERIC = 1;
const CATEGORICAL = 2;

const ownNumber = (feature: string, column: string): string =>
  `if(isFinite(ifNull(${column}, nan)), [('${feature}', toUInt8(${NUMERIC}), toUInt8(0), ifNull(${column}, 0.), '')], [])`;

/** What the stretch has beyond numbers and categories; see derived-sql.ts. */
export function derivedNames(project: string, system: string, ranges: readonly MinuteRange[]): Sql {
  const when = timeIn(ranges);
  const where = `project = {project:String} AND system = {system:String} AND ${when.sql}`;
  return { sql: derivedNamesSql(where), params: { project, system, ...when.params } };
}

/**
 * Raw rows → one row per feature, version, segment and minute. From the inside out: one row per decision (a resend
 * falls here), one per segment, one per value, one per bin or category, one per profile.
 * Two steps of counting, because a map per raw value would cost more than all the rest.
 */
export function profileSql(
  project: string,
  system: string,
  ranges: readonly MinuteRange[],
  spec: {
    readonly segments: readonly string[];
    readonly categorical: readonly string[];
    readonly derived: DerivedFrom;
  },
  computedAtMs: number,
  level: ProfileLevel = 'minute',
): Sql {
  const when = timeIn(ranges);
  const made = `project = {project:String} AND system = {system:String} AND ${when.sql}`;
  const where = `${made} AND ${current(made)}`;
  const { derived } = spec;
  const counted = `
SELECT feature, model_version, segment, minute AS start, kind,
  sumIf(c, is_missing = 0) AS n, sumIf(c, is_missing = 1) AS missing,
  sum(s) AS sum_, sum(ss) AS sum_sq_, minIf(low, is_missing = 0) AS low_, maxIf(high, is_missing = 0) AS high_,
  CAST(groupArrayIf((bin, c), kind = ${NUMERIC} AND is_missing = 0), 'Array(Tuple(Int32, UInt64))') AS bins_, toUInt16(1) AS step_,
  CAST(groupArrayIf((category, c), kind = ${CATEGORICAL} AND is_missing = 0), 'Array(Tuple(String, UInt64))') AS categories_
FROM (
  SELECT minute, model_version, segment, value.1 AS feature, value.2 AS kind, value.3 AS is_missing,
    if(value.3 = 1, toInt32(0), ${binKeySql('value.4')}) AS bin, value.5 AS category,
    count() AS c, sum(value.4) AS s, sum(value.4 * value.4) AS ss, min(value.4) AS low, max(value.4) AS high
  FROM (
    SELECT minute, model_version, segment, arrayJoin(values) AS value
    FROM (
      SELECT minute, model_version, values,
        arrayJoin(arrayConcat([''], arrayMap(k -> concat(k, '=', toString(segments[k])), arrayFilter(k -> mapContains(segments, k), {segmentKeys:Array(String)})))) AS segment
      FROM (
        SELECT ${LEVELS[level].start}(time) AS minute, toString(model_version) AS model_version, segments,
          arrayConcat(if(quarantined, [], arrayConcat(${withoutTimestampsSql(
            derived,
            `arrayConcat(
            arrayMap((k, v) -> (toString(k), toUInt8(${NUMERIC}), toUInt8(not isFinite(v)), if(isFinite(v), v, 0.), ''), mapKeys(num), mapValues(num)),
            arrayMap((k, v) -> (toString(k), toUInt8(${CATEGORICAL}), toUInt8(0), 0., toString(v)), mapKeys(cat), mapValues(cat)),
            arrayMap(k -> (${missingNameSql(derived)}, toUInt8(if(has({categorical:Array(String)}, toString(k)), ${CATEGORICAL}, ${NUMERIC})), toUInt8(1), 0., ''), missing))`,
          )},
            ${derivedSql(derived)},
            ${ownNumber(SCORE_FEATURE, 'score')},
            ${ownNumber(CONFIDENCE_FEATURE, 'confidence')},
            [('${VALUE_FEATURE}', toUInt8(${CATEGORICAL}), toUInt8(0), 0., toString(value))]
          )), if(contract != '', [('${CONTRACT_FEATURE}', toUInt8(${CATEGORICAL}), toUInt8(0), 0., if(empty(violations), '${CONTRACT_KEPT}', toString(violations[1])))], [])
          ) AS values
        FROM ${decisionsSql(derived, where)}
        WHERE ${where}
        LIMIT 1 BY minute, decision_id
      )
    )
  )
  GROUP BY minute, model_version, segment, feature, kind, is_missing, bin, category
)
GROUP BY feature, model_version, segment, minute, kind`;
  return {
    sql: keepSql(level, counted),
    params: {
      project,
      system,
      ...when.params,
      segmentKeys: spec.segments,
      categorical: spec.categorical,
      ...derived,
      computedAt: computedAtMs,
    },
  };
}

/** New segments of `decisions` or `outcomes`. Rulings carry the clock of a person, so they do not move the watermark. */
export function newsSql(table: 'decisions' | 'outcomes', query: NewsQuery): Sql {
  const beyond = beyondCursors(query.cursors, 'news');
  const moves = table === 'outcomes' ? "kind = 'label' AND " : '';
  return {
    sql: `
SELECT toString(loader) AS loader, toUnixTimestamp64Milli(loaded_at) AS loadedAtMs, count() AS rows,
  toUnixTimestamp64Milli(min(time)) AS oldestMs,
  maxOrNullIf(toUnixTimestamp64Milli(time), ${moves}time <= ${instantNs('ahead')}) AS newestMs, countIf(time > ${instantNs('ahead')}) AS aheadRows,
  arraySort(groupUniqArrayIf(toUnixTimestamp(toStartOfMinute(time)), time < ${instantNs('closed')})) AS lateMinutes
FROM ${table}
WHERE project = {project:String} AND system = {system:String} AND ${beyond.sql}
GROUP BY loader, loaded_at
ORDER BY loaded_at, loader`,
    params: {
      project: query.project,
      system: query.system,
      ...beyond.params,
      ahead: toNs(query.aheadLimitMs),
      closed: toNs(Math.max(0, query.closedBeforeMs)),
    },
  };
}

export const volumeSql = (project: string, system: string, range: MinuteRange, bucketMs: number): Sql => {
  const when = timeIn([range]);
  return {
    sql: `
SELECT intDiv(toUnixTimestamp64Milli(time), {bucketMs:Int64}) * {bucketMs:Int64} AS startMs, count() AS rows
FROM decisions
WHERE project = {project:String} AND system = {system:String} AND ${when.sql}
GROUP BY startMs ORDER BY startMs`,
    params: { project, system, bucketMs, ...when.params },
  };
};

export const versionsSql = (project: string, system: string, range: MinuteRange): Sql => {
  const when = timeIn([range]);
  return {
    sql: `
SELECT toString(model_version) AS version, toUnixTimestamp64Milli(min(time)) AS firstSeenMs
FROM decisions
WHERE project = {project:String} AND system = {system:String} AND ${when.sql} AND model_version != ''
GROUP BY model_version ORDER BY firstSeenMs, version`,
    params: { project, system, ...when.params },
  };
};
