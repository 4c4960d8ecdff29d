import type { ProjectId } from '../../model/ids.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';
import type { FeatureSlot, NewSegment, NewsQuery, ProfileStore } from '../ports/profiles.ts';
import { newsSql, profileSql, slotsSql, versionsSql, volumeSql } from './profiles-sql.ts';

type NewsRow = {
  loader: string;
  loadedAtMs: string;
  rows: string;
  oldestMs: string;
  newestMs: string | null;
  lateMinutes: number[];
};
type SlotRow = {
  feature: string;
  slot: string;
  missing: string;
  sum: number | null;
  sumSq: number | null;
  min: number | null;
  max: number | null;
  bins: Record<string, string>;
  categories: Record<string, string>;
  versions: Record<string, string>;
};

export function createProfileStore(db: ClickhouseDb): ProfileStore {
  const slots: ProfileStore['slots'] = async (query) => {
    if (query.toMs <= query.fromMs) return [];
    const rows = await db.query<SlotRow>(slotsSql(query));
    return rows.map((row) => toSlot(row, query.fromMs, query.slotMs));
  };
  return {
    systemsSince: (loadedAtMs) =>
      db.query<{ project: ProjectId; system: string }>({
        sql: `SELECT DISTINCT toString(project) AS project, toString(system) AS system FROM decisions
              WHERE loaded_at >= fromUnixTimestamp64Milli({since:Int64})`,
        params: { since: loadedAtMs },
      }),
    decisionNews: (query) => news(db, 'decisions', query),
    outcomeNews: (query) => news(db, 'outcomes', query),
    volume: async (project, system, range, bucketMs) => {
      const rows = await db.query<{ startMs: string; rows: string }>(
        volumeSql(project, system, range, bucketMs),
      );
      return rows.map((row) => ({ startMs: Number(row.startMs), rows: Number(row.rows) }));
    },
    profile: async (project, system, ranges, spec, computedAtMs) => {
      if (ranges.length === 0) return;
      const categorical = Object.entries(spec.features)
        .filter(([, feature]) => feature.type !== undefined && feature.type !== 'numeric')
        .map(([name]) => name);
      await db.command(
        profileSql(project, system, ranges, { segments: spec.segments, categorical }, computedAtMs),
      );
    },
    versions: async (project, system, range) => {
      const rows = await db.query<{ version: string; firstSeenMs: string }>(
        versionsSql(project, system, range),
      );
      return rows.map((row) => ({ version: row.version, firstSeenMs: Number(row.firstSeenMs) }));
    },
    slots,
    merged: (query) => slots({ ...query, slotMs: Math.max(1, query.toMs - query.fromMs) }),
  };
}

async function news(
  db: ClickhouseDb,
  table: 'decisions' | 'outcomes',
  query: NewsQuery,
): Promise<NewSegment[]> {
  const rows = await db.query<NewsRow>(newsSql(table, query));
  return rows
    .map((row) => ({
      loader: row.loader,
      loadedAtMs: Number(row.loadedAtMs),
      rows: Number(row.rows),
      oldestMs: Number(row.oldestMs),
      newestMs: row.newestMs === null ? null : Number(row.newestMs),
      lateMinutesMs: row.lateMinutes.map((seconds) => Number(seconds) * 1_000),
    }))
    .filter((segment) => {
      const mark = query.cursors[segment.loader];
      return mark?.atMs !== segment.loadedAtMs || mark.rows !== segment.rows;
    });
}

const toSlot = (row: SlotRow, fromMs: number, slotMs: number): FeatureSlot => ({
  feature: row.feature,
  startMs: fromMs + Number(row.slot) * slotMs,
  missing: Number(row.missing),
  // The engine writes an overflow as null.
  sum: row.sum ?? Number.POSITIVE_INFINITY,
  sumSq: row.sumSq ?? Number.POSITIVE_INFINITY,
  min: row.min,
  max: row.max,
  bins: new Map(counts(row.bins).map(([key, count]) => [Number(key), count])),
  categories: new Map(counts(row.categories)),
  versions: new Map(counts(row.versions)),
});

const counts = (map: Record<string, string>): [string, number][] =>
  Object.entries(map)
    .map(([key, count]): [string, number] => [key, Number(count)])
    .filter(([, count]) => count > 0);
