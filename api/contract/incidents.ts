import { z } from 'zod';
import { ACTION_STATES, actionMode } from '../../model/action.ts';
import { INCIDENT_JUDGEMENTS, INCIDENT_STATES, TIMELINE_KINDS } from '../../model/incident.ts';
import { findingKind, instant, series, severity, verdict } from './common.ts';

export const signal = z.object({
  key: z.string(),
  monitor: z.string(),
  kind: findingKind,
  subject: z.string(),
  statistic: z.string(),
  verdict,
  severity,
  value: z.number().nullable(),
  limit: z.number().nullable(),
  n: z.number(),
  sentence: z.string(),
  firing: z.boolean(),
  since: instant,
});

export const incidentRow = z.object({
  id: z.number(),
  system: z.string(),
  title: z.string(),
  severity,
  state: z.enum(INCIDENT_STATES),
  owner: z.string(),
  onset: instant,
  openedAt: instant,
  resolvedAt: instant.nullable(),
  judged: z.enum(INCIDENT_JUDGEMENTS),
  firing: z.number(),
  signals: z.number(),
});

export const action = z.object({
  id: z.string(),
  kind: z.enum(['rollback', 'route']),
  mode: actionMode,
  state: z.enum(ACTION_STATES),
  policy: z.string(),
  sentence: z.string(),
  /** What would change, in words. */
  plan: z.string(),
  decidedBy: z.string(),
  createdAt: instant,
  finishedAt: instant.nullable(),
});

export const delivery = z.object({
  id: z.string(),
  channel: z.string(),
  reason: z.string(),
  state: z.enum(['queued', 'sending', 'sent', 'dead', 'superseded']),
  attempts: z.number(),
  lastError: z.string(),
  sentAt: instant.nullable(),
});

export const timelineEntry = z.object({
  seq: z.number(),
  at: instant,
  recordedAt: instant,
  kind: z.enum(TIMELINE_KINDS),
  by: z.string(),
  sentence: z.string(),
});

export const incidentDetail = incidentRow.extend({
  revision: z.number(),
  signalList: z.array(signal),
  actions: z.array(action),
  timeline: z.array(timelineEntry),
  deliveries: z.array(delivery),
  affected: z.object({
    decisions: z.number(),
    since: instant,
    reviewed: z.number(),
    overturned: z.number(),
    waiting: z.number(),
    leftOut: z.number(),
  }),
  /** Columns `good` and `bad` around the onset. */
  evidence: series,
  /** What a person may do now; a refused one says why. */
  allowed: z.array(
    z.object({
      do: z.enum(['acknowledge', 'resolve', 'rollback', 'route', 'release_gate', 'note']),
      allowed: z.boolean(),
      why: z.string(),
    }),
  ),
});

export const noteInput = z.strictObject({ note: z.string().min(1).max(4_096) });
export const resolveInput = z.strictObject({
  note: z.string().max(4_096).default(''),
  /** Whether there was anything to be woken for. */
  judged: z.enum(INCIDENT_JUDGEMENTS).default('not_judged'),
});
export const judgementInput = z.strictObject({
  judged: z.enum(INCIDENT_JUDGEMENTS),
  note: z.string().max(4_096).default(''),
});
export const manualActionInput = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rollback'),
    toVersion: z.string().min(1).optional(),
    reason: z.string().min(3).max(2_000),
  }),
  z.strictObject({
    kind: z.literal('route'),
    queue: z.string().default('default'),
    maxItems: z.number().int().positive().max(10_000).default(200),
    future: z.boolean().default(true),
    reason: z.string().min(3).max(2_000),
  }),
]);
export const decideActionInput = z.strictObject({
  approve: z.boolean(),
  note: z.string().max(2_000).default(''),
});

export type IncidentRow = z.infer<typeof incidentRow>;
export type IncidentDetail = z.infer<typeof incidentDetail>;
export type ActionView = z.infer<typeof action>;
export type TimelineView = z.infer<typeof timelineEntry>;
export type SignalView = z.infer<typeof signal>;
export type DeliveryView = z.infer<typeof delivery>;
