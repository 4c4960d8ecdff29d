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
});
export type DriftMonitorSpec = z.output<typeof driftMonitorSpec>;
