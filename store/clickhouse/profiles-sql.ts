import { CONTRACT_FEATURE, CONTRACT_KEPT } from '../../model/contract-features.ts';
import { BIN_GROWTH, BIN_SMALLEST } from '../../model/numeric-bins.ts';
import type { Sql } from '../ports/clickhouse.ts';
import type { MinuteRange, NewsQuery, SummaryQuery } from '../ports/profiles.ts';
import { beyondCursors, instantNs, timeIn, toNs } from './event-time.ts';

/** The engine's twin of `binKey` in model/numeric-bins.ts. */
export const binKeySql = (value: string): string =>
  `if(${value} = 0, 0, toInt32(sign(${value}) * (1 + greatest(0, floor(log(abs(${value}) / ${BIN_SMALLEST}) / log(${BIN_GROWTH}))))))`;

/** Categories kept per feature and minute; the rest share one key. */
const TOP_CATEGORIES = 100;
export const SCORE_FEATURE = '@score';

const NUMERIC = 1;
const CATEGORICAL = 2;
const RANKED = `arraySort(x -> (-toInt64(x.2), x.1), groupArrayIf((category, c), kind = ${CATEGORICAL} AND is_missing = 0))`;
/** As the engine writes OTHER_CATEGORY of model/distribution.ts. */
const OTHER_KEY = "'\\0other'";

/**
 * Raw rows → one row per feature, version, segment and minute. From the inside out: one row per decision (a resend
 * falls here), one per segment, one per value, one per bin or category, one per profile.
 * Two steps of counting, because a map per raw value would cost more than all the rest.
 */
export function profileSql(
  project: string,
  system: string,
  ranges: readonly MinuteRange[],
  spec: { readonly segments: readonly string[]; readonly categorical: readonly string[] },
  computedAtMs: number,
): Sql {
  const when = timeIn(ranges);
  const sql = `
INSERT INTO feature_profiles (project, system, feature, model_version, segment, minute, kind, n, missing, sum, sum_sq, min, max, bins, categories, computed_at)
SELECT {project:String}, {system:String}, feature, model_version, segment, minute, kind,
  sumIf(c, is_missing = 0) AS n, sumIf(c, is_missing = 1) AS missing,
  sum(s), sum(ss), if(kind = ${NUMERIC} AND n > 0, minIf(low, is_missing = 0), 0), if(kind = ${NUMERIC} AND n > 0, maxIf(high, is_missing = 0), 0),
  CAST(arraySort(groupArrayIf((bin, c), kind = ${NUMERIC} AND is_missing = 0)), 'Map(Int32, UInt64)'),
  CAST(arrayConcat(arraySlice(${RANKED}, 1, ${TOP_CATEGORIES}), if(length(${RANKED}) > ${TOP_CATEGORIES}, [(${OTHER_KEY}, arraySum(arraySlice(arrayMap(x -> x.2, ${RANKED}), ${TOP_CATEGORIES + 1})))], [])), 'Map(String, UInt64)'),
  fromUnixTimestamp64Milli({computedAt:Int64})
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
        SELECT toStartOfMinute(time) AS minute, toString(model_version) AS model_version, segments,
          arrayConcat(if(quarantined, [], arrayConcat(
            arrayMap((k, v) -> (toString(k), toUInt8(${NUMERIC}), toUInt8(not isFinite(v)), if(isFinite(v), v, 0.), ''), mapKeys(num), mapValues(num)),
            arrayMap((k, v) -> (toString(k), toUInt8(${CATEGORICAL}), toUInt8(0), 0., toString(v)), mapKeys(cat), mapValues(cat)),
            arrayMap(k -> (toString(k), toUInt8(if(has({categorical:Array(String)}, toString(k)), ${CATEGORICAL}, ${NUMERIC})), toUInt8(1), 0., ''), missing),
            if(isFinite(ifNull(score, nan)), [('${SCORE_FEATURE}', toUInt8(${NUMERIC}), toUInt8(0), ifNull(score, 0.), '')], [])
          )), if(contract != '', [('${CONTRACT_FEATURE}', toUInt8(${CATEGORICAL}), toUInt8(0), 0., if(empty(violations), '${CONTRACT_KEPT}', toString(violations[1])))], [])
          ) AS values
        FROM decisions
        WHERE project = {project:String} AND system = {system:String} AND ${when.sql}
        LIMIT 1 BY minute, decision_id
      )
    )
  )
  GROUP BY minute, model_version, segment, feature, kind, is_missing, bin, category
)
GROUP BY feature, model_version, segment, minute, kind`;
  return {
    sql,
    params: {
      project,
      system,
      ...when.params,
      segmentKeys: spec.segments,
      categorical: spec.categorical,
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
  maxOrNullIf(toUnixTimestamp64Milli(time), ${moves}time <= ${instantNs('ahead')}) AS newestMs,
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

/** Of each minute the last restatement; equal instants are told apart by rows only ever being added. */
export function slotsSql(query: SummaryQuery & { readonly slotMs: number }): Sql {
  const features = query.features ? 'AND feature IN {features:Array(String)}' : '';
  const version = query.modelVersion === undefined ? '' : 'AND model_version = {modelVersion:String}';
  return {
    sql: `
SELECT toString(feature) AS feature, intDiv(toInt64(toUnixTimestamp(minute)) * 1000 - {fromMs:Int64}, {slotMs:Int64}) AS slot,
  sum(r.2) AS missing, sum(r.3) AS sum, sum(r.4) AS sumSq,
  minOrNullIf(r.5, kind = 'numeric' AND r.1 > 0) AS min, maxOrNullIf(r.6, kind = 'numeric' AND r.1 > 0) AS max,
  sumMap(r.7) AS bins, sumMap(r.8) AS categories, sumMap(map(toString(model_version), r.1)) AS versions
FROM (
  SELECT feature, model_version, minute, kind,
    argMax((n, missing, sum, sum_sq, min, max, bins, categories), (computed_at, n + missing)) AS r
  FROM feature_profiles
  WHERE project = {project:String} AND system = {system:String} AND segment = {segment:String}
    AND minute >= toDateTime(intDiv({fromMs:Int64}, 1000), 'UTC') AND minute < toDateTime(intDiv({toMs:Int64}, 1000), 'UTC') ${features} ${version}
  GROUP BY feature, model_version, minute, kind
)
GROUP BY feature, slot
ORDER BY slot, feature`,
    params: {
      project: query.project,
      system: query.system,
      segment: query.segment ?? '',
      fromMs: query.fromMs,
      toMs: query.toMs,
      slotMs: query.slotMs,
      ...(query.features ? { features: query.features } : {}),
      ...(query.modelVersion === undefined ? {} : { modelVersion: query.modelVersion }),
    },
  };
}
