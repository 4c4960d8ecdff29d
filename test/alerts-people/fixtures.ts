import {
  DEFAULT_PROJECT,
  type IncidentId,
  incidentId,
  type SystemName,
  systemName,
} from '../../model/ids.ts';
import type { Incident } from '../../model/incident.ts';
import type { NotificationMessage } from '../../store/ports/outbox.ts';

export const PROJECT = DEFAULT_PROJECT;
export const FLIGHTS: SystemName = systemName.parse('flights');
/** 2026-03-04 05:06:00 UTC. */
export const T0 = Date.UTC(2026, 2, 4, 5, 6);
export const MINUTE = 60_000;

export const incidentNo = (id: number): IncidentId => incidentId.parse(id);

export const signal = {
  key: 'k',
  monitor: 'inputs',
  kind: 'drift',
  subject: 'distance',
  statistic: 'psi',
  verdict: 'drift',
  severity: 'page',
  value: 0.81234,
  limit: 0.25,
  n: 1_200,
  sentence: 'Distances look as if they were in kilometres.',
  firing: true,
  sinceMs: T0 - 90 * MINUTE,
  lastWindowEndMs: T0,
  modelVersion: 'v2',
  segment: '',
  quietSinceMs: null,
  okWindows: 0,
  flaps: 0,
} as const;

export const incident: Incident = {
  id: incidentNo(12),
  project: PROJECT,
  system: FLIGHTS,
  title: 'flights burns its correctness budget',
  severity: 'page',
  state: 'open',
  owner: '',
  onsetMs: T0 - 90 * MINUTE,
  openedAtMs: T0,
  resolvedAtMs: null,
  judged: 'not_judged',
  signals: [signal],
  revision: 1,
};

export const message: NotificationMessage = {
  project: PROJECT,
  system: FLIGHTS,
  incident: incidentNo(12),
  title: incident.title,
  severity: 'page',
  state: 'open',
  reason: 'opened',
  sentence: 'Correctness burns 14 times as fast as it may.',
  atMs: T0,
  onsetMs: T0 - 90 * MINUTE,
  signals: [
    {
      subject: 'distance',
      statistic: 'psi',
      value: 0.81234,
      limit: 0.25,
      n: 1_200,
      firing: true,
      sinceMs: T0 - 90 * MINUTE,
      sentence: 'Distances look as if they were in kilometres.',
    },
  ],
  signalsLeftOut: 0,
  affectedDecisions: 431,
  actions: ['Rolled back from v2 to v1.'],
};
