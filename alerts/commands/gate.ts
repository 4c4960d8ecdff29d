import type { GateChangeResult } from '../../store/ports/gates.ts';
import type { AlertsDeps } from '../deps.ts';
import { record } from '../record.ts';
import type { GateOrder } from './command.ts';

/** A person sets the gate by hand; where an incident is open it stands on the timeline too. */
export async function changeGate(deps: AlertsDeps, order: GateOrder): Promise<GateChangeResult> {
  const { project, system, reason, by, servingVersion, route } = order;
  const { watermarkMs } = await deps.progress.analysis(project, system);
  const document = await deps.documents.get(project, 'System', system);
  const nowMs = deps.nowMs();
  const atMs = watermarkMs ?? nowMs;
  return deps.db.transaction(async (tx) => {
    await deps.incidents.lockMarks(project, system, tx);
    const incident = await deps.incidents.openOf(project, system, tx);
    const change = {
      project,
      system,
      reason,
      by,
      atMs,
      incident: route === 'auto' ? null : (incident?.id ?? null),
      ...(servingVersion === undefined ? {} : { servingVersion }),
      ...(route === undefined ? {} : { route }),
      ...(document ? { bakeTimeMs: document.document.spec.bakeTime } : {}),
    };
    const result = await deps.gates.change(change, nowMs, tx);
    if (result.kind === 'changed' && incident) {
      const { gate } = result;
      const sentence = `${by} set the gate: version ${gate.servingVersion}, ${gate.route === 'review' ? 'a person looks at every decision' : 'the machine decides'}. ${reason}`;
      await record(deps, tx, incident, [{ atMs, kind: 'note', by, sentence }]);
    }
    return result;
  });
}
