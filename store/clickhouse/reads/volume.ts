import type { ProjectId } from '../../../model/ids.ts';
import type { Sql } from '../../ports/clickhouse.ts';
import type { JudgingRule, TimeRange } from '../../ports/reads.ts';
import { matching } from './filter.ts';
import { CORRECT } from './judging.ts';

export type Profiled = { readonly system: string; readonly firstMs: number; readonly rolledMs: number };

/** Systems whose history is rolled up: where it begins, and until when it is. */
export const profiledSystemsSql = (project: ProjectId): Sql => ({
  sql: `SELECT toString(system) AS system, toFloat64(toUnixTimestamp64Milli(argMax(first_event, revision))) AS firstMs,
      toFloat64(argMax(toUnixTimestamp(rolled_until), revision)) * 1000 AS rolledMs
    FROM profile_levels WHERE project = {project:String} GROUP BY system`,
  params: { project },
});

/** The newest decision of one system, read from the end. */
export const newestSql = (project: ProjectId, system: string): Sql => ({
  sql: `SELECT toFloat64(toUnixTimestamp64Milli(time)) AS lastMs FROM decisions
    WHERE project = {project:String} AND system = {system:String} ORDER BY project DESC, system DESC, time DESC LIMIT 1`,
  params: { project, system },
});

/** Behind what is rolled up there usually is a decision in the last hour of it: nothing older is looked at. */
const BEFORE_ROLLED_MS = 3_600_000;

/**
 * First and last decision of each system. Of those that are profiled only the newest rows are read, so that an overview
 * costs the same after a year as on the first day; the others are new, or nobody analyses them.
 */
export function systemsSql(project: ProjectId, profiled: readonly Profiled[]): Sql {
  const params: Record<string, unknown> = { project, known: profiled.map(({ system }) => system) };
  const tails = profiled.map(({ system, rolledMs }, i) => {
    params[`system${i}`] = system;
    params[`from${i}`] = BigInt(Math.max(0, rolledMs - BEFORE_ROLLED_MS)) * 1_000_000n;
    return `(system = {system${i}:String} AND time >= fromUnixTimestamp64Nano({from${i}:Int64}))`;
  });
  const others = profiled.length === 0 ? '1' : 'system NOT IN {known:Array(String)}';
  return {
    sql: `SELECT toString(system) AS system, toFloat64(toUnixTimestamp64Milli(min(time))) AS firstMs,
      toFloat64(toUnixTimestamp64Milli(max(time))) AS lastMs
    FROM decisions WHERE project = {project:String} AND (${[...tails, others].join(' OR ')})
    GROUP BY system ORDER BY system`,
    params,
  };
}

const KEYS = { value: 'value', version: 'model_version', route: 'route' } as const;

export function volumeSql(
  of: TimeRange & { readonly project: ProjectId; readonly system?: string },
  bucketMs: number,
  by: keyof typeof KEYS,
): Sql {
  const base = matching(
    { ...of, ...(of.system === undefined ? {} : { systems: [of.system] }), rules: [] },
    false,
  );
  return {
    sql: `SELECT toString(system) AS system,
        toFloat64(intDiv(toUnixTimestamp64Milli(at), {bucketMs:Int64}) * {bucketMs:Int64}) AS tMs,
        toString(${KEYS[by]}) AS key, toFloat64(count()) AS n
      FROM ${base.from} GROUP BY system, tMs, key ORDER BY system, tMs, key`,
    params: { ...base.params, bucketMs },
  };
}

export function versionsSql(
  of: TimeRange & { readonly project: ProjectId; readonly system: string },
  rules: readonly JudgingRule[],
): Sql {
  const base = matching({ ...of, systems: [of.system], rules }, true);
  return {
    sql: `SELECT toString(model_version) AS version, toFloat64(toUnixTimestamp64Milli(min(at))) AS firstMs,
        toFloat64(count()) AS decisions, toFloat64(countIf(isNotNull(correct))) AS judged,
        toFloat64(countIf(ifNull(correct, 0) = 1)) AS right
      FROM (SELECT model_version, at, ${CORRECT} AS correct FROM ${base.from})
      GROUP BY version ORDER BY version`,
    params: base.params,
  };
}
