import type { Action, ActionPlan } from '../../model/action.ts';
import type { PolicyAction } from '../../model/documents/policy.ts';
import type { Signal } from '../../model/incident.ts';
import { formatDuration } from '../../model/time.ts';
import { ACTION_RULES } from './rules.ts';
import { cannotTell } from './signals.ts';
import { type Suspicion, suspicion } from './suspect.ts';
import type { ActionWorld } from './world.ts';

export type RefusalReason =
  | 'blind'
  | 'not_enough_data'
  | 'finding_too_old'
  | 'cooling_down'
  | 'storm'
  | 'no_gate'
  | 'no_known_good'
  | 'stepped_back_already'
  | Extract<Suspicion, { kind: 'not_suspect' }>['reason'];
export type Refusal = { readonly reason: RefusalReason; readonly sentence: string };

type Guard = (
  world: ActionWorld,
  action: PolicyAction,
  plan: ActionPlan,
  signal: Signal,
) => Refusal | undefined;

const isSighted: Guard = (_world, _action, _plan, signal) =>
  cannotTell(signal)
    ? refuse(
        'blind',
        `${signal.monitor} cannot see ${signal.subject} now: Leeway does not act on what it cannot see.`,
      )
    : undefined;

const hasEvents: Guard = (_world, action, _plan, signal) =>
  signal.n < action.guards.minimumN
    ? refuse(
        'not_enough_data',
        `${signal.n} events are behind the finding; the policy asks for ${action.guards.minimumN}.`,
      )
    : undefined;

const isFresh: Guard = (world, action, _plan, signal) => {
  const ageMs = world.nowMs - signal.lastWindowEndMs;
  if (ageMs <= action.guards.maximumAge) return undefined;
  return refuse(
    'finding_too_old',
    `The last look is ${formatDuration(ageMs)} old; the policy takes ${formatDuration(action.guards.maximumAge)}.`,
  );
};

/** Without a person's word: proposals that were approved count too, because they changed the same gate. */
const wasTaken = (action: Action): boolean =>
  action.state === 'running' ||
  action.state === 'done' ||
  action.state === 'effective' ||
  action.state === 'ineffective';

const isCool: Guard = (world, action) => {
  const last = world.recent.find((other) => other.plan.kind === action.kind && wasTaken(other));
  if (!last) return undefined;
  const sinceMs = world.nowMs - last.atMs;
  if (sinceMs >= action.guards.cooldown) return undefined;
  return refuse(
    'cooling_down',
    `The last ${action.kind} was ${formatDuration(Math.max(0, sinceMs))} ago; the policy waits ${formatDuration(action.guards.cooldown)}.`,
  );
};

const isAlone: Guard = (world) =>
  world.firingSystems > ACTION_RULES.stormSystems
    ? refuse(
        'storm',
        `${world.firingSystems} systems are on fire at once: a cause in common is likely, and a person decides.`,
      )
    : undefined;

const hasGate: Guard = (world) =>
  world.gate
    ? undefined
    : refuse('no_gate', 'The system has no gate: tell Leeway which version serves (POST …/deployments).');

const hasTarget: Guard = (_world, _action, plan) =>
  plan.kind === 'rollback' && plan.toVersion === ''
    ? refuse('no_known_good', `No version before ${plan.fromVersion} is known good and free to serve.`)
    : undefined;

/** The serving version came by an automatic rollback and was not deployed since: a further step back needs a person. */
const isFirstStep: Guard = (world, _action, plan) => {
  if (plan.kind !== 'rollback') return undefined;
  const step = world.recent.find(
    (other) =>
      other.plan.kind === 'rollback' &&
      other.plan.toVersion === plan.fromVersion &&
      wasTaken(other) &&
      (world.serving?.liveSinceMs ?? 0) <= other.atMs,
  );
  if (!step) return undefined;
  return refuse(
    'stepped_back_already',
    `Version ${plan.fromVersion} is itself the target of a rollback: Leeway takes one step back, a person the next.`,
  );
};

const pointsToVersion: Guard = (world, action, _plan, signal) => {
  const result = suspicion(world.serving, signal, world.evidence, action.guards.minimumN);
  return result.kind === 'suspect' ? undefined : refuse(result.reason, result.sentence);
};

/** In this order; the first refusal is the one that is told. */
const GUARDS: Record<PolicyAction['kind'], readonly Guard[]> = {
  rollback: [
    isSighted,
    hasEvents,
    isFresh,
    hasGate,
    pointsToVersion,
    isFirstStep,
    hasTarget,
    isCool,
    isAlone,
  ],
  route: [isSighted, hasEvents, isFresh, isCool, isAlone],
};

export function refusalOf(
  world: ActionWorld,
  action: PolicyAction,
  plan: ActionPlan,
  signal: Signal,
): Refusal | undefined {
  for (const guard of GUARDS[action.kind]) {
    const refusal = guard(world, action, plan, signal);
    if (refusal) return refusal;
  }
  return undefined;
}

const refuse = (reason: RefusalReason, sentence: string): Refusal => ({ reason, sentence });
