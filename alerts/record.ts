import type { Action } from '../model/action.ts';
import type { Incident, TimelineEntry, TimelineKind } from '../model/incident.ts';
import type { NewTimelineEntry } from '../store/ports/incidents.ts';
import type { NotificationReason } from '../store/ports/outbox.ts';
import type { PostgresTx } from '../store/ports/postgres.ts';
import type { AlertsDeps } from './deps.ts';

/** Entries that people are told about, beside those that only stand on the timeline. */
const NEWS: Partial<Record<TimelineKind, NotificationReason>> = {
  opened: 'opened',
  severity_changed: 'escalated',
  action_proposed: 'action',
  action_refused: 'action',
  action_done: 'action',
  action_failed: 'action',
  not_verified: 'action',
  resolved: 'resolved',
};

/**
 * Writes what became of an incident: the row, its entries, the notifications that they make, and the live hint, all in the
 * caller's transaction. The caller holds the row's lock, so a stale revision is a mistake of the program.
 */
export async function record(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  entries: readonly NewTimelineEntry[],
  actions: readonly Action[] = [],
): Promise<Incident> {
  const nowMs = deps.nowMs();
  const updated = await deps.incidents.update(incident, tx);
  if (updated.kind === 'stale') throw new RangeError(`incident ${incident.id} changed under its own lock`);
  await announce(deps, tx, updated.incident, entries, actions, nowMs);
  return updated.incident;
}

/** Entries and what follows from them, for an incident whose row is as it should be. */
export async function announce(
  deps: AlertsDeps,
  tx: PostgresTx,
  incident: Incident,
  entries: readonly NewTimelineEntry[],
  actions: readonly Action[],
  nowMs: number,
): Promise<void> {
  const written = await deps.incidents.append(incident.id, entries, nowMs, tx);
  for (const entry of written) {
    const reason = NEWS[entry.kind];
    if (reason === undefined || isQuiet(entry)) continue;
    const { seq: sequence, sentence, atMs } = entry;
    await deps.enqueueNotifications(tx, { incident, reason, sequence, sentence, atMs, actions }, nowMs);
  }
  await deps.live.publish(incident.project, 'incident', String(incident.id), nowMs, tx);
}

/** An entry with `quiet` in its details stands on the timeline and wakes nobody. */
const isQuiet = (entry: TimelineEntry): boolean => entry.details['quiet'] === true;
