import type { Action } from '../../model/action.ts';
import type { Incident } from '../../model/incident.ts';
import type { NewTimelineEntry } from '../../store/ports/incidents.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import { closeIncident } from '../close.ts';
import { withoutByDesign } from '../decide/by-design.ts';
import { containment } from '../decide/containment.ts';
import { VERIFY_RULES } from '../decide/rules.ts';
import { resolved } from '../decide/transition.ts';
import { type Verification, verify } from '../decide/verify.ts';
import { type AlertsDeps, LEEWAY } from '../deps.ts';
import { record } from '../record.ts';
import { targetEvidence } from './evidence.ts';
import { type HeldIncident, holdUnchanged } from './hold.ts';
import { auditAction } from './perform.ts';

/** Did the rollback of this incident help? */
export async function verifyRollback(deps: AlertsDeps, incident: Incident, nowMs: number): Promise<void> {
  const action = (await deps.actions.ofIncident(incident.project, incident.id)).findLast(
    (other) => other.plan.kind === 'rollback' && other.state === 'done',
  );
  if (action?.plan.kind !== 'rollback') return;
  const afterMs = await spanOf(deps, action);
  const window = { startMs: Math.max(action.atMs, nowMs - afterMs), endMs: nowMs };
  const gate = await deps.gates.get(incident.project, incident.system);
  const judged = withoutByDesign(incident, gate, await automationSlos(deps, incident));
  const evidence = await targetEvidence(deps, judged.incident, action.plan.toVersion, window);
  const result = verify({ incident: judged.incident, action, gate, afterMs, evidence, nowMs });
  if (result.kind === 'waiting') return;
  const told = { ...result, sentence: `${result.sentence}${judged.words}` };
  await deps.db.transaction(async (tx) => {
    const held = await holdUnchanged(deps, tx, incident);
    if (held) await settle(deps, tx, held, action, told, nowMs);
  });
}

async function automationSlos(deps: AlertsDeps, incident: Incident): Promise<ReadonlySet<string>> {
  if (!incident.signals.some(({ kind }) => kind === 'slo')) return new Set();
  const slos = await deps.documents.list(incident.project, 'SLO');
  return new Set(
    slos
      .filter(({ document }) => document.spec.sli.kind === 'automation')
      .map(({ document }) => String(document.metadata.name)),
  );
}

async function spanOf(deps: AlertsDeps, action: Action): Promise<number> {
  const policy = await deps.documents.get(action.project, 'Policy', action.policy);
  const rollback = policy?.document.spec.actions.find((other) => other.kind === 'rollback');
  return rollback?.kind === 'rollback' ? rollback.verifyAfter : VERIFY_RULES.defaultAfterMs;
}

async function settle(
  deps: AlertsDeps,
  tx: PostgresTx,
  held: HeldIncident,
  action: Action,
  result: Exclude<Verification, { kind: 'waiting' }>,
  nowMs: number,
): Promise<void> {
  const { sentence } = result;
  const entry = (kind: NewTimelineEntry['kind']): NewTimelineEntry => ({
    atMs: nowMs,
    kind,
    by: LEEWAY,
    sentence,
  });
  switch (result.kind) {
    case 'trial':
      await setRoute(deps, tx, held.incident, 'auto', sentence, nowMs);
      await record(deps, tx, held.incident, [entry('note')]);
      return;
    case 'effective': {
      await moveOn(deps, tx, action, 'effective', sentence);
      const closed = resolved(held.incident, nowMs, sentence, [entry('verified')]);
      const told = await closeIncident(deps, tx, closed.incident, closed.entries);
      const { project, system } = held.incident;
      await deps.incidents.saveMarks(project, system, { ...held.marks, ...told }, tx);
      return;
    }
    case 'ineffective':
      await moveOn(deps, tx, action, 'ineffective', sentence);
      await giveToPeople(deps, tx, held.incident, entry('not_verified'), nowMs);
  }
}

/** It did not help: a person is paged, and decisions stay with people where they were sent to people. */
async function giveToPeople(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  entry: NewTimelineEntry,
  nowMs: number,
): Promise<void> {
  const actions = await deps.actions.ofIncident(incident.project, incident.id, tx);
  const isRouted = actions.some(
    ({ plan, state }) => plan.kind === 'route' && plan.future && state === 'done',
  );
  if (isRouted) await setRoute(deps, tx, incident, 'review', entry.sentence, nowMs);
  const state = isRouted ? 'mitigating' : 'open';
  const entries: NewTimelineEntry[] = [entry];
  if (incident.severity !== 'page')
    entries.push({ ...entry, kind: 'severity_changed', sentence: `Now page: ${entry.sentence}` });
  await record(deps, tx, { ...incident, state, severity: 'page' }, entries, actions);
}

/** An incident that only routes: is it time to let the machine decide again, or to stop that? */
export async function watchRoute(deps: AlertsDeps, incident: Incident, nowMs: number): Promise<void> {
  const actions = await deps.actions.ofIncident(incident.project, incident.id);
  if (!actions.some(({ plan, state }) => plan.kind === 'route' && state === 'done')) return;
  const [gate] = await deps.gates.history(incident.project, incident.system, 1);
  const judged = withoutByDesign(incident, gate, await automationSlos(deps, incident));
  const result = containment(judged.incident, gate, actions, nowMs);
  if (result.kind === 'hold') return;
  await deps.db.transaction(async (tx) => {
    const held = await holdUnchanged(deps, tx, incident);
    if (!held) return;
    const sentence = `${result.sentence}${judged.words}`;
    await setRoute(deps, tx, held.incident, result.kind === 'trial' ? 'auto' : 'review', sentence, nowMs);
    await record(deps, tx, held.incident, [{ atMs: nowMs, kind: 'note', by: LEEWAY, sentence }]);
  });
}

async function setRoute(
  deps: AlertsDeps,
  tx: PostgresTx,
  { project, system, id }: Incident,
  route: 'auto' | 'review',
  sentence: string,
  atMs: number,
): Promise<void> {
  const reason = `Incident ${id}: ${sentence}`;
  await deps.gates.change(
    { project, system, route, reason, incident: id, atMs, by: LEEWAY },
    deps.nowMs(),
    tx,
  );
}

async function moveOn(
  deps: AlertsDeps,
  tx: PostgresTx,
  action: Action,
  to: 'effective' | 'ineffective',
  sentence: string,
): Promise<void> {
  const finishedAtMs = deps.nowMs();
  const moved = await deps.actions.move(action.id, ['done'], { to, sentence, finishedAtMs }, tx);
  await auditAction(deps, tx, moved.action, LEEWAY);
}
