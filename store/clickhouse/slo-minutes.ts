import type { ClickhouseDb } from '../ports/clickhouse.ts';
import type { SloMinuteStore } from '../ports/slo-minutes.ts';
import { countSql, touchedSql } from './slo-minutes-sql.ts';

export function createSloMinuteStore(db: ClickhouseDb): SloMinuteStore {
  return {
    count: async (project, system, definition, ranges, computedAtMs) => {
      if (ranges.length === 0) return;
      await db.command(countSql(project, system, definition, ranges, computedAtMs));
    },
    touchedMinutes: async (query) => {
      const rows = await db.query<{ minute: number }>(touchedSql(query));
      return rows.map((row) => Number(row.minute) * 1_000);
    },
    series: async (project, slo, fromMs, toMs) => {
      const rows = await db.query<{ minuteMs: string; modelVersion: string; good: string; total: string }>({
        sql: `
SELECT toInt64(toUnixTimestamp(minute)) * 1000 AS minuteMs, toString(model_version) AS modelVersion, r.1 AS good, r.2 AS total
FROM (
  SELECT minute, model_version, argMax((good, total), computed_at) AS r
  FROM slo_minutes
  WHERE project = {project:String} AND slo = {slo:String}
    AND minute >= toDateTime(intDiv({fromMs:Int64}, 1000), 'UTC') AND minute < toDateTime(intDiv({toMs:Int64} + 59999, 1000), 'UTC')
  GROUP BY minute, model_version
)
WHERE total > 0
ORDER BY minuteMs, modelVersion`,
        params: { project, slo, fromMs, toMs },
      });
      return rows.map((row) => ({
        minuteMs: Number(row.minuteMs),
        modelVersion: row.modelVersion,
        good: Number(row.good),
        total: Number(row.total),
      }));
    },
  };
}
