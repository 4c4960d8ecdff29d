import type { Sql } from '../ports/clickhouse.ts';
import type { AffectedDecisions, LoadedBetween, LoaderCursors, RandomPick } from '../ports/review.ts';
import { AS_IT_CAME, counted } from './current.ts';
import { instantNs, toNs } from './event-time.ts';

/** How far the clocks of two loaders may differ before rows of a new one could be missed. */
const LOADER_CLOCK_SKEW_MS = 600_000;

/** A cursor per loader as a function of the row's loader; `otherwise` stands for loaders that it does not name. */
const cursorSql = (name: string, otherwise: string): string =>
  `transform(toString(loader), {${name}Loaders:Array(String)}, {${name}Ats:Array(Int64)}, toInt64(${otherwise}))`;
const cursorParams = (name: string, cursors: LoaderCursors): Record<string, unknown> => ({
  [`${name}Loaders`]: Object.keys(cursors),
  [`${name}Ats`]: Object.values(cursors),
});

/** The exact bound is per loader; the one on `loaded_at` alone lets the engine's index skip what is old. */
const beyond = `loaded_at >= fromUnixTimestamp64Milli({floor:Int64})
  AND toUnixTimestamp64Milli(loaded_at) > ${cursorSql('after', '0')}`;
const beyondParams = (after: LoaderCursors): Record<string, unknown> => ({
  floor: Math.max(0, ...Object.values(after).map((ms) => ms - LOADER_CLOCK_SKEW_MS)),
  ...cursorParams('after', after),
});

const CANDIDATE =
  'decision_id AS "decisionId", toString(value) AS value, toFloat64(toUnixTimestamp64Milli(time)) AS "timeMs"';
// SipHash spreads ids evenly whatever their form, and nobody can choose ids that are picked without knowing the seed.
const AT_RANDOM = 'ORDER BY sipHash64(concat({seed:String}, decision_id)), decision_id LIMIT {limit:UInt32}';

/** A decision that is held against its contract again does not arrive again. */
const AS_IT_CAME_IN = `replayed_at = ${AS_IT_CAME}`;

export const arrivalsSql = (project: string, after: LoaderCursors, settledBeforeMs: number): Sql => ({
  sql: `
SELECT toString(system) AS system, toString(loader) AS loader, toFloat64(max(toUnixTimestamp64Milli(loaded_at))) AS "atMs",
  toFloat64(uniqExact(decision_id)) AS decisions
FROM decisions
WHERE project = {project:String} AND route = 'review' AND ${AS_IT_CAME_IN} AND ${beyond}
  AND loaded_at <= fromUnixTimestamp64Milli({settledBefore:Int64})
GROUP BY system, loader ORDER BY system, loader`,
  params: { project, settledBefore: settledBeforeMs, ...beyondParams(after) },
});

export const pickArrivalsSql = (
  project: string,
  system: string,
  { after, upTo }: LoadedBetween,
  { seed, limit }: RandomPick,
): Sql => ({
  sql: `
SELECT ${CANDIDATE} FROM (
  SELECT decision_id, value, time FROM decisions
  WHERE project = {project:String} AND system = {system:String} AND route = 'review' AND ${AS_IT_CAME_IN} AND ${beyond}
    AND toUnixTimestamp64Milli(loaded_at) <= ${cursorSql('upTo', '-1')}
  LIMIT 1 BY decision_id)
${AT_RANDOM}`,
  params: { project, system, seed, limit, ...beyondParams(after), ...cursorParams('upTo', upTo) },
});

/** 2200: later than any decision may claim to be. */
const END_OF_TIME_MS = 7_258_118_400_000;

const AFFECTED = `project = {project:String} AND system = {system:String} AND model_version = {version:String}
    AND time >= ${instantNs('since')} AND time < ${instantNs('until')}`;
/** As an incident counts them: a decision that is kept apart is in no list that the number could be compared with. */
const AFFECTED_NOW = `${AFFECTED} AND ${counted(AFFECTED)}`;
const affectedParams = (of: AffectedDecisions): Record<string, unknown> => ({
  project: of.project,
  system: of.system,
  version: of.modelVersion,
  since: toNs(of.sinceMs),
  until: toNs(of.untilMs ?? END_OF_TIME_MS),
});

export const countAffectedSql = (of: AffectedDecisions): Sql => ({
  sql: `SELECT toFloat64(uniqExact(decision_id)) AS decisions FROM decisions WHERE ${AFFECTED_NOW}`,
  params: affectedParams(of),
});

export const pickAffectedSql = (of: AffectedDecisions, { seed, limit }: RandomPick): Sql => ({
  sql: `
SELECT ${CANDIDATE} FROM (
  SELECT decision_id, value, time FROM decisions WHERE ${AFFECTED_NOW} LIMIT 1 BY decision_id)
${AT_RANDOM}`,
  params: { ...affectedParams(of), seed, limit },
});

export const valuesSql = (project: string, system: string, limit: number): Sql => ({
  sql: `
SELECT toString(value) AS value FROM decisions WHERE project = {project:String} AND system = {system:String}
GROUP BY value ORDER BY count() DESC, value LIMIT {limit:UInt32}`,
  params: { project, system, limit },
});
