import { z } from 'zod';
import { reference } from '../reference.ts';
import { everyFeatureMonitor } from './common.ts';

export const qualityMonitorSpec = z.strictObject({
  kind: z.literal('quality'),
  ...everyFeatureMonitor,
  /** Shares 0..1 of the window's values. */
  limits: z
    .strictObject({
      missing: z.number().min(0).max(1).default(0.05),
      outOfRange: z.number().min(0).max(1).default(0.01),
      newCategory: z.number().min(0).max(1).default(0.01),
      /** Decisions that break the system's contract. */
      contract: z.number().min(0).max(1).default(0.01),
    })
    .prefault({}),
  reference: reference.optional(),
});
export type QualityMonitorSpec = z.output<typeof qualityMonitorSpec>;
