import type { ActionPlan } from '../../model/action.ts';
import type { Gate } from '../../model/gate.ts';
import type { Incident } from '../../model/incident.ts';
import { eventClock } from '../actions/hold.ts';
import { actionKey } from '../actions/key.ts';
import { perform } from '../actions/perform.ts';
import { mayRollBack, mayRoute, type Permission } from '../decide/manual.ts';
import type { AlertsDeps } from '../deps.ts';
import { record } from '../record.ts';
import type { CommandResult, ManualAction, Target } from './command.ts';
import { refused, withinIncident } from './within.ts';

/** A person's word: no cooldown, no minimum, no storm stands against it. A quarantine does. */
export const manualAction = (deps: AlertsDeps, of: Target, action: ManualAction): Promise<CommandResult> =>
  withinIncident(deps, of, async ({ tx, incident }) => {
    const gate = await deps.gates.get(of.project, incident.system);
    const { permission, plan } = await planOf(deps, incident, gate, action);
    if (!permission.allowed) return refused(permission);
    const order = {
      policy: '',
      plan,
      mode: 'auto',
      key: actionKey(incident.id, plan, gate?.revision ?? 0),
      decidedBy: of.by,
      atMs: await eventClock(deps, incident),
      reason: action.reason,
      ...(gate ? { gateRevision: gate.revision } : {}),
    } as const;
    const done = await perform(deps, tx, incident, order);
    if (done.kind === 'repeat')
      return {
        kind: 'refused',
        reason: 'repeated',
        sentence: `This is done already: ${done.action.sentence}`,
      };
    const next = await record(deps, tx, done.incident, done.entries, [done.action]);
    if (done.action.state === 'failed')
      return { kind: 'refused', reason: 'failed', sentence: done.action.sentence };
    return { kind: 'done', incident: next, action: done.action };
  });

type Planned = { readonly permission: Permission; readonly plan: ActionPlan };

async function planOf(
  deps: AlertsDeps,
  incident: Incident,
  gate: Gate | undefined,
  action: ManualAction,
): Promise<Planned> {
  const { project, system } = incident;
  const serving = gate?.servingVersion ?? '';
  switch (action.kind) {
    case 'rollback': {
      const asked = action.toVersion;
      const version =
        asked === undefined
          ? gate && (await deps.gates.lastKnownGood(project, system, serving))
          : (await deps.gates.versions(project, system)).find((other) => other.version === asked);
      const plan = {
        kind: 'rollback',
        fromVersion: serving,
        toVersion: version?.version ?? asked ?? '',
      } as const;
      return { permission: mayRollBack(incident, gate, { version, asked }), plan };
    }
    case 'route': {
      const { queue, maxItems } = action;
      const plan = {
        kind: 'route',
        queue,
        maxItems,
        sinceMs: incident.onsetMs,
        modelVersion: await versionAt(deps, incident, gate),
        future: action.future && gate !== undefined,
      } as const;
      return { permission: mayRoute(incident, gate), plan };
    }
  }
}

/** The version to blame: the one that was rolled back in this incident, or else the one that serves. */
async function versionAt(deps: AlertsDeps, incident: Incident, gate: Gate | undefined): Promise<string> {
  const actions = await deps.actions.ofIncident(incident.project, incident.id);
  const back = actions.findLast(
    ({ plan, finishedAtMs, state }) =>
      plan.kind === 'rollback' &&
      finishedAtMs !== null &&
      state !== 'refused' &&
      state !== 'failed' &&
      state !== 'rejected',
  );
  return back?.plan.kind === 'rollback' ? back.plan.fromVersion : (gate?.servingVersion ?? '');
}
