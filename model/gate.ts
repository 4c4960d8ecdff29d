import type { RouteMode } from './decision.ts';
import type { IncidentId, ProjectId, SystemName } from './ids.ts';

export const VERSION_STATUSES = ['live', 'known_good', 'candidate', 'quarantined', 'retired'] as const;
/**
 * live: served by the gate. known_good: served long enough without an incident. quarantined: rolled back, and barred
 * until a person releases it.
 */
export type VersionStatus = (typeof VERSION_STATUSES)[number];

export type ModelVersion = {
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly version: string;
  readonly status: VersionStatus;
  readonly firstSeenMs: number;
  readonly liveSinceMs: number | null;
  readonly note: string;
};

/** What a deciding service asks before it acts: which version to use, and whether a person must look. */
export type Gate = {
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly servingVersion: string;
  readonly route: RouteMode;
  readonly reason: string;
  readonly incident: IncidentId | null;
  readonly revision: number;
  readonly changedAtMs: number;
  readonly changedBy: string;
};

/** What a gate said from an instant of event time on. */
export type GateTurn = { readonly atMs: number; readonly route: RouteMode };

/** When the gate last began to send decisions to people, if it did so in any part of the window; `turns` newest first. */
export function routedSince(
  turns: readonly GateTurn[],
  window: { readonly startMs: number; readonly endMs: number },
): number | null {
  let untilMs = Number.POSITIVE_INFINITY;
  for (const { atMs, route } of turns) {
    if (route === 'review' && atMs < window.endMs && untilMs > window.startMs) return atMs;
    untilMs = atMs;
  }
  return null;
}
