import type { Incident } from '../../model/incident.ts';
import type { NewTimelineEntry } from '../../store/ports/incidents.ts';
import type { RefusalReason } from '../decide/guards.ts';
import { type PlannedAction, planActions, triggerOf } from '../decide/plans.ts';
import type { ActionWorld, NamedPolicy } from '../decide/world.ts';
import { type AlertsDeps, LEEWAY } from '../deps.ts';
import { record } from '../record.ts';
import { versionEvidence } from './evidence.ts';
import { holdUnchanged } from './hold.ts';
import { actionKey } from './key.ts';
import { type Order, type Performed, perform, refuse } from './perform.ts';

const RECENT_ACTIONS = 50;
const OPEN_INCIDENTS = 1_000;

/** Refusals that pass by themselves when more is known: on the timeline, in nobody's mailbox. */
const PASSING: readonly RefusalReason[] = ['not_enough_data', 'not_enough_events', 'blind', 'cooling_down'];

/** What the policies ask for in this incident now, decided on one reading of the world and done in one transaction. */
export async function followPolicies(deps: AlertsDeps, incident: Incident, nowMs: number): Promise<void> {
  const policies = await policiesOf(deps, incident);
  if (!policies.some((policy) => triggerOf(incident, policy.spec))) return;
  const world = await readWorld(deps, incident, policies, nowMs);
  // A window that is too old now may only be one that is read late: its successor decides.
  const planned = planActions(world).filter(
    (action) => action.verdict === 'go' || action.refusal.reason !== 'finding_too_old',
  );
  if (planned.length > 0) await carryOut(deps, world, planned);
}

async function policiesOf(deps: AlertsDeps, incident: Incident): Promise<NamedPolicy[]> {
  const stored = await deps.documents.list(incident.project, 'Policy');
  return stored
    .map(({ document }) => ({ name: document.metadata.name, spec: document.spec }))
    .filter((policy) => policy.spec.system === incident.system);
}

async function readWorld(
  deps: AlertsDeps,
  incident: Incident,
  policies: readonly NamedPolicy[],
  nowMs: number,
): Promise<ActionWorld> {
  const { project, system } = incident;
  const gate = await deps.gates.get(project, system);
  const serving = (await deps.gates.versions(project, system)).find(
    (version) => version.version === gate?.servingVersion,
  );
  const signal = policies
    .map((policy) => triggerOf(incident, policy.spec))
    .find((found) => found !== undefined);
  return {
    incident,
    policies,
    gate,
    serving,
    lastKnownGood: gate && (await deps.gates.lastKnownGood(project, system, gate.servingVersion)),
    actions: await deps.actions.ofIncident(project, incident.id),
    recent: await deps.actions.list({ project, system, limit: RECENT_ACTIONS }),
    firingSystems: await firingSystems(deps, incident),
    evidence: signal ? await versionEvidence(deps, incident, signal, serving, nowMs) : null,
    nowMs,
  };
}

async function firingSystems(deps: AlertsDeps, incident: Incident): Promise<number> {
  const open = await deps.incidents.list({
    project: incident.project,
    states: ['open', 'acknowledged', 'mitigating', 'verifying'],
    limit: OPEN_INCIDENTS,
  });
  return open.filter((other) => other.signals.some((signal) => signal.firing && signal.severity === 'page'))
    .length;
}

async function carryOut(
  deps: AlertsDeps,
  world: ActionWorld,
  planned: readonly PlannedAction[],
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const held = await holdUnchanged(deps, tx, world.incident);
    if (!held) return;
    let { incident } = held;
    const entries: NewTimelineEntry[] = [];
    let revision = world.gate?.revision;
    for (const action of planned) {
      const order = orderOf(incident, action, world.nowMs, revision);
      const done: Performed =
        action.verdict === 'go'
          ? await perform(deps, tx, incident, order)
          : await refuse(deps, tx, incident, order, PASSING.includes(action.refusal.reason));
      // The plan's own first step may move the gate; any other move makes the next step fail.
      if (revision !== undefined && movesGate(done)) revision += 1;
      incident = done.incident;
      entries.push(...done.entries);
      if (action.verdict === 'refused' && done.kind === 'performed')
        tellRefusal(deps, incident, action.refusal.reason, action.kind);
    }
    if (entries.length === 0) return;
    const actions = await deps.actions.ofIncident(incident.project, incident.id, tx);
    await record(deps, tx, incident, entries, actions);
  });
}

const movesGate = ({ kind, action }: Performed): boolean =>
  kind === 'performed' &&
  ((action.plan.kind === 'rollback' && action.state === 'done') ||
    (action.plan.kind === 'route' && action.state === 'running' && action.plan.future));

function orderOf(
  incident: Incident,
  action: PlannedAction,
  nowMs: number,
  gateRevision: number | undefined,
): Order {
  const base = {
    policy: action.policy,
    plan: action.plan,
    mode: action.mode,
    decidedBy: `${LEEWAY} (policy ${action.policy})`,
    atMs: nowMs,
    ...(gateRevision === undefined ? {} : { gateRevision }),
  };
  if (action.verdict === 'refused') {
    const key = `${actionKey(incident.id, action.plan)}:${action.refusal.reason}`;
    return { ...base, key, reason: action.refusal.sentence };
  }
  // A shadow must not stand in the way of the day on which its policy is switched on.
  const key =
    actionKey(incident.id, action.plan) + (action.mode === 'shadow' ? `:shadow:${action.policy}` : '');
  return { ...base, key, reason: action.signal.sentence };
}

function tellRefusal(
  deps: AlertsDeps,
  incident: Incident,
  reason: RefusalReason,
  action: PlannedAction['kind'],
): void {
  const { project, system, id } = incident;
  deps.emit({ kind: 'action_refused', project, system, incident: id, action, reason });
}
