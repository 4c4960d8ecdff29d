import type { ClickhouseDb } from '../ports/clickhouse.ts';
import type { ImpactStore } from '../ports/impact.ts';
import { associationsSql, judgedSql, segmentsSql } from './impact-sql.ts';

export function createImpactStore(db: ClickhouseDb): ImpactStore {
  return {
    segments: async (query, keys, limit) => {
      if (keys.length === 0) return [];
      const rows = await db.query<{ segment: string }>(segmentsSql(query, keys, limit));
      return rows.map((row) => row.segment);
    },
    judged: async (query, spec) => {
      const [row] = await db.query<{ decisions: string; judged: string; wrong: string }>(
        judgedSql(query, spec),
      );
      return {
        decisions: Number(row?.decisions ?? 0),
        judged: Number(row?.judged ?? 0),
        wrong: Number(row?.wrong ?? 0),
      };
    },
    associations: async (query, rows) => {
      const found = await db.query<{ feature: string; share: number | null }>(associationsSql(query, rows));
      return new Map(
        found.flatMap(({ feature, share }) =>
          share === null ? [] : [[feature, Math.max(0, share)] as const],
        ),
      );
    },
  };
}
