import type { Permission } from '../../../alerts/decide/manual.ts';
import {
  mayAcknowledge,
  mayReleaseGate,
  mayResolve,
  mayRollBack,
  mayRoute,
} from '../../../alerts/decide/manual.ts';
import { planSentence } from '../../../alerts/decide/plans.ts';
import type { Action } from '../../../model/action.ts';
import type { Gate, ModelVersion } from '../../../model/gate.ts';
import type { Incident, Signal, TimelineEntry } from '../../../model/incident.ts';
import type { Delivery } from '../../../store/ports/outbox.ts';
import type {
  ActionView,
  DeliveryView,
  IncidentDetail,
  IncidentRow,
  SignalView,
  TimelineView,
} from '../../contract/incidents.ts';

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

export const incidentRowOf = (of: Incident): IncidentRow => ({
  id: of.id,
  system: of.system,
  title: of.title,
  severity: of.severity,
  state: of.state,
  owner: of.owner,
  onset: iso(of.onsetMs),
  openedAt: iso(of.openedAtMs),
  resolvedAt: isoOrNull(of.resolvedAtMs),
  judged: of.judged,
  firing: of.signals.filter((signal) => signal.firing).length,
  signals: of.signals.length,
});

export const signalOf = (of: Signal): SignalView => ({
  key: of.key,
  monitor: of.monitor,
  kind: of.kind,
  subject: of.subject,
  statistic: of.statistic,
  verdict: of.verdict,
  severity: of.severity,
  value: of.value,
  limit: of.limit,
  n: of.n,
  sentence: of.sentence,
  firing: of.firing,
  since: iso(of.sinceMs),
});

export const actionOf = (of: Action): ActionView => ({
  id: of.id,
  kind: of.plan.kind,
  mode: of.mode,
  state: of.state,
  policy: of.policy,
  sentence: of.sentence,
  plan: planSentence(of.plan),
  decidedBy: of.decidedBy,
  createdAt: iso(of.createdAtMs),
  finishedAt: isoOrNull(of.finishedAtMs),
});

export const entryOf = (of: TimelineEntry): TimelineView => ({
  seq: of.seq,
  at: iso(of.atMs),
  recordedAt: iso(of.recordedAtMs),
  kind: of.kind,
  by: of.by,
  sentence: of.sentence,
});

export const deliveryOf = (of: Delivery): DeliveryView => ({
  id: of.id,
  channel: of.channel,
  reason: of.message.reason,
  state: of.state,
  attempts: of.attempts,
  lastError: of.lastError,
  sentAt: isoOrNull(of.sentAtMs),
});

type Allowed = IncidentDetail['allowed'];

/** What a person may press now; what may not be pressed says why. */
export function allowedOf(
  incident: Incident,
  gate: Gate | undefined,
  lastKnownGood: ModelVersion | undefined,
): Allowed {
  const row = (what: Allowed[number]['do'], { allowed, why }: Permission): Allowed[number] => ({
    do: what,
    allowed,
    why,
  });
  return [
    row('acknowledge', mayAcknowledge(incident)),
    row('resolve', mayResolve(incident)),
    row('rollback', mayRollBack(incident, gate, { version: lastKnownGood, asked: undefined })),
    row('route', mayRoute(incident, gate)),
    row('release_gate', mayReleaseGate(incident, gate)),
    row('note', { allowed: true, why: 'Stands on the timeline for good.' }),
  ];
}
