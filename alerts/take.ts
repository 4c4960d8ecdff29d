import type { Finding } from '../model/finding.ts';
import type { ProjectId } from '../model/ids.ts';
import type { Incident } from '../model/incident.ts';
import type { NewTimelineEntry, SignalMark, SignalMarks } from '../store/ports/incidents.ts';
import type { PostgresTx } from '../store/ports/postgres.ts';
import { closeIncident } from './close.ts';
import { signalKey } from './decide/signals.ts';
import { type Transition, transition } from './decide/transition.ts';
import type { AlertsDeps } from './deps.ts';
import { announce, record } from './record.ts';

/** Marks that a system keeps; the signals that were silent longest are forgotten first. */
const MAX_MARKS = 5_000;

/** What the batch has come to so far: the open incident with what is not written yet, and the marks. */
type Held = {
  readonly incident: Incident | undefined;
  readonly entries: readonly NewTimelineEntry[];
  readonly isDirty: boolean;
};
/** Written in place: a batch touches each of some thousand marks many times. */
type Marks = Record<string, SignalMark>;

/**
 * Findings of one system become its incident: one transaction, under the system's lock. Two processes that read the same
 * findings take turns here, and the second finds every window marked as taken.
 */
export async function takeFindings(
  deps: AlertsDeps,
  project: ProjectId,
  system: string,
  findings: readonly Finding[],
): Promise<void> {
  const inOrder = findings.toSorted(
    (a, b) => a.windowEndMs - b.windowEndMs || a.evaluatedAtMs - b.evaluatedAtMs,
  );
  await deps.db.transaction(async (tx) => {
    const marks: Marks = { ...(await deps.incidents.lockMarks(project, system, tx)) };
    const incident = await deps.incidents.openOf(project, system, tx);
    let held: Held = { incident, entries: [], isDirty: false };
    for (const finding of inOrder) {
      const key = signalKey(finding);
      const next = transition(held.incident, marks[key], finding, key);
      marks[key] = next.mark;
      held = await follow(deps, tx, held, next, marks);
    }
    await flush(deps, tx, held);
    await deps.incidents.saveMarks(project, system, newest(marks), tx);
  });
  deps.emit({ kind: 'findings_taken', project, system, count: findings.length });
}

async function follow(
  deps: AlertsDeps,
  tx: PostgresTx,
  held: Held,
  next: Transition,
  marks: Marks,
): Promise<Held> {
  switch (next.kind) {
    case 'unchanged':
      return held;
    case 'opened': {
      const incident = await deps.incidents.create(next.incident, tx);
      await announce(deps, tx, incident, next.entries, [], deps.nowMs());
      const { project, system, severity, title } = incident;
      deps.emit({ kind: 'incident_opened', project, system, incident: incident.id, severity, title });
      return { ...held, incident };
    }
    case 'updated':
      return { ...held, incident: next.incident, entries: [...held.entries, ...next.entries], isDirty: true };
    case 'resolved': {
      const entries = [...held.entries, ...next.entries];
      Object.assign(marks, await closeIncident(deps, tx, next.incident, entries));
      return { incident: undefined, entries: [], isDirty: false };
    }
  }
}

async function flush(deps: AlertsDeps, tx: PostgresTx, held: Held): Promise<void> {
  if (!held.incident || !held.isDirty) return;
  const { project, system, severity, title, id } = await record(deps, tx, held.incident, held.entries);
  if (held.entries.some((entry) => entry.kind === 'severity_changed'))
    deps.emit({ kind: 'incident_escalated', project, system, incident: id, severity, title });
}

function newest(marks: SignalMarks): SignalMarks {
  const all = Object.entries(marks);
  if (all.length <= MAX_MARKS) return marks;
  const byAge = all.toSorted((a, b) => age(b) - age(a));
  return Object.fromEntries(byAge.slice(0, MAX_MARKS));
}
const age = ([, mark]: [string, SignalMark]): number => mark.lastWindowEndMs;
