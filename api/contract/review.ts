import { z } from 'zod';
import { REVIEW_STATES, ruling } from '../../model/review.ts';
import { instant } from './common.ts';
import { decisionDetail } from './decisions.ts';

export const queueRow = z.object({
  name: z.string(),
  description: z.string(),
  waiting: z.number(),
  claimed: z.number(),
  ruledToday: z.number(),
  overturnedToday: z.number(),
  oldestMs: z.number().nullable(),
  leftOut: z.number(),
  capacity: z.number(),
});

export const reviewRow = z.object({
  id: z.string(),
  system: z.string(),
  queue: z.string(),
  decisionId: z.string(),
  incident: z.number().nullable(),
  reason: z.string(),
  state: z.enum(REVIEW_STATES),
  priority: z.number(),
  createdAt: instant,
  dueAt: instant,
  claimedBy: z.string(),
  leaseUntil: instant.nullable(),
  ruling: ruling.nullable(),
  ruledBy: z.string(),
  ruledAt: instant.nullable(),
});

export const reviewList = z.object({ rows: z.array(reviewRow), total: z.number() });

/** A claim: the item, what the reviewer must know, and the fence that the ruling must carry. */
export const claimed = z.object({
  item: reviewRow,
  fence: z.number(),
  decision: decisionDetail.nullable(),
  /** What may be chosen when overturning. */
  values: z.array(z.string()),
});

export const reviewerInput = z.strictObject({ reviewer: z.string().trim().min(1).max(128) });
export const nextInput = reviewerInput.extend({ queue: z.string().default('default') });
export const rulingInput = z.strictObject({
  reviewer: z.string().trim().min(1).max(128),
  fence: z.number().int(),
  ruling,
});
export const renewInput = reviewerInput.extend({ fence: z.number().int() });

export type QueueRow = z.infer<typeof queueRow>;
export type ReviewRow = z.infer<typeof reviewRow>;
export type Claimed = z.infer<typeof claimed>;
