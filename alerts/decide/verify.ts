import type { Action } from '../../model/action.ts';
import type { Target } from '../../model/documents/slo.ts';
import type { Gate } from '../../model/gate.ts';
import type { Incident, Signal } from '../../model/incident.ts';
import { formatDuration } from '../../model/time.ts';
import { badShare, burnRate, burnsAtLeast, type Counts } from './burn.ts';
import { VERIFY_RULES } from './rules.ts';
import { figure } from './sentences.ts';
import { cannotTell } from './signals.ts';
import { drivingSignals } from './transition.ts';

/** Events of the version that was rolled back to, in the last `afterMs`; null where they cannot be told apart by version. */
export type TargetEvidence = {
  readonly counts: Counts;
  /** Judged events of all other versions in that time. */
  readonly others: number;
  readonly objective: Target;
} | null;

export type Verification =
  | { readonly kind: 'waiting'; readonly reason: 'too_early' | 'no_events' | 'still_burning' }
  /** All decisions go to people, so none can be judged: let the machine decide again, and watch. */
  | { readonly kind: 'trial'; readonly sentence: string }
  | { readonly kind: 'effective'; readonly sentence: string }
  | { readonly kind: 'ineffective'; readonly sentence: string };

export type VerifyInput = {
  readonly incident: Incident;
  readonly action: Action;
  readonly gate: Gate | undefined;
  readonly afterMs: number;
  readonly evidence: TargetEvidence;
  /** Event time. */
  readonly nowMs: number;
};

/**
 * Did the rollback help? Labels of decisions that the bad version made go on arriving after the flip, and the SLO as a
 * whole goes on burning with them. So the question is put to events of the target version alone, judged in the last
 * `afterMs`: the flip can reach a service late, and only that version's own events count, whatever else still comes in.
 * Where events carry no version the signals must fall silent, and get `giveUpFactor` times the span to do so.
 */
export function verify(input: VerifyInput): Verification {
  const elapsedMs = input.nowMs - input.action.atMs;
  if (elapsedMs < input.afterMs) return { kind: 'waiting', reason: 'too_early' };
  return input.evidence ? byVersion(input, input.evidence) : bySignals(input, elapsedMs);
}

function byVersion(
  input: VerifyInput,
  { counts, others, objective }: NonNullable<TargetEvidence>,
): Verification {
  const version = input.action.plan.kind === 'rollback' ? input.action.plan.toVersion : '';
  const span = formatDuration(input.afterMs);
  if (counts.total < VERIFY_RULES.minimumN) {
    // While other versions are still being judged, the flip or the labels are under way: that is no silence yet.
    if (input.gate?.route !== 'review' || others > 0) return { kind: 'waiting', reason: 'no_events' };
    const sentence = `Nothing of version ${version} could be judged in ${span}, because people decide everything: the machine decides again, under watch.`;
    return { kind: 'trial', sentence };
  }
  const share = (badShare(counts) * 100).toFixed(1);
  const rate = figure(burnRate(counts, objective));
  const seen = `${counts.total} judged events of version ${version} in ${span}: ${share} % bad, ${rate}× the budget rate`;
  return burnsAtLeast(counts, objective, burnLimit(input.incident))
    ? { kind: 'ineffective', sentence: `The rollback did not help. ${seen}.` }
    : { kind: 'effective', sentence: `The rollback helped. ${seen}.` };
}

/** The lowest limit at which this incident's SLO signals fire, and never above what pages over six hours. */
function burnLimit(incident: Incident): number {
  const limits = incident.signals
    .filter(
      (signal) => signal.kind === 'slo' && signal.severity === incident.severity && signal.limit !== null,
    )
    .map((signal) => signal.limit ?? VERIFY_RULES.pagingBurnRate);
  return Math.min(VERIFY_RULES.pagingBurnRate, ...limits);
}

function bySignals(input: VerifyInput, elapsedMs: number): Verification {
  const driving = drivingSignals(input.incident);
  const burning = driving.filter((signal) => signal.firing);
  // Of no signal at all nothing can be heard.
  if (driving.length === 0 || driving.some(cannotTell)) return { kind: 'waiting', reason: 'no_events' };
  const quietMs = input.nowMs - Math.max(...driving.map((signal) => quietSince(signal, input.nowMs)));
  if (burning.length === 0 && quietMs >= input.afterMs)
    return { kind: 'effective', sentence: `The rollback helped: quiet for ${formatDuration(quietMs)}.` };
  if (burning.length === 0 || elapsedMs < VERIFY_RULES.giveUpFactor * input.afterMs)
    return { kind: 'waiting', reason: 'still_burning' };
  const sentence = `The rollback did not help: ${burning.length} signals still fire ${formatDuration(elapsedMs)} later.`;
  return { kind: 'ineffective', sentence };
}

const quietSince = (signal: Signal, nowMs: number): number =>
  signal.firing ? nowMs : (signal.quietSinceMs ?? nowMs);
