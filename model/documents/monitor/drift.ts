import { z } from 'zod';
import { reference } from '../reference.ts';
import { everyFeatureMonitor } from './common.ts';

export const DRIFT_STATISTICS = ['psi', 'js_distance', 'ks'] as const;
export type DriftStatistic = (typeof DRIFT_STATISTICS)[number];

export const driftMonitorSpec = z.strictObject({
  kind: z.literal('drift'),
  ...everyFeatureMonitor,
  statistic: z.enum(DRIFT_STATISTICS).default('psi'),
  limit: z.number().positive().default(0.2),
  reference,
  /** Segment keys that are looked at one by one beside the whole; all that the System declares, or a choice of them. */
  segments: z.union([z.literal('all'), z.array(z.string().max(256)).max(8)]).default('all'),
  /** Where several model versions decide at once, each is looked at beside the whole. */
  versions: z.boolean().default(true),
});
export type DriftMonitorSpec = z.output<typeof driftMonitorSpec>;
