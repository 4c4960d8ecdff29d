import { BIN_STEPS, MOST_BINS } from '../../model/numeric-bins.ts';
import type { Sql } from '../ports/clickhouse.ts';
import type { MinuteRange, ProfileLevel, ProfileLevels, SummaryQuery } from '../ports/profiles.ts';
import { LEVELS, piecesOf } from './profile-levels.ts';

/** Categories kept per row; the rest share one key. Their names share 3,600 bytes, so that a row stays under 10 kB. */
export const TOP_CATEGORIES = 100;
export const CATEGORY_BYTES = 3_600;
/** As the engine writes OTHER_CATEGORY of model/distribution.ts. */
const OTHER_KEY = "'\\0other'";

/** The engine's twin of `coarseKey` in model/numeric-bins.ts. */
const coarseKeySql = (key: string, step: string): string =>
  `if(${key} = 0 OR ${step} = 1, ${key}, toInt32(sign(${key}) * (intDiv(abs(${key}) - 1, ${step}) * ${step} + intDiv(${step}, 2) + 1)))`;

const MEASURES = 'n, missing, sum, sum_sq, min, max, bins, bin_step, categories';

/**
 * Bounds what was counted, whatever came: at most 512 bins, coarser ones where there would be more; at most a hundred
 * categories, most frequent first. Takes feature, model_version, segment, start, kind, n, missing, sum_, sum_sq_, low_,
 * high_, bins_ (pairs), step_ (the coarsest of its parts), categories_ (pairs).
 */
const boundedSql = (counted: string): string => `
SELECT feature, model_version, segment, start, kind, n, missing, sum_ AS sum, sum_sq_ AS sum_sq, low AS min, high AS max,
  if(step = 1, CAST(arraySort(bins_), 'Map(Int32, UInt64)'), arrayReduce('sumMap', arrayMap(b -> map(${coarseKeySql('b.1', 'step')}, b.2), bins_))) AS bins,
  toUInt16(step) AS bin_step,
  CAST(if(rest = 0, top, arrayPushBack(top, (${OTHER_KEY}, toUInt64(rest)))), 'Map(String, UInt64)') AS categories
FROM (
  SELECT *, arraySum(arrayMap(x -> x.2, categories_)) - arraySum(arrayMap(x -> x.2, top)) AS rest,
    if(length(bins_) <= ${MOST_BINS}, step_, arrayFirst(s -> s >= step_ AND (length(arrayDistinct(arrayMap(b -> ${coarseKeySql('b.1', 's')}, bins_))) <= ${MOST_BINS} OR s = ${BIN_STEPS.at(-1)}), [${BIN_STEPS.join(', ')}])) AS step
  FROM (
    SELECT *, arraySlice(ranked, 1, least(${TOP_CATEGORIES}, arrayCount(bytes -> bytes <= ${CATEGORY_BYTES}, arrayCumSum(arrayMap(x -> length(x.1) + 8, ranked))))) AS top
    FROM (
      SELECT * EXCEPT kind, CAST(kind, 'Enum8(\\'numeric\\' = 1, \\'categorical\\' = 2)') AS kind,
        if(low_ <= high_ AND n > 0, low_, 0) AS low, if(low_ <= high_ AND n > 0, high_, 0) AS high,
        arraySort(x -> (-toInt64(x.2), x.1), arrayFilter(x -> x.1 != ${OTHER_KEY}, categories_)) AS ranked
      FROM (${counted})
    )
  )
)`;

/** Bounded, into the level's table. Wants {project}, {system} and {computedAt}. */
export const keepSql = (level: ProfileLevel, counted: string): string => `
INSERT INTO ${LEVELS[level].table} (project, system, feature, model_version, segment, ${LEVELS[level].column}, kind, ${MEASURES}, computed_at)
SELECT {project:String}, {system:String}, feature, model_version, segment, start, kind, ${MEASURES}, fromUnixTimestamp64Milli({computedAt:Int64})
FROM (${boundedSql(counted)})`;

/** Bounded, as one reference. Wants {project} and {id}. */
export const keepReferenceSql = (counted: string): string => `
INSERT INTO reference_profiles (project, id, feature, segment, model_version, kind, ${MEASURES})
SELECT {project:String}, {id:String}, feature, segment, model_version, kind, ${MEASURES}
FROM (${boundedSql(counted)}) WHERE n + missing > 0`;

const instant = (name: string): string => `toDateTime({${name}:Int64}, 'UTC')`;

