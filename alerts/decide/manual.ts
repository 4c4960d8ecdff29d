import type { Action } from '../../model/action.ts';
import type { Gate, ModelVersion } from '../../model/gate.ts';
import type { Incident } from '../../model/incident.ts';
import { planSentence } from './plans.ts';
import { cannotTell } from './signals.ts';
import { drivingSignals } from './transition.ts';

/** A person may, or may not and why. */
export type Permission =
  | { readonly allowed: true; readonly why: string }
  | { readonly allowed: false; readonly reason: PermissionRefusal; readonly why: string };
export type PermissionRefusal =
  | 'resolved_already'
  | 'blind'
  | 'has_owner'
  | 'no_gate'
  | 'no_known_good'
  | 'quarantined'
  | 'unknown_version'
  | 'serves_already'
  | 'not_proposed'
  | 'stale_plan'
  | 'not_routed';

const yes = (why: string): Permission => ({ allowed: true, why });
const no = (reason: PermissionRefusal, why: string): Permission => ({ allowed: false, reason, why });

const overFor = (incident: Incident): Permission | undefined =>
  incident.state === 'resolved' ? no('resolved_already', `Incident ${incident.id} is resolved.`) : undefined;

export function mayAcknowledge(incident: Incident): Permission {
  const over = overFor(incident);
  if (over) return over;
  return incident.owner === '' ? yes('Nobody has it yet.') : no('has_owner', `${incident.owner} has it.`);
}

/** Nobody closes what nobody can see: silence is not health. */
export function mayResolve(incident: Incident): Permission {
  const over = overFor(incident);
  if (over) return over;
  const unseen = drivingSignals(incident).filter((signal) => signal.firing && cannotTell(signal));
  const [first] = unseen;
  if (first)
    return no(
      'blind',
      `${first.monitor} cannot see ${first.subject} now (${first.verdict.replaceAll('_', ' ')}), and it fired when it last could: nobody can say that it is over.`,
    );
  const firing = incident.signals.filter((signal) => signal.firing).length;
  return firing === 0
    ? yes('Every signal has recovered.')
    : yes(`${firing} signals still fire; they open a new incident only when they grow worse, or come back.`);
}

export function mayRollBack(
  incident: Incident,
  gate: Gate | undefined,
  target: { readonly version: ModelVersion | undefined; readonly asked: string | undefined },
): Permission {
  const over = overFor(incident);
  if (over) return over;
  if (!gate) return no('no_gate', `${incident.system} has no gate: it gets one with its first deployment.`);
  const { version, asked } = target;
  if (!version)
    return asked === undefined
      ? no('no_known_good', `No version other than ${gate.servingVersion} is known good.`)
      : no('unknown_version', `${incident.system} never had a version ${asked}.`);
  if (version.version === gate.servingVersion)
    return no('serves_already', `Version ${version.version} serves already.`);
  if (version.status === 'quarantined')
    return no('quarantined', `Version ${version.version} is quarantined; release it first.`);
  return yes(`Would serve ${version.version} instead of ${gate.servingVersion}.`);
}

export function mayRoute(incident: Incident, gate: Gate | undefined): Permission {
  const over = overFor(incident);
  if (over) return over;
  return yes(
    gate
      ? 'Decisions since the onset go to people.'
      : 'Without a gate only decisions already made can be routed.',
  );
}

export function mayReleaseGate(incident: Incident, gate: Gate | undefined): Permission {
  if (gate?.route !== 'review') return no('not_routed', 'The gate lets the machine decide already.');
  if (gate.incident !== null && gate.incident !== incident.id)
    return no('not_routed', `The gate asks for people because of incident ${gate.incident}.`);
  return yes('The machine would decide again.');
}

/** An approval holds only while the world is as it was when the plan was made. */
export function mayApprove(
  incident: Incident,
  action: Action,
  gate: Gate | undefined,
  target: ModelVersion | undefined,
): Permission {
  const over = overFor(incident);
  if (over) return over;
  if (action.state !== 'proposed') return no('not_proposed', `The action is ${action.state}, not proposed.`);
  const { plan } = action;
  if (plan.kind === 'route') return yes(`Would ${planSentence(plan)}.`);
  if (gate?.servingVersion !== plan.fromVersion)
    return no(
      'stale_plan',
      `Version ${gate?.servingVersion ?? 'none'} serves now, and the plan was made when ${plan.fromVersion} did.`,
    );
  if (!target || target.status === 'quarantined')
    return no(
      'stale_plan',
      `Version ${plan.toVersion} can no longer be served: it is ${target?.status ?? 'unknown'}.`,
    );
  return yes(`Would ${planSentence(plan)}.`);
}
