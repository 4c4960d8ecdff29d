import type { ProjectId } from '../../../model/ids.ts';
import type { Sql } from '../../ports/clickhouse.ts';
import type { JudgingRule, TimeRange } from '../../ports/reads.ts';
import { matching } from './filter.ts';
import { CORRECT } from './judging.ts';

export const systemsSql = (project: ProjectId): Sql => ({
  sql: `SELECT system, toFloat64(toUnixTimestamp64Milli(min(time))) AS firstMs,
      toFloat64(toUnixTimestamp64Milli(max(time))) AS lastMs
    FROM decisions WHERE project = {project:String} GROUP BY system ORDER BY system`,
  params: { project },
});

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
