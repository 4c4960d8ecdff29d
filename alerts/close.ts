import type { Incident } from '../model/incident.ts';
import type { NewTimelineEntry, SignalMarks } from '../store/ports/incidents.ts';
import type { PostgresTx } from '../store/ports/postgres.ts';
import { toldMarks } from './decide/transition.ts';
import { type AlertsDeps, LEEWAY } from './deps.ts';
import { record } from './record.ts';

/**
 * What goes with the end of an incident, in one transaction: the gate lets the machine decide again, proposals that nobody
 * approved fall, and signals that still fire are told. Returns
 * the marks of those signals; the caller holds the system's marks, and writes them.
 */
export async function closeIncident(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  entries: readonly NewTimelineEntry[],
): Promise<SignalMarks> {
  const nowMs = deps.nowMs();
  const atMs = incident.resolvedAtMs ?? nowMs;
  await dropProposals(deps, tx, incident, nowMs);
  await openGate(deps, tx, incident, atMs, nowMs);
  const actions = await deps.actions.ofIncident(incident.project, incident.id, tx);
  const closed = await record(deps, tx, incident, entries, actions);
  const { project, system, title } = closed;
  deps.emit({ kind: 'incident_resolved', project, system, incident: closed.id, title });
  return toldMarks(closed);
}

async function dropProposals(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  nowMs: number,
): Promise<void> {
  for (const action of await deps.actions.ofIncident(incident.project, incident.id, tx)) {
    if (action.state !== 'proposed') continue;
    const sentence = 'The incident was over before anyone decided.';
    await deps.actions.move(
      action.id,
      ['proposed'],
      { to: 'rejected', sentence, decidedBy: LEEWAY, finishedAtMs: nowMs },
      tx,
    );
  }
}

async function openGate(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  atMs: number,
  nowMs: number,
): Promise<void> {
  const { project, system } = incident;
  const gate = await deps.gates.get(project, system);
  if (gate?.route !== 'review' || gate.incident !== incident.id) return;
  const reason = `Incident ${incident.id} is over: the machine decides again.`;
  const change = { project, system, route: 'auto', reason, incident: null, atMs, by: LEEWAY } as const;
  await deps.gates.change(change, nowMs, tx);
}
