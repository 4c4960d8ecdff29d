import type { Action } from '../../model/action.ts';
import type { Incident } from '../../model/incident.ts';
import type { NewTimelineEntry } from '../../store/ports/incidents.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import { eventClock } from '../actions/hold.ts';
import { auditAction, execute } from '../actions/perform.ts';
import { mayApprove } from '../decide/manual.ts';
import { planSentence } from '../decide/plans.ts';
import type { AlertsDeps } from '../deps.ts';
import { record } from '../record.ts';
import type { CommandResult, Target } from './command.ts';
import { refused, withinIncident } from './within.ts';

/** Approves or rejects a proposal. The plan is weighed against the world as it is now, not as it was when it was made. */
export const decideAction = (
  deps: AlertsDeps,
  of: Target,
  id: string,
  approve: boolean,
  text: string,
): Promise<CommandResult> =>
  withinIncident(deps, of, async ({ tx, incident }) => {
    const action = await readAction(deps, tx, of, id);
    if (!action) return { kind: 'not_found', what: 'action' };
    if (!approve) return reject(deps, tx, of, incident, action, text);
    const gate = await deps.gates.get(of.project, incident.system);
    const toVersion = action.plan.kind === 'rollback' ? action.plan.toVersion : undefined;
    const versions = await deps.gates.versions(of.project, incident.system);
    const target = versions.find((version) => version.version === toVersion);
    const permission = mayApprove(incident, action, gate, target);
    if (!permission.allowed) {
      if (permission.reason === 'stale_plan') await fall(deps, tx, of, incident, action, permission.why);
      return refused(permission);
    }
    const moved = await deps.actions.move(
      action.id,
      ['proposed'],
      { to: 'running', sentence: action.sentence, decidedBy: of.by, atMs: await eventClock(deps, incident) },
      tx,
    );
    const { policy, plan, idempotencyKey: key, atMs } = moved.action;
    const reason = text === '' ? `Approved by ${of.by}. ${action.sentence}` : text;
    const revision = gate ? { gateRevision: gate.revision } : {};
    const order = { policy, plan, mode: 'auto', key, decidedBy: of.by, atMs, reason, ...revision } as const;
    const done = await execute(deps, tx, incident, moved.action, order);
    const next = await record(deps, tx, done.incident, done.entries, [done.action]);
    if (done.action.state === 'failed')
      return { kind: 'refused', reason: 'failed', sentence: done.action.sentence };
    return { kind: 'done', incident: next, action: done.action };
  });

async function readAction(
  deps: AlertsDeps,
  tx: PostgresTx,
  of: Target,
  id: string,
): Promise<Action | undefined> {
  if (!UUID.test(id)) return undefined;
  const action = await deps.actions.get(of.project, id, tx);
  return action?.incident === of.incident ? action : undefined;
}
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function reject(
  deps: AlertsDeps,
  tx: PostgresTx,
  of: Target,
  incident: Incident,
  action: Action,
  text: string,
): Promise<CommandResult> {
  if (action.state !== 'proposed')
    return {
      kind: 'refused',
      reason: 'not_proposed',
      sentence: `The action is ${action.state}, not proposed.`,
    };
  const sentence = `${of.by} decided against it: ${planSentence(action.plan)}.${text === '' ? '' : ` ${text}`}`;
  const next = await end(deps, tx, of, incident, action, 'rejected', sentence);
  return { kind: 'done', ...next };
}

/** A proposal whose world is gone makes room for a new one. */
async function fall(
  deps: AlertsDeps,
  tx: PostgresTx,
  of: Target,
  incident: Incident,
  action: Action,
  why: string,
): Promise<void> {
  await end(deps, tx, of, incident, action, 'refused', `The plan no longer holds: ${why}`);
}

async function end(
  deps: AlertsDeps,
  tx: PostgresTx,
  of: Target,
  incident: Incident,
  action: Action,
  to: 'rejected' | 'refused',
  sentence: string,
): Promise<{ incident: Incident; action: Action }> {
  const move = { to, sentence, decidedBy: of.by, finishedAtMs: deps.nowMs() } as const;
  const { action: moved } = await deps.actions.move(action.id, ['proposed'], move, tx);
  await auditAction(deps, tx, moved, of.by);
  const entry: NewTimelineEntry = {
    atMs: await eventClock(deps, incident),
    kind: to === 'rejected' ? 'action_rejected' : 'action_refused',
    by: of.by,
    sentence,
    details: { action: action.id, quiet: true },
  };
  return { incident: await record(deps, tx, incident, [entry]), action: moved };
}
