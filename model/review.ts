import { z } from 'zod';
import type { DecisionId, IncidentId, ProjectId, SystemName } from './ids.ts';

export const REVIEW_STATES = ['open', 'claimed', 'ruled', 'expired'] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

/** confirmed: the decision stands. overturned: it should have been `value`. unsure: passed on to another reviewer. */
export const ruling = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('confirmed'), note: z.string().max(4_096).default('') }),
  z.strictObject({
    kind: z.literal('overturned'),
    value: z.string().min(1).max(256),
    note: z.string().max(4_096).default(''),
  }),
  z.strictObject({ kind: z.literal('unsure'), note: z.string().max(4_096).default('') }),
]);
export type Ruling = z.infer<typeof ruling>;

export type ReviewItem = {
  readonly id: string;
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly queue: string;
  readonly decisionId: DecisionId;
  /** null when the deciding service itself asked for a person. */
  readonly incident: IncidentId | null;
  readonly reason: string;
  readonly state: ReviewState;
  /** Higher first. */
  readonly priority: number;
  /** Chance with which this decision was picked from the affected ones: 1 when all were taken. */
  readonly inclusionProbability: number;
  readonly createdAtMs: number;
  readonly dueAtMs: number;
  readonly claimedBy: string;
  readonly leaseUntilMs: number | null;
  /** Fencing token: a ruling must carry the one its claim was given. */
  readonly fence: number;
  readonly ruling: Ruling | null;
  readonly ruledBy: string;
  readonly ruledAtMs: number | null;
};
