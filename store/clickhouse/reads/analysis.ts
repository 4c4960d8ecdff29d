import type { ProjectId } from '../../../model/ids.ts';
import type { Sql } from '../../ports/clickhouse.ts';
import type { TimeRange } from '../../ports/reads.ts';
import { rangeParams } from './filter.ts';

/** More than any screen shows: 500 features × 300 steps. */
const CELLS = 150_000;

/** The last restatement of each minute counts. */
export function sloBucketsSql(
  of: TimeRange & { readonly project: ProjectId; readonly slo: string },
  bucketMs: number,
): Sql {
  return {
    sql: `SELECT toFloat64(intDiv(toInt64(toUnixTimestamp(minute)) * 1000, {bucketMs:Int64}) * {bucketMs:Int64}) AS tMs,
        toFloat64(sum(good_)) AS good, toFloat64(sum(total_)) AS total
      FROM (SELECT minute, argMax(good, computed_at) AS good_, argMax(total, computed_at) AS total_
        FROM slo_minutes
        WHERE project = {project:String} AND slo = {slo:String}
          AND minute >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
          AND minute < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
        GROUP BY model_version, minute)
      GROUP BY tMs ORDER BY tMs`,
    params: { project: of.project, slo: of.slo, ...rangeParams(of), bucketMs },
  };
}

export function driftCellsSql(
  of: TimeRange & { readonly project: ProjectId; readonly system: string; readonly monitor?: string },
): Sql {
  return {
    sql: `SELECT monitor, subject, statistic, toFloat64(toUnixTimestamp64Milli(window_start)) AS windowStartMs,
        toFloat64(toUnixTimestamp64Milli(window_end)) AS windowEndMs, value, limit AS limit_,
        toString(verdict) AS verdict, toString(severity) AS severity, toFloat64(n) AS n
      FROM (SELECT * FROM findings
        WHERE project = {project:String} AND system = {system:String} AND kind = 'drift' AND segment = '' AND model_version = ''
          ${of.monitor === undefined ? '' : 'AND monitor = {monitor:String}'}
          AND window_end > fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
          AND window_end <= fromUnixTimestamp64Milli({toMs:Int64}, 'UTC')
        ORDER BY evaluated_at DESC LIMIT 1 BY id)
      ORDER BY monitor, subject, windowEndMs LIMIT {cells:UInt32}`,
    params: {
      project: of.project,
      system: of.system,
      ...rangeParams(of),
      cells: CELLS,
      ...(of.monitor === undefined ? {} : { monitor: of.monitor }),
    },
  };
}
