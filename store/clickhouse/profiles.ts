import { mergeSummaries, sketchOf } from '../../model/feature-summary.ts';
import type { ProjectId } from '../../model/ids.ts';
import { coarseKey } from '../../model/numeric-bins.ts';
import type { ClickhouseDb } from '../ports/clickhouse.ts';
import type { FeatureSlot, NewSegment, NewsQuery, ProfileStore } from '../ports/profiles.ts';
import { dropOldSql, levelsOf, saveLevels } from './profile-levels-store.ts';
import { clearStaleSql, rollUpSql, slotsSql } from './profile-rows-sql.ts';
import { derivedNames, newsSql, profileSql, versionsSql, volumeSql } from './profiles-sql.ts';

type NewsRow = {
  loader: string;
  loadedAtMs: string;
  rows: string;
  oldestMs: string;
  newestMs: string | null;
  aheadRows: string;
  lateMinutes: number[];
};
type SlotRow = {
  feature: string;
  slot: number;
  missing: number;
  sum: number | null;
  sumSq: number | null;
  min: number | null;
  max: number | null;
  binStep: number;
  firstKey: number;
  keySteps: number[];
  counts: number[];
  categories: Record<string, number>;
  versions: Record<string, number>;
};

const keyOf = (project: ProjectId, system: string): string => JSON.stringify([project, system]);

/** Rows that a level gave up in the meantime are missed by a read at worst; levels gained are read a moment later. */
const LEVELS_FOR_MS = 1_000;

export function createProfileStore(db: ClickhouseDb): ProfileStore {
  const known = new Map<string, { readonly atMs: number; readonly levels: ReturnType<typeof levelsOf> }>();
  /** Every read of profiles begins with them; a run makes dozens. */
  const recentLevels = (project: ProjectId, system: string): ReturnType<typeof levelsOf> => {
    const last = known.get(keyOf(project, system));
    if (last && performance.now() - last.atMs < LEVELS_FOR_MS) return last.levels;
    return readLevels(project, system);
  };
  const readLevels = (project: ProjectId, system: string): ReturnType<typeof levelsOf> => {
    const levels = levelsOf(db, project, system);
    known.set(keyOf(project, system), { atMs: performance.now(), levels });
    levels.catch(() => known.delete(keyOf(project, system)));
    return levels;
  };
  const slots: ProfileStore['slots'] = async (query) => {
    if (query.toMs <= query.fromMs) return [];
    const levels = await recentLevels(query.project, query.system);
    const rows = await db.query<SlotRow>(slotsSql(query, levels));
    return joined(rows.map((row) => toSlot(row, query.fromMs, query.slotMs)));
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
    profile: async (project, system, ranges, spec, computedAtMs, level) => {
      if (ranges.length === 0) return;
      const [seen] = await db.query<{ texts: string[]; embeddings: string[] }>(
        derivedNames(project, system, ranges),
      );
      const timestamps = Object.entries(spec.features)
        .filter(([, feature]) => feature.type === 'timestamp')
        .map(([name]) => name);
      const categorical = Object.entries(spec.features)
        .filter(
          ([, feature]) =>
            feature.type !== undefined &&
            !['numeric', 'timestamp', 'text', 'embedding'].includes(feature.type),
        )
        .map(([name]) => name);
      await db.command(
        profileSql(
          project,
          system,
          ranges,
          {
            segments: spec.segments,
            categorical,
            derived: { timestamps, texts: seen?.texts ?? [], embeddings: seen?.embeddings ?? [] },
          },
          computedAtMs,
          level,
        ),
      );
    },
    clearStale: async (project, system, ranges, computedAtMs, level = 'minute') => {
      if (ranges.length > 0) await db.command(clearStaleSql(project, system, level, ranges, computedAtMs));
    },
    rollUp: async (project, system, level, ranges, computedAtMs) => {
      if (ranges.length > 0) await db.command(rollUpSql(project, system, level, ranges, computedAtMs));
    },
    levels: readLevels,
    saveLevels: async (project, system, levels) => {
      await saveLevels(db, project, system, levels);
      known.set(keyOf(project, system), { atMs: performance.now(), levels: Promise.resolve(levels) });
    },
    dropOld: async (project, system, levels) => {
      for (const statement of dropOldSql(project, system, levels)) await db.command(statement);
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
      aheadRows: Number(row.aheadRows),
      lateMinutesMs: row.lateMinutes.map((seconds) => Number(seconds) * 1_000),
    }))
    .filter((segment) => {
      const mark = query.cursors[segment.loader];
      return mark?.atMs !== segment.loadedAtMs || mark.rows !== segment.rows;
    });
}

/** Rows of one feature and slot lie next to each other: one per version and kind of value, where the store did not add them up. */
function joined(slots: readonly FeatureSlot[]): FeatureSlot[] {
  const out: FeatureSlot[] = [];
  let group: FeatureSlot[] = [];
  const close = (): void => {
    const [first] = group;
    if (first)
      out.push(
        group.length === 1 ? first : { ...mergeSummaries(first.feature, group), startMs: first.startMs },
      );
    group = [];
  };
  for (const slot of slots) {
    const [first] = group;
    if (first && (first.feature !== slot.feature || first.startMs !== slot.startMs)) close();
    group.push(slot);
  }
  close();
  return out;
}

function toSlot(row: SlotRow, fromMs: number, slotMs: number): FeatureSlot {
  const bins = new Map<number, number>();
  let key = row.firstKey;
  row.counts.forEach((count, i) => {
    key += row.keySteps[i] ?? 0;
    // Rows of unlike steps that the engine laid side by side meet here.
    const at = coarseKey(key, row.binStep);
    if (count > 0) bins.set(at, (bins.get(at) ?? 0) + count);
  });
  const categories = new Map(counts(row.categories));
  return {
    feature: row.feature,
    startMs: fromMs + row.slot * slotMs,
    missing: row.missing,
    // The engine writes an overflow as null.
    sum: row.sum ?? Number.POSITIVE_INFINITY,
    sumSq: row.sumSq ?? Number.POSITIVE_INFINITY,
    min: row.min,
    max: row.max,
    bins,
    categories,
    versions: new Map(counts(row.versions)),
    sketch: sketchOf(row.binStep, categories),
  };
}

const counts = (map: Record<string, number>): [string, number][] =>
  Object.entries(map).filter(([, count]) => count > 0);