type Bound = { readonly sql: string; readonly params: Readonly<Record<string, unknown>> };

/** Rows of a level that start in one of the ranges. */
function startsIn(level: ProfileLevel, ranges: readonly MinuteRange[], prefix: string): Bound {
  const { column } = LEVELS[level];
  const params: Record<string, unknown> = {};
  const parts = ranges.map(({ fromMs, toMs }, i) => {
    params[`${prefix}From${i}`] = Math.floor(fromMs / 1_000);
    params[`${prefix}To${i}`] = Math.floor(toMs / 1_000);
    return `(${column} >= ${instant(`${prefix}From${i}`)} AND ${column} < ${instant(`${prefix}To${i}`)})`;
  });
  return { sql: parts.length === 0 ? '0' : `(${parts.join(' OR ')})`, params };
}

/**
 * The last restatement of each row of the pieces, whatever their levels. FINAL takes the row with the newest computed_at,
 * and of equals the one that was inserted last.
 */
function lastRowsSql(
  pieces: readonly { readonly level: ProfileLevel; readonly ranges: readonly MinuteRange[] }[],
  more: string,
): Bound {
  const parts = pieces.map(({ level, ranges }) => {
    const { table, column } = LEVELS[level];
    const when = startsIn(level, ranges, level);
    return {
      sql: `SELECT feature, model_version, segment, ${column} AS start, kind, ${MEASURES} FROM ${table} FINAL
    WHERE project = {project:String} AND system = {system:String} AND ${when.sql} ${more}`,
      params: when.params,
    };
  });
  return {
    sql: parts.map((part) => part.sql).join('\n  UNION ALL\n  '),
    params: Object.assign({}, ...parts.map((part) => part.params)),
  };
}

const SUMMED = `sum(t.n) AS n, sum(t.missing) AS missing, sum(t.sum) AS sum_, sum(t.sum_sq) AS sum_sq_, minIf(t.min, t.n > 0) AS low_, maxIf(t.max, t.n > 0) AS high_,
  CAST(sumMap(t.bins), 'Array(Tuple(Int32, UInt64))') AS bins_, max(t.bin_step) AS step_, CAST(sumMap(t.categories), 'Array(Tuple(String, UInt64))') AS categories_`;

const BELOW = { hour: 'minute', day: 'hour' } as const;

/** Rows of a level from those below it. Empty ones come along: they say that what was there before is gone. */
export function rollUpSql(
  project: string,
  system: string,
  level: 'hour' | 'day',
  ranges: readonly MinuteRange[],
  computedAtMs: number,
): Sql {
  const rows = lastRowsSql([{ level: BELOW[level], ranges }], '');
  const counted = `
SELECT feature, model_version, segment, ${LEVELS[level].start}(t.start) AS start, kind, ${SUMMED}
FROM (${rows.sql}) AS t
GROUP BY feature, model_version, segment, start, kind`;
  return {
    sql: keepSql(level, counted),
    params: { project, system, computedAt: computedAtMs, ...rows.params },
  };
}

/** Empty rows over those of the ranges that were not computed again. */
export function clearStaleSql(
  project: string,
  system: string,
  level: ProfileLevel,
  ranges: readonly MinuteRange[],
  computedAtMs: number,
): Sql {
  const { table, column } = LEVELS[level];
  const when = startsIn(level, ranges, 'stale');
  return {
    sql: `
INSERT INTO ${table} (project, system, feature, model_version, segment, ${column}, kind, n, missing, sum, sum_sq, min, max, bins, bin_step, categories, computed_at)
SELECT project, system, feature, model_version, segment, ${column}, kind, 0, 0, 0, 0, 0, 0, map(), 1, map(), fromUnixTimestamp64Milli({computedAt:Int64})
FROM ${table} FINAL
WHERE project = {project:String} AND system = {system:String} AND ${when.sql}
  AND computed_at < fromUnixTimestamp64Milli({computedAt:Int64}) AND n + missing > 0`,
    params: { project, system, computedAt: computedAtMs, ...when.params },
  };
}

const SLOT =
  'toInt32(greatest(0, intDiv(toInt64(toUnixTimestamp(t.start)) * 1000 - {fromMs:Int64}, {slotMs:Int64})))';

/** The pieces of a stretch, grouped by level. */
const byLevel = (query: MinuteRange & { readonly slotMs: number }, levels: ProfileLevels | undefined) =>
  [...Map.groupBy(piecesOf(query, levels), (piece) => piece.level)].map(([level, ranges]) => ({
    level,
    ranges,
  }));

