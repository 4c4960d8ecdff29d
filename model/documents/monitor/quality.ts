import { z } from 'zod';
import { durationMs } from '../../time.ts';
import { reference } from '../reference.ts';
import { everyFeatureMonitor } from './common.ts';

const share = z.number().min(0).max(1);

export const qualityMonitorSpec = z.strictObject({
  kind: z.literal('quality'),
  ...everyFeatureMonitor,
  /** Shares 0..1 of the window's values, but where it says otherwise. */
  limits: z
    .strictObject({
      missing: share.default(0.05),
      outOfRange: share.default(0.01),
      newCategory: share.default(0.01),
      /** Of the reference's values: those in categories that came no more. */
      vanishedCategory: share.default(0.01),
      /** Numbers where texts were, or the other way round. */
      typeChange: share.default(0.01),
      /** Decisions that break the system's contract. */
      contract: share.default(0.01),
      /** Of the window's decisions: those whose id came before in it, or that equal another in everything but the id. */
      duplicates: share.default(0.001),
      /** Of the window's decisions: those dated after they were received. */
      future: share.default(0.001),
      /** How much less or more than expected, as a share of what was expected; and beyond chance. */
      volume: z.number().positive().default(0.5),
      /** 95 of 100 decisions are here so soon after they were made. Left out: four times the reference's. */
      delay: durationMs.optional(),
    })
    .prefault({}),
  reference: reference.optional(),
});
export type QualityMonitorSpec = z.output<typeof qualityMonitorSpec>;
