import type { Action, ActionMode, ActionPlan, ActionState } from '../../model/action.ts';
import type { Incident } from '../../model/incident.ts';
import type { NewTimelineEntry } from '../../store/ports/incidents.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import { planSentence } from '../decide/plans.ts';
import type { AlertsDeps } from '../deps.ts';

/** An action that was decided, by a policy or a person, and the world that it was decided in. */
export type Order = {
  readonly policy: string;
  readonly plan: ActionPlan;
  readonly mode: ActionMode;
  readonly key: string;
  readonly decidedBy: string;
  readonly atMs: number;
  /** The gate must still be at this revision; absent: whatever it is. */
  readonly gateRevision?: number;
  /** Why, in a person's or the finding's words. */
  readonly reason: string;
};

export type Performed = {
  readonly incident: Incident;
  readonly action: Action;
  readonly entries: readonly NewTimelineEntry[];
  /** `repeat`: this plan is there already, and stays as it is. */
  readonly kind: 'performed' | 'repeat';
};

/** Writes the order down under its key first: whoever comes second with the same plan finds it, and does nothing. */
export async function perform(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  order: Order,
): Promise<Performed> {
  const state: ActionState =
    order.mode === 'auto' ? 'running' : order.mode === 'propose' ? 'proposed' : 'shadowed';
  const created = await deps.actions.create(newAction(deps, incident, order, state), tx);
  if (created.kind === 'exists') return { incident, action: created.action, entries: [], kind: 'repeat' };
  if (order.mode === 'auto') return execute(deps, tx, incident, created.action, order);
  await auditAction(deps, tx, created.action, order.decidedBy);
  const would = order.mode === 'shadow' ? 'Shadow mode, not done: would ' : 'Waits for approval: ';
  const sentence = `${would}${planSentence(order.plan)}. ${order.reason}`;
  const entry = { atMs: order.atMs, kind: 'action_proposed', by: order.decidedBy, sentence } as const;
  const details = { action: created.action.id, quiet: order.mode === 'shadow' };
  return { incident, action: created.action, entries: [{ ...entry, details }], kind: 'performed' };
}

/** A refusal is written down once for each plan and reason. */
export async function refuse(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  order: Order,
  quiet: boolean,
): Promise<Performed> {
  const action = { ...newAction(deps, incident, order, 'refused'), finishedAtMs: deps.nowMs() };
  const created = await deps.actions.create(action, tx);
  if (created.kind === 'exists') return { incident, action: created.action, entries: [], kind: 'repeat' };
  const sentence = `${order.plan.kind === 'rollback' ? 'No rollback' : 'Nothing routed'}: ${order.reason}`;
  const details = { action: created.action.id, quiet };
  const entry = { atMs: order.atMs, kind: 'action_refused', by: order.decidedBy, sentence, details } as const;
  return { incident, action: created.action, entries: [entry], kind: 'performed' };
}

/** Does what a running action says, as far as it is a matter of the control store. */
export async function execute(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  action: Action,
  order: Order,
): Promise<Performed> {
  const { plan } = action;
  const done =
    plan.kind === 'rollback'
      ? await rollBack(deps, tx, incident, order, plan)
      : await startRoute(deps, tx, incident, order, plan);
  const moved =
    done.state === 'running'
      ? action
      : (
          await deps.actions.move(
            action.id,
            ['running'],
            { to: done.state, sentence: done.sentence, finishedAtMs: deps.nowMs() },
            tx,
          )
        ).action;
  await auditAction(deps, tx, moved, order.decidedBy);
  const { project, system, id } = incident;
  const { state, sentence } = done;
  deps.emit({ kind: 'action_moved', project, system, incident: id, action: plan.kind, state, sentence });
  const entry = {
    atMs: order.atMs,
    kind: done.entry,
    by: order.decidedBy,
    sentence,
    details: { action: action.id },
  };
  return {
    incident: { ...incident, state: done.incidentState },
    action: moved,
    entries: [entry],
    kind: 'performed',
  };
}

type Done = {
  readonly state: 'running' | 'done' | 'failed';
  readonly entry: 'action_started' | 'action_done' | 'action_failed';
  readonly sentence: string;
  readonly incidentState: Incident['state'];
};

async function rollBack(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  order: Order,
  plan: Extract<ActionPlan, { kind: 'rollback' }>,
): Promise<Done> {
  const { project, system, id } = incident;
  const { fromVersion, toVersion } = plan;
  const nowMs = deps.nowMs();
  const change = {
    project,
    system,
    servingVersion: toVersion,
    reason: `Incident ${id}: ${order.reason}`,
    incident: id,
    atMs: order.atMs,
    by: order.decidedBy,
    ...(order.gateRevision === undefined ? {} : { expectedRevision: order.gateRevision }),
  };
  const result = await deps.gates.change(change, nowMs, tx);
  if (result.kind === 'refused') {
    const sentence = `The rollback failed: ${result.sentence}`;
    return { state: 'failed', entry: 'action_failed', sentence, incidentState: incident.state };
  }
  await deps.gates.quarantine(project, system, fromVersion, order.decidedBy, nowMs, tx);
  const sentence = `Rolled back: ${system} serves ${toVersion} instead of ${fromVersion}, which is quarantined. ${order.reason}`;
  return { state: 'done', entry: 'action_done', sentence, incidentState: 'verifying' };
}

/** The gate at once; the decisions already made follow outside of this transaction, because they are found in the telemetry store. */
async function startRoute(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  order: Order,
  plan: Extract<ActionPlan, { kind: 'route' }>,
): Promise<Done> {
  const { project, system, id } = incident;
  if (plan.future) {
    const reason = `Incident ${id}: a person looks at every decision. ${order.reason}`;
    const { atMs, decidedBy: by } = order;
    await deps.gates.change(
      { project, system, route: 'review', reason, incident: id, atMs, by },
      deps.nowMs(),
      tx,
    );
  }
  const sentence = `Routing: ${planSentence(plan)}. ${order.reason}`;
  const incidentState = incident.state === 'verifying' ? 'verifying' : 'mitigating';
  return { state: 'running', entry: 'action_started', sentence, incidentState };
}

const newAction = (deps: AlertsDeps, incident: Incident, order: Order, state: ActionState): Action => ({
  id: deps.newId(),
  incident: incident.id,
  project: incident.project,
  system: incident.system,
  policy: order.policy,
  plan: order.plan,
  mode: order.mode,
  state,
  sentence: order.reason,
  idempotencyKey: order.key,
  decidedBy: order.decidedBy,
  atMs: order.atMs,
  createdAtMs: deps.nowMs(),
  finishedAtMs: null,
});

export async function auditAction(
  deps: AlertsDeps,
  tx: PostgresTx,
  action: Action,
  by: string,
): Promise<void> {
  const { project, system, incident, plan, mode, state, policy, sentence } = action;
  const details = { system, incident, plan, mode, policy, sentence };
  await deps.audit.append(
    { project, by, what: `action.${state}`, subject: action.id, details },
    deps.nowMs(),
    tx,
  );
}
