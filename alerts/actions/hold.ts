import type { Incident } from '../../model/incident.ts';
import type { SignalMarks } from '../../store/ports/incidents.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import { eventNowMs } from '../decide/transition.ts';
import type { AlertsDeps } from '../deps.ts';

/** An incident under its system's lock: whatever else acts on the system waits. */
export type HeldIncident = { readonly incident: Incident; readonly marks: SignalMarks };

/** Undefined when the incident is no longer as it was read: decide again from what it is now. */
export async function holdUnchanged(
  deps: AlertsDeps,
  tx: PostgresTx,
  read: Incident,
): Promise<HeldIncident | undefined> {
  const marks = await deps.incidents.lockMarks(read.project, read.system, tx);
  const incident = await deps.incidents.get(read.project, read.id, tx);
  if (incident?.revision === read.revision) return { incident, marks };
  const { project, system, id } = read;
  deps.emit({ kind: 'decision_raced', project, system, incident: id });
  return undefined;
}

/** Event time of the system: its watermark, or the newest window that was taken, whichever is later. */
export async function eventClock(deps: Pick<AlertsDeps, 'progress'>, incident: Incident): Promise<number> {
  const { watermarkMs } = await deps.progress.analysis(incident.project, incident.system);
  return Math.max(watermarkMs ?? 0, eventNowMs(incident));
}
