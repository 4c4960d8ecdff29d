import { z } from 'zod';
import type { IncidentId, ProjectId, SystemName } from './ids.ts';

/** shadow: write down what would have been done. propose: a person approves. auto: do it. */
export const actionMode = z.enum(['shadow', 'propose', 'auto']);
export type ActionMode = z.infer<typeof actionMode>;

/** The world as it was when the plan was made; an approval holds only while it still is. */
export type RollbackPlan = {
  readonly kind: 'rollback';
  readonly fromVersion: string;
  readonly toVersion: string;
};
export type RoutePlan = {
  readonly kind: 'route';
  readonly queue: string;
  /** Decisions made at or after this event time are affected. */
  readonly sinceMs: number;
  readonly modelVersion: string;
  /** At most this many of the decisions already made become review items. */
  readonly maxItems: number;
  /** Ask the gate to answer `route: review` for decisions to come. */
  readonly future: boolean;
};
export type ActionPlan = RollbackPlan | RoutePlan;
export type ActionKind = ActionPlan['kind'];

export const ACTION_STATES = [
  'shadowed',
  'proposed',
  'running',
  'done',
  'refused',
  'failed',
  'rejected',
  'effective',
  'ineffective',
] as const;
export type ActionState = (typeof ACTION_STATES)[number];

export type Action = {
  readonly id: string;
  readonly incident: IncidentId;
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly policy: string;
  readonly plan: ActionPlan;
  readonly mode: ActionMode;
  readonly state: ActionState;
  /** Why it was refused, what failed, what it changed: one sentence. */
  readonly sentence: string;
  /** Hash of (incident, plan): the same action is taken once. */
  readonly idempotencyKey: string;
  readonly decidedBy: string;
  /** Event time of the finding that asked for it; cooldowns and verification are counted in it. */
  readonly atMs: number;
  readonly createdAtMs: number;
  readonly finishedAtMs: number | null;
};
