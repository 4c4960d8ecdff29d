import type { FeatureSummary } from '../../model/feature-summary.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { MinuteRange, ProfileLevels } from './profiles.ts';

/** Where a reference's numbers come from. */
export type ReferenceOrigin =
  | ({ readonly kind: 'window'; readonly modelVersion: string | null } & MinuteRange)
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly rows: number;
      /** Of the file's bytes. */
      readonly sha256: string;
    };

/** One version of a named reference. Its numbers never change; only whether it is used does. */
export type ReferenceVersion = {
  readonly project: ProjectId;
  readonly system: string;
  /** Of the reference; a monitor of this name uses it in place of its own. */
  readonly name: string;
  readonly version: number;
  /** Of its rows in the telemetry store. */
  readonly id: string;
  readonly state: 'active' | 'retired';
  readonly origin: ReferenceOrigin;
  /** sha256 over its numbers in one order: the same numbers, the same hash. */
  readonly hash: string;
  readonly features: number;
  /** Values of the feature that has most. */
  readonly values: number;
  readonly by: string;
  readonly acceptedAtMs: number;
  readonly note: string;
};

export type NewReference = Omit<ReferenceVersion, 'version' | 'state'>;

/** Which references there are, and who accepted them. A version, its number and its audit entry are one transaction. */
export interface ReferenceBook {
  list(project: ProjectId, system?: string): Promise<ReferenceVersion[]>;
  /** The newest active version of each name. */
  active(project: ProjectId, system: string): Promise<ReferenceVersion[]>;
  get(
    project: ProjectId,
    system: string,
    name: string,
    version: number,
  ): Promise<ReferenceVersion | undefined>;
  accept(reference: NewReference): Promise<ReferenceVersion>;
  /** The version before it is used again; undefined when there is no such version in use. */
  retire(
    project: ProjectId,
    system: string,
    name: string,
    version: number,
    by: string,
    nowMs: number,
  ): Promise<ReferenceVersion | undefined>;
}

/** The numbers of references. */
export interface ReferenceProfiles {
  /** Copies the profiles of a stretch, all segments and model versions; they stay when the minutes go. */
  fromWindow(
    of: {
      readonly project: ProjectId;
      readonly system: string;
      readonly modelVersion: string | null;
    } & MinuteRange,
    id: string,
    levels: ProfileLevels | undefined,
  ): Promise<void>;
  fromSummaries(project: ProjectId, id: string, summaries: readonly FeatureSummary[]): Promise<void>;
  read(
    project: ProjectId,
    id: string,
    slice?: { readonly segment?: string; readonly modelVersion?: string },
  ): Promise<FeatureSummary[]>;
  segments(project: ProjectId, id: string): Promise<string[]>;
}