type Slots = SummaryQuery & { readonly slotMs: number };

/** Slots that are rows of one level: nothing is left to be added up but the versions, and that the reader does. */
const areRows = (query: Slots, pieces: readonly { readonly level: ProfileLevel }[]): boolean =>
  pieces.length === 1 && pieces.every(({ level }) => LEVELS[level].ms === query.slotMs);

/** One row per feature and slot, or one per version and kind of it. Bins travel as differences of their keys: half the bytes, and no object to build. */
export function slotsSql(query: Slots, levels: ProfileLevels | undefined): Sql {
  const features = query.features ? 'AND feature IN {features:Array(String)}' : '';
  const version = query.modelVersion === undefined ? '' : 'AND model_version = {modelVersion:String}';
  const pieces = byLevel(query, levels);
  const rows = lastRowsSql(pieces, `AND segment = {segment:String} ${features} ${version}`);
  return {
    sql: `
SELECT feature, slot, missing, sum_ AS sum, sum_sq_ AS sumSq, low_ AS min, high_ AS max, step_ AS binStep,
  if(empty(bins_), 0, bins_[1].1) AS firstKey, arrayMap(x -> toInt32(x), arrayDifference(arrayMap(x -> x.1, bins_))) AS keySteps, arrayMap(x -> toFloat64(x.2), bins_) AS counts,
  mapApply((k, v) -> (k, toFloat64(v)), categories_) AS categories, mapApply((k, v) -> (k, toFloat64(v)), versions_) AS versions
FROM (${
      areRows(query, pieces)
        ? `
  SELECT toString(feature) AS feature, ${SLOT} AS slot,
    toFloat64(t.missing) AS missing, t.sum AS sum_, t.sum_sq AS sum_sq_,
    if(t.kind = 'numeric' AND t.n > 0, t.min, NULL) AS low_, if(t.kind = 'numeric' AND t.n > 0, t.max, NULL) AS high_,
    t.bin_step AS step_, CAST(t.bins, 'Array(Tuple(Int32, UInt64))') AS bins_, t.categories AS categories_,
    map(toString(t.model_version), t.n) AS versions_
  FROM (${rows.sql}) AS t
  WHERE t.n + t.missing > 0`
        : `
  SELECT toString(feature) AS feature, ${SLOT} AS slot,
    toFloat64(sum(t.missing)) AS missing, sum(t.sum) AS sum_, sum(t.sum_sq) AS sum_sq_,
    minOrNullIf(t.min, t.kind = 'numeric' AND t.n > 0) AS low_, maxOrNullIf(t.max, t.kind = 'numeric' AND t.n > 0) AS high_,
    max(t.bin_step) AS step_, CAST(sumMap(t.bins), 'Array(Tuple(Int32, UInt64))') AS bins_, sumMap(t.categories) AS categories_,
    sumMap(map(toString(t.model_version), t.n)) AS versions_
  FROM (${rows.sql}) AS t
  WHERE t.n + t.missing > 0
  GROUP BY feature, slot`
    }
)
ORDER BY slot, feature`,
    params: {
      project: query.project,
      system: query.system,
      segment: query.segment ?? '',
      fromMs: query.fromMs,
      slotMs: query.slotMs,
      ...rows.params,
      ...(query.features ? { features: query.features } : {}),
      ...(query.modelVersion === undefined ? {} : { modelVersion: query.modelVersion }),
    },
  };
}

/** Every segment of a stretch as one reference. */
export function referenceOfWindowSql(
  query: { readonly project: string; readonly system: string } & MinuteRange,
  id: string,
  levels: ProfileLevels | undefined,
  modelVersion: string | undefined,
): Sql {
  const whole = { ...query, slotMs: Math.max(1, query.toMs - query.fromMs) };
  const version = modelVersion === undefined ? '' : 'AND model_version = {modelVersion:String}';
  const rows = lastRowsSql(byLevel(whole, levels), version);
  return {
    sql: keepReferenceSql(`
SELECT feature, model_version, segment, toDateTime(0, 'UTC') AS start, kind, ${SUMMED}
FROM (${rows.sql}) AS t
GROUP BY feature, model_version, segment, kind`),
    params: {
      project: query.project,
      system: query.system,
      id,
      ...rows.params,
      ...(modelVersion === undefined ? {} : { modelVersion }),
    },
  };
}
