import type { Action, ActionKind, ActionMode, ActionPlan, ActionState } from '../../model/action.ts';
import type { PolicyAction, PolicySpec } from '../../model/documents/policy.ts';
import { isFiring } from '../../model/finding.ts';
import type { Incident, Signal } from '../../model/incident.ts';
import { type Refusal, refusalOf } from './guards.ts';
import { isAtLeast, isWorse } from './severity.ts';
import type { ActionWorld } from './world.ts';

export type PlannedAction = {
  readonly policy: string;
  readonly kind: ActionKind;
  readonly mode: ActionMode;
  readonly plan: ActionPlan;
  readonly signal: Signal;
} & (
  | { readonly verdict: 'go'; readonly sentence: string }
  | { readonly verdict: 'refused'; readonly refusal: Refusal }
);

/** Taken, or settled by a person: this incident needs no second one of the kind. */
const SETTLED: readonly ActionState[] = [
  'proposed',
  'running',
  'done',
  'failed',
  'rejected',
  'effective',
  'ineffective',
];
export const isSettled = (action: Action): boolean => SETTLED.includes(action.state);

/** What the policies ask for now, each with the guards' answer. An empty list: nothing is asked, or all of it was taken. */
export function planActions(world: ActionWorld): PlannedAction[] {
  const planned: PlannedAction[] = [];
  for (const policy of world.policies) {
    const signal = triggerOf(world.incident, policy.spec);
    if (!signal) continue;
    for (const action of policy.spec.actions) {
      if (isTaken(world, policy.name, action.kind) || planned.some((other) => other.kind === action.kind))
        continue;
      planned.push(plan(world, policy.name, action, signal));
    }
  }
  return planned;
}

/** The worst firing signal that the policy is about; of equals the one with most events behind it. */
export function triggerOf(incident: Incident, spec: PolicySpec): Signal | undefined {
  return incident.signals
    .filter((signal) => signal.firing && spec.when.kinds.includes(signal.kind))
    .filter((signal) => isAtLeast(signal.severity, spec.when.severity))
    .reduce<Signal | undefined>((best, next) => (best && !comesFirst(next, best) ? best : next), undefined);
}

function comesFirst(next: Signal, best: Signal): boolean {
  if (isFiring(next.verdict) !== isFiring(best.verdict)) return isFiring(next.verdict);
  if (next.severity !== best.severity) return isWorse(next.severity, best.severity);
  return next.n > best.n;
}

const isTaken = (world: ActionWorld, policy: string, kind: ActionKind): boolean =>
  world.actions.some(
    (action) =>
      action.plan.kind === kind &&
      (isSettled(action) || (action.state === 'shadowed' && action.policy === policy)),
  );

function plan(world: ActionWorld, policy: string, action: PolicyAction, signal: Signal): PlannedAction {
  const made = makePlan(world, action, signal);
  const base = { policy, kind: action.kind, mode: action.mode, plan: made, signal };
  const refusal = refusalOf(world, action, made, signal);
  if (refusal) return { ...base, verdict: 'refused', refusal };
  return { ...base, verdict: 'go', sentence: planSentence(made) };
}

function makePlan(world: ActionWorld, action: PolicyAction, signal: Signal): ActionPlan {
  const serving = world.gate?.servingVersion ?? '';
  switch (action.kind) {
    case 'rollback':
      // An unknown target is '': the guards refuse it by name, so that the refusal is written down too.
      return { kind: 'rollback', fromVersion: serving, toVersion: world.lastKnownGood?.version ?? '' };
    case 'route':
      return {
        kind: 'route',
        queue: action.queue,
        sinceMs: signal.sinceMs,
        modelVersion: signal.modelVersion === '' ? serving : signal.modelVersion,
        maxItems: action.maxItems,
        future: action.future && world.gate !== undefined,
      };
  }
}

/** What would change, in words. */
export function planSentence(plan: ActionPlan): string {
  switch (plan.kind) {
    case 'rollback':
      return `serve ${plan.toVersion || 'nothing known'} instead of ${plan.fromVersion || 'nothing'}`;
    case 'route': {
      const whose = plan.modelVersion === '' ? '' : ` of version ${plan.modelVersion}`;
      const future = plan.future ? ', and let a person see those to come' : '';
      return `send up to ${plan.maxItems} decisions${whose} since ${utcMinute(plan.sinceMs)} to the queue ${plan.queue}${future}`;
    }
  }
}

/**
 * What makes a plan the same plan. The onset of a route is left out: an onset that is estimated anew must not
 * send the decisions a second time.
 */
export function planIdentity(plan: ActionPlan): string {
  switch (plan.kind) {
    case 'rollback':
      return JSON.stringify(['rollback', plan.fromVersion, plan.toVersion]);
    case 'route':
      return JSON.stringify(['route', plan.queue, plan.modelVersion]);
  }
}

const utcMinute = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
