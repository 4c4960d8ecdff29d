import type { ProjectId } from '../../../model/ids.ts';
import type { Sql } from '../../ports/clickhouse.ts';
import type { TimeRange } from '../../ports/reads.ts';
import { current } from '../current.ts';
import { inRange, rangeParams } from './filter.ts';

/** Broken promises told apart, the most frequent; a deployment that broke more than these broke everything. */
const MOST_PROMISES = 200;

const HELD = `project = {project:String} AND system = {system:String} AND ${inRange}`;
type Of = TimeRange & { readonly project: ProjectId; readonly system: string };

/** Each decision once, as it stands, those that are kept apart among them. */
const held = `SELECT decision_id, time, contract, violations, quarantined FROM decisions
  WHERE ${HELD} AND contract != '' AND ${current(HELD)} LIMIT 1 BY decision_id`;

export const heldSql = (of: Of): Sql => ({
  sql: `SELECT toFloat64(count()) AS held, toFloat64(countIf(notEmpty(violations))) AS broken,
      toFloat64(countIf(quarantined)) AS quarantined, toString(argMax(contract, time)) AS contract
    FROM (${held})`,
  params: { project: of.project, system: of.system, ...rangeParams(of) },
});

export const violationsSql = (of: Of): Sql => ({
  sql: `SELECT toString(violation) AS violation, toFloat64(count()) AS n,
      toFloat64(toUnixTimestamp64Milli(min(time))) AS firstMs, toFloat64(toUnixTimestamp64Milli(max(time))) AS lastMs
    FROM (SELECT time, arrayJoin(violations) AS violation FROM (${held}))
    GROUP BY violation ORDER BY n DESC, violation LIMIT {limit:UInt32}`,
  params: { project: of.project, system: of.system, ...rangeParams(of), limit: MOST_PROMISES },
});
