import type { RouteMode } from '../../model/decision.ts';
import type { Gate, ModelVersion } from '../../model/gate.ts';
import type { IncidentId, ProjectId } from '../../model/ids.ts';
import type { PostgresTx } from './postgres.ts';

export type GateChange = {
  readonly project: ProjectId;
  readonly system: string;
  readonly servingVersion?: string;
  readonly route?: RouteMode;
  readonly reason: string;
  readonly incident: IncidentId | null;
  /** Event time of the change; versions' lives are counted in it. */
  readonly atMs: number;
  readonly by: string;
  /** When given, the version that stops serving becomes known_good if it served that long without trouble; else it is retired. */
  readonly bakeTimeMs?: number;
  /** When given, the change is refused unless the gate still is at this revision. */
  readonly expectedRevision?: number;
};

export type GateChangeResult =
  | { readonly kind: 'changed'; readonly gate: Gate }
  | { readonly kind: 'unchanged'; readonly gate: Gate }
  | {
      readonly kind: 'refused';
      readonly reason: 'no_gate' | 'stale_revision' | 'version_quarantined';
      readonly sentence: string;
    };

/** What deciding services are told. A change, its history row, its audit entry and its live event are one transaction. */
export interface GateStore {
  get(project: ProjectId, system: string): Promise<Gate | undefined>;
  list(project: ProjectId): Promise<Gate[]>;
  history(project: ProjectId, system: string, limit: number): Promise<(Gate & { readonly atMs: number })[]>;
  versions(project: ProjectId, system: string): Promise<ModelVersion[]>;
  /** A version goes live: creates the gate with the first one; the version before becomes known_good if it baked long enough, else retired. */
  deploy(
    deployment: {
      project: ProjectId;
      system: string;
      version: string;
      note: string;
      atMs: number;
      by: string;
      bakeTimeMs: number;
    },
    nowMs: number,
  ): Promise<GateChangeResult>;
  change(change: GateChange, nowMs: number, tx?: PostgresTx): Promise<GateChangeResult>;
  /** The newest known_good version other than `version` that is not quarantined. */
  lastKnownGood(project: ProjectId, system: string, version: string): Promise<ModelVersion | undefined>;
  /** Bars a version until a person releases it. */
  quarantine(
    project: ProjectId,
    system: string,
    version: string,
    by: string,
    nowMs: number,
    tx?: PostgresTx,
  ): Promise<void>;
  release(project: ProjectId, system: string, version: string, by: string, nowMs: number): Promise<void>;
  /** Notes versions seen in decisions; idempotent. */
  observe(project: ProjectId, system: string, version: string, firstSeenMs: number): Promise<void>;
}
