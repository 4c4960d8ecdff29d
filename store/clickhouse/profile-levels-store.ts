import type { ProjectId } from '../../model/ids.ts';
import type { ClickhouseDb, Sql } from '../ports/clickhouse.ts';
import { PROFILE_LEVELS, type ProfileLevels } from '../ports/profiles.ts';
import { LEVELS } from './profile-levels.ts';

const MS = 1_000;
const instant = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

export async function levelsOf(
  db: ClickhouseDb,
  project: ProjectId,
  system: string,
): Promise<ProfileLevels | undefined> {
  type Row = { first: string; rolled: number; minutes: number; hours: number; days: number };
  const [row] = await db.query<Row>({
    sql: `SELECT toUnixTimestamp64Milli(first_event) AS first, toUnixTimestamp(rolled_until) AS rolled,
        toUnixTimestamp(minutes_from) AS minutes, toUnixTimestamp(hours_from) AS hours, toUnixTimestamp(days_from) AS days
      FROM profile_levels WHERE project = {project:String} AND system = {system:String}
      ORDER BY revision DESC LIMIT 1`,
    params: { project, system },
  });
  return row === undefined
    ? undefined
    : {
        firstEventMs: Number(row.first),
        rolledUntilMs: row.rolled * MS,
        minutesFromMs: row.minutes * MS,
        hoursFromMs: row.hours * MS,
        daysFromMs: row.days * MS,
      };
}

export async function saveLevels(
  db: ClickhouseDb,
  project: ProjectId,
  system: string,
  levels: ProfileLevels,
): Promise<void> {
  const [last] = await db.query<{ revision: string }>({
    sql: `SELECT max(revision) AS revision FROM profile_levels
      WHERE project = {project:String} AND system = {system:String}`,
    params: { project, system },
  });
  await db.insertRows('profile_levels', [
    {
      project,
      system,
      revision: String(BigInt(last?.revision ?? '0') + 1n),
      first_event: instant(levels.firstEventMs),
      rolled_until: Math.floor(levels.rolledUntilMs / MS),
      minutes_from: Math.floor(levels.minutesFromMs / MS),
      hours_from: Math.floor(levels.hoursFromMs / MS),
      days_from: Math.floor(levels.daysFromMs / MS),
    },
  ]);
}

/** Deleted rows are hidden at once; their bytes go with the next merges. */
export function dropOldSql(project: ProjectId, system: string, levels: ProfileLevels): readonly Sql[] {
  const fromMs = { minute: levels.minutesFromMs, hour: levels.hoursFromMs, day: levels.daysFromMs };
  return PROFILE_LEVELS.filter((level) => fromMs[level] > 0).map((level) => ({
    sql: `DELETE FROM ${LEVELS[level].table} WHERE project = {project:String} AND system = {system:String}
      AND ${LEVELS[level].column} < toDateTime({before:Int64}, 'UTC')`,
    params: { project, system, before: Math.floor(fromMs[level] / MS) },
  }));
}
