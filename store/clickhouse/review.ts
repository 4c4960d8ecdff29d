import type { SystemName } from '../../model/ids.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';
import type { ReviewCandidate, ReviewSource } from '../ports/review.ts';
import { arrivalsSql, countAffectedSql, pickAffectedSql, pickArrivalsSql, valuesSql } from './review-sql.ts';

type ArrivalRow = {
  readonly system: SystemName;
  readonly loader: string;
  readonly atMs: number;
  readonly decisions: number;
};

export function createReviewSource(db: ClickhouseDb): ReviewSource {
  return {
    async arrivals(project, after, settledBeforeMs) {
      const rows = await db.query<ArrivalRow>(arrivalsSql(project, after, settledBeforeMs));
      const cursors: Record<string, number> = { ...after };
      const bySystem = new Map<SystemName, number>();
      for (const { system, loader, atMs, decisions } of rows) {
        cursors[loader] = Math.max(cursors[loader] ?? 0, atMs);
        bySystem.set(system, (bySystem.get(system) ?? 0) + decisions);
      }
      return { systems: [...bySystem].map(([system, decisions]) => ({ system, decisions })), cursors };
    },
    pickArrivals: ({ project, system }, between, pick) =>
      db.query<ReviewCandidate>(pickArrivalsSql(project, system, between, pick)),
    async countAffected(of) {
      const [row] = await db.query<{ decisions: number }>(countAffectedSql(of));
      return row?.decisions ?? 0;
    },
    pickAffected: (of, pick) => db.query<ReviewCandidate>(pickAffectedSql(of, pick)),
    async valuesOf(project, system, limit) {
      const rows = await db.query<{ value: string }>(valuesSql(project, system, limit));
      return rows.map(({ value }) => value);
    },
  };
}
