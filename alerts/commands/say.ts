import type { IncidentJudgement, TimelineKind } from '../../model/incident.ts';
import type { NewTimelineEntry } from '../../store/ports/incidents.ts';
import { eventClock } from '../actions/hold.ts';
import { closeIncident } from '../close.ts';
import { mayAcknowledge, mayResolve } from '../decide/manual.ts';
import { resolved } from '../decide/transition.ts';
import type { AlertsDeps } from '../deps.ts';
import { record } from '../record.ts';
import type { CommandResult, Target } from './command.ts';
import { audit, refused, withinIncident } from './within.ts';

const line = (atMs: number, kind: TimelineKind, by: string, sentence: string): NewTimelineEntry => ({
  atMs,
  kind,
  by,
  sentence,
});

export const acknowledge = (deps: AlertsDeps, of: Target): Promise<CommandResult> =>
  withinIncident(deps, of, async ({ tx, incident }) => {
    const permission = mayAcknowledge(incident);
    if (!permission.allowed) return refused(permission);
    const state = incident.state === 'open' ? 'acknowledged' : incident.state;
    const entry = line(await eventClock(deps, incident), 'acknowledged', of.by, `${of.by} has it.`);
    const next = await record(deps, tx, { ...incident, owner: of.by, state }, [entry]);
    await audit(deps, tx, of, 'incident.acknowledged', {});
    return { kind: 'done', incident: next };
  });

/** Also after the end: what was learnt belongs to the incident. */
export const note = (deps: AlertsDeps, of: Target, text: string): Promise<CommandResult> =>
  withinIncident(deps, of, async ({ tx, incident }) => {
    const next = await record(deps, tx, incident, [
      line(await eventClock(deps, incident), 'note', of.by, text),
    ]);
    await audit(deps, tx, of, 'incident.noted', { note: text });
    return { kind: 'done', incident: next };
  });

const JUDGED: Readonly<Record<IncidentJudgement, string>> = {
  real: 'it was real',
  false_alarm: 'it was a false alarm',
  not_judged: 'nobody can say whether it was real',
};

/** Whether there was anything to be woken for; also long after the end, and it may be said anew. */
export const judge = (
  deps: AlertsDeps,
  of: Target,
  judged: IncidentJudgement,
  text: string,
): Promise<CommandResult> =>
  withinIncident(deps, of, async ({ tx, incident }) => {
    const said = `${of.by}: ${JUDGED[judged]}.${text === '' ? '' : ` ${text}`}`;
    const next = await record(deps, tx, { ...incident, judged }, [
      line(await eventClock(deps, incident), 'note', of.by, said),
    ]);
    await audit(deps, tx, of, 'incident.judged', { judged, note: text });
    return { kind: 'done', incident: next };
  });

export const resolve = (
  deps: AlertsDeps,
  of: Target,
  text: string,
  judged: IncidentJudgement = 'not_judged',
): Promise<CommandResult> =>
  withinIncident(deps, of, async ({ tx, incident, marks }) => {
    const permission = mayResolve(incident);
    if (!permission.allowed) return refused(permission);
    const nowMs = await eventClock(deps, incident);
    const why = text === '' ? `${of.by} closed it.` : text;
    const said = judged === 'not_judged' ? why : `${why} ${of.by}: ${JUDGED[judged]}.`;
    const closed = resolved({ ...incident, judged }, nowMs, said, [], of.by);
    const told = await closeIncident(deps, tx, closed.incident, closed.entries);
    await deps.incidents.saveMarks(of.project, incident.system, { ...marks, ...told }, tx);
    await audit(deps, tx, of, 'incident.resolved', { note: text, judged });
    const next = await deps.incidents.get(of.project, of.incident, tx);
    return { kind: 'done', incident: next ?? closed.incident };
  });
