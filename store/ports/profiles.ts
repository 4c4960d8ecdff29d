import type { SystemSpec } from '../../model/documents/system.ts';
import type { FeatureSummary } from '../../model/feature-summary.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { Cursors } from './progress.ts';

/** Half-open, in event time, whole minutes. */
export type MinuteRange = { readonly fromMs: number; readonly toMs: number };

/** Profiles are kept by minute, by hour and by day (UTC), each rolled up from the one before it. */
export const PROFILE_LEVELS = ['minute', 'hour', 'day'] as const;
export type ProfileLevel = (typeof PROFILE_LEVELS)[number];

/** What the levels of a system hold, in event time. */
export type ProfileLevels = {
  readonly firstEventMs: number;
  /** Hours and days that end before it are rolled up; a whole hour. */
  readonly rolledUntilMs: number;
  /** What is older was dropped; whole days, 0 when nothing was. */
  readonly minutesFromMs: number;
  readonly hoursFromMs: number;
  readonly daysFromMs: number;
};

export type NewSegment = {
  readonly loader: string;
  readonly loadedAtMs: number;
  readonly rows: number;
  readonly oldestMs: number;
  /** Newest event time that may move the watermark: not in the future, and not a ruling. null when there is none. */
  readonly newestMs: number | null;
  /** Rows dated after `aheadLimitMs`: a clock that is wrong. */
  readonly aheadRows: number;
  /** Minutes before `closedBeforeMs` in which it has rows, ascending: they are restated. */
  readonly lateMinutesMs: readonly number[];
};

export type NewsQuery = {
  readonly project: ProjectId;
  readonly system: string;
  readonly cursors: Cursors;
  /** Event times after this do not move the watermark: one clock gone wrong must not close the future. */
  readonly aheadLimitMs: number;
  readonly closedBeforeMs: number;
};

export type FeatureSlot = FeatureSummary & { readonly startMs: number };

export type SummaryQuery = {
  readonly project: ProjectId;
  readonly system: string;
  /** Absent: all. */
  readonly features?: readonly string[];
  /** Absent: all versions together. */
  readonly modelVersion?: string;
  /** `key=value`; absent or '': everything. */
  readonly segment?: string;
  readonly fromMs: number;
  readonly toMs: number;
};

/** Summaries of features by minute, hour and day, and what they are made of. Readers take the coarsest level that fits. No answer here reads raw rows but `profile` and the news. */
export interface ProfileStore {
  /** Systems that got decisions after the instant (wall clock of their loading). */
  systemsSince(loadedAtMs: number): Promise<{ readonly project: ProjectId; readonly system: string }[]>;
  /** Segments beyond the cursors; a segment of which more rows became visible counts again. */
  decisionNews(query: NewsQuery): Promise<NewSegment[]>;
  outcomeNews(query: NewsQuery): Promise<NewSegment[]>;
  /** Decisions per bucket, empty buckets left out: for cutting work into pieces. */
  volume(
    project: ProjectId,
    system: string,
    range: MinuteRange,
    bucketMs: number,
  ): Promise<{ readonly startMs: number; readonly rows: number }[]>;
  /**
   * Summarises the minutes of the ranges anew, every decision once. A later `computedAtMs` replaces an earlier one.
   * At another level its rows are made from raw decisions too: for what is older than the minutes that are kept.
   * Idempotent.
   */
  profile(
    project: ProjectId,
    system: string,
    ranges: readonly MinuteRange[],
    spec: Pick<SystemSpec, 'segments' | 'features'>,
    computedAtMs: number,
    level?: ProfileLevel,
  ): Promise<void>;
  /** Rows of the ranges that are older than `computedAtMs` hold nothing any more: their decisions are gone or were set apart. */
  clearStale(
    project: ProjectId,
    system: string,
    ranges: readonly MinuteRange[],
    computedAtMs: number,
    level?: ProfileLevel,
  ): Promise<void>;
  /** Makes the rows of a level anew from the level below it. Ranges are whole rows of the level. Idempotent. */
  rollUp(
    project: ProjectId,
    system: string,
    level: 'hour' | 'day',
    ranges: readonly MinuteRange[],
    computedAtMs: number,
  ): Promise<void>;
  /** undefined before the first roll-up: then there are minutes only. */
  levels(project: ProjectId, system: string): Promise<ProfileLevels | undefined>;
  /** Says what the levels hold from now on. Called under the system's lock only. */
  saveLevels(project: ProjectId, system: string, levels: ProfileLevels): Promise<void>;
  /** Deletes what the levels say is no longer kept. */
  dropOld(project: ProjectId, system: string, levels: ProfileLevels): Promise<void>;
  /** Model versions of the stretch's decisions; '' (none told) is left out. */
  versions(
    project: ProjectId,
    system: string,
    range: MinuteRange,
  ): Promise<{ readonly version: string; readonly firstSeenMs: number }[]>;
  /** One summary per feature and slot of `slotMs`, slots counted from `fromMs`; ordered by slot. */
  slots(query: SummaryQuery & { readonly slotMs: number }): Promise<FeatureSlot[]>;
  /** One summary per feature over the whole stretch. */
  merged(query: SummaryQuery): Promise<FeatureSummary[]>;
}
