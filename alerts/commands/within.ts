import type { Incident } from '../../model/incident.ts';
import type { SignalMarks } from '../../store/ports/incidents.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import type { Permission } from '../decide/manual.ts';
import type { AlertsDeps } from '../deps.ts';
import type { CommandResult, Target } from './command.ts';

export type Within = { readonly tx: PostgresTx; readonly incident: Incident; readonly marks: SignalMarks };

/** Runs a command on the incident as it is now, under the system's lock. */
export async function withinIncident(
  deps: AlertsDeps,
  of: Target,
  work: (within: Within) => Promise<CommandResult>,
): Promise<CommandResult> {
  const found = await deps.incidents.get(of.project, of.incident);
  if (!found) return { kind: 'not_found', what: 'incident' };
  return deps.db.transaction(async (tx) => {
    const marks = await deps.incidents.lockMarks(of.project, found.system, tx);
    const incident = await deps.incidents.get(of.project, of.incident, tx);
    return incident ? work({ tx, incident, marks }) : { kind: 'not_found', what: 'incident' };
  });
}

export const refused = (permission: Extract<Permission, { allowed: false }>): CommandResult => ({
  kind: 'refused',
  reason: permission.reason,
  sentence: permission.why,
});

export async function audit(
  deps: AlertsDeps,
  tx: PostgresTx,
  of: Target,
  what: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { project, by, incident } = of;
  await deps.audit.append({ project, by, what, subject: `incident ${incident}`, details }, deps.nowMs(), tx);
}
