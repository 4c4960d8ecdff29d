import type { Action } from './action.ts';
import type { Gate } from './gate.ts';
import type { Incident } from './incident.ts';

/** Which decisions an incident hit: those of the version at fault since it began. */
type Affected = {
  /** '' when nobody says which version: then all that were made. */
  readonly modelVersion: string;
  readonly sinceMs: number;
};

/** The version at fault is the one that was rolled back or routed to people, or else the one that serves. */
export function affectedBy(
  incident: Pick<Incident, 'onsetMs'>,
  gate: Pick<Gate, 'servingVersion'> | undefined,
  actions: readonly Pick<Action, 'plan' | 'state'>[],
): Affected {
  const route = actions.findLast(({ plan, state }) => plan.kind === 'route' && state !== 'refused')?.plan;
  const back = actions.find(({ plan, state }) => plan.kind === 'rollback' && state !== 'refused')?.plan;
  const routed = route?.kind === 'route' ? route : undefined;
  return {
    modelVersion:
      back?.kind === 'rollback' ? back.fromVersion : (routed?.modelVersion ?? gate?.servingVersion ?? ''),
    sinceMs: routed?.sinceMs ?? incident.onsetMs,
  };
}
