import { z } from 'zod';
import { durationMs } from '../time.ts';

/** Where decisions wait for a person. */
export const queueSpec = z.strictObject({
  description: z.string().max(2_000).default(''),
  /** Open items at the most; over it decisions are sampled, and the number left out is shown. */
  capacity: z.number().int().positive().default(500),
  /** How long a claim holds without a sign of life. */
  lease: durationMs.prefault('5m'),
  /** How long an item may wait. */
  due: durationMs.prefault('4h'),
  /** What a reviewer may choose when overturning. Empty: any value that the system has sent. */
  values: z.array(z.string()).default([]),
});
export type QueueSpec = z.output<typeof queueSpec>;
