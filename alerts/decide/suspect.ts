import type { Target } from '../../model/documents/slo.ts';
import type { ModelVersion } from '../../model/gate.ts';
import type { Signal } from '../../model/incident.ts';
import { formatDuration } from '../../model/time.ts';
import { badShare, type Counts, isBeyond } from './burn.ts';
import { ACTION_RULES } from './rules.ts';

/** What the SLO's own events say about the serving version; null where nobody counted (drift, or no telemetry). */
export type VersionEvidence = {
  readonly objective: Target;
  /** The serving version since the later of its going live and the onset. */
  readonly since: Counts;
  /** The serving version from its going live to the onset; nothing when the onset came first. */
  readonly before: Counts;
  /** Other versions from the onset until it went live; nothing when the onset came later. */
  readonly others: Counts;
} | null;

export type Suspicion =
  | { readonly kind: 'suspect' }
  | {
      readonly kind: 'not_suspect';
      readonly reason:
        | 'version_not_serving'
        | 'version_not_suspect'
        | 'version_was_healthy'
        | 'began_before_version'
        | 'not_enough_events';
      readonly sentence: string;
    };

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/**
 * Does the evidence point to the version that serves? A storm in the weather must not roll back a good model.
 *
 * 1. Time: it went live not more than the look-back before the onset, and not after it (with slack, onsets are estimates).
 * 2. Its own events since then are bad, beyond what the objective allows.
 * 3. It did not serve well for a whole day before the onset: then something else has changed.
 * 4. The trouble was not there already, as bad or nearly, under other versions.
 */
export function suspicion(
  serving: ModelVersion | undefined,
  signal: Signal,
  evidence: VersionEvidence,
  minimumN: number,
): Suspicion {
  if (serving && signal.modelVersion !== '' && signal.modelVersion !== serving.version)
    return no(
      'version_not_serving',
      `The signal is about version ${signal.modelVersion}, and ${serving.version} serves.`,
    );
  const liveSinceMs = serving?.liveSinceMs ?? null;
  if (!serving || liveSinceMs === null)
    return no('version_not_suspect', 'Nobody knows since when the serving version is live.');
  const ageMs = signal.sinceMs - liveSinceMs;
  if (ageMs > ACTION_RULES.suspectLookBackMs)
    return no(
      'version_not_suspect',
      `Version ${serving.version} had served for ${formatDuration(ageMs)} when the trouble began: another cause is likely.`,
    );
  if (ageMs < -ACTION_RULES.onsetSlackMs)
    return no(
      'began_before_version',
      `The trouble began ${formatDuration(-ageMs)} before version ${serving.version} went live.`,
    );
  return evidence ? byEvents(serving.version, evidence, minimumN, ageMs) : { kind: 'suspect' };
}

function byEvents(
  version: string,
  evidence: NonNullable<VersionEvidence>,
  minimumN: number,
  ageMs: number,
): Suspicion {
  const { since, before, others, objective } = evidence;
  if (since.total < minimumN)
    return no(
      'not_enough_events',
      `Only ${since.total} judged events are version ${version}'s own; ${minimumN} are needed.`,
    );
  const now = percent(badShare(since));
  if (!isBeyond(since, objective))
    return no('version_not_suspect', `Version ${version} itself is within its objective (${now} bad).`);
  const isClearlyBetter = (counts: Counts): boolean =>
    !isBeyond(counts, objective) || badShare(counts) <= badShare(since) * ACTION_RULES.clearlyBetterShare;
  if (before.total >= minimumN && ageMs >= ACTION_RULES.servedWellMs && isClearlyBetter(before))
    return no(
      'version_was_healthy',
      `Version ${version} served well until the onset (${percent(badShare(before))} bad, now ${now}): something else has changed.`,
    );
  if (others.total >= minimumN && !isClearlyBetter(others))
    return no(
      'began_before_version',
      `It burned before ${version} went live, too (${percent(badShare(others))} bad, now ${now}).`,
    );
  return { kind: 'suspect' };
}

const no = (reason: Extract<Suspicion, { kind: 'not_suspect' }>['reason'], sentence: string): Suspicion => ({
  kind: 'not_suspect',
  reason,
  sentence,
});
