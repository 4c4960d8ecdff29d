import type { Action } from '../../model/action.ts';
import { isFiring } from '../../model/finding.ts';
import type { Gate } from '../../model/gate.ts';
import type { Incident } from '../../model/incident.ts';
import { formatDuration } from '../../model/time.ts';
import { VERIFY_RULES } from './rules.ts';
import { cannotTell } from './signals.ts';
import { drivingSignals } from './transition.ts';

export type Containment =
  | { readonly kind: 'hold' }
  | { readonly kind: 'trial'; readonly sentence: string }
  | { readonly kind: 'contain_again'; readonly sentence: string };

/**
 * Routing everything to people starves the very signals that would say that the trouble is over: what a person decides is
 * not judged by labels. So when an incident that only routes has been blind for a while, the gate goes back to `auto` on
 * trial; if the trouble shows again, people take over again. At most one such change per `trialAfterMs` of event time.
 */
export function containment(
  incident: Incident,
  gate: (Gate & { readonly atMs: number }) | undefined,
  actions: readonly Action[],
  nowMs: number,
): Containment {
  if (!gate || incident.state === 'verifying' || incident.state === 'resolved') return { kind: 'hold' };
  if (nowMs - gate.atMs < VERIFY_RULES.trialAfterMs) return { kind: 'hold' };
  const driving = drivingSignals(incident);
  const isRouted = actions.some(
    (action) => action.plan.kind === 'route' && action.plan.future && action.state === 'done',
  );
  if (gate.route === 'review' && gate.incident === incident.id) {
    const blind =
      driving.some(cannotTell) && !driving.some((signal) => signal.firing && isFiring(signal.verdict));
    if (!blind) return { kind: 'hold' };
    const span = formatDuration(nowMs - gate.atMs);
    return {
      kind: 'trial',
      sentence: `People have decided everything for ${span}, so nothing can be judged: the machine decides again, under watch.`,
    };
  }
  if (gate.route === 'auto' && isRouted) {
    const again = driving.find(
      (signal) => signal.firing && isFiring(signal.verdict) && signal.lastWindowEndMs > gate.atMs,
    );
    if (again) return { kind: 'contain_again', sentence: `The trouble goes on: ${again.sentence}` };
  }
  return { kind: 'hold' };
}
