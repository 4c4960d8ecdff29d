import { z } from 'zod';
import { SEVERITIES } from '../finding.ts';
import { systemName } from '../ids.ts';
import { durationMs } from '../time.ts';
import { reference } from './reference.ts';

const common = {
  system: systemName,
  /** `all`, or names; `@score` is the model's score. */
  features: z.union([z.literal('all'), z.array(z.string().max(128)).min(1)]).default('all'),
  window: durationMs,
  /** How far the window moves between evaluations; default: the window itself. */
  step: durationMs.optional(),
  minimumN: z.number().int().positive().default(200),
  severity: z.enum(SEVERITIES).default('ticket'),
};

export const DRIFT_STATISTICS = ['psi', 'js_distance', 'ks'] as const;
export type DriftStatistic = (typeof DRIFT_STATISTICS)[number];

export const monitorSpec = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('drift'),
    ...common,
    statistic: z.enum(DRIFT_STATISTICS).default('psi'),
    limit: z.number().positive().default(0.2),
    reference,
  }),
  z.strictObject({
    kind: z.literal('quality'),
    ...common,
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
  }),
]);
export type MonitorSpec = z.output<typeof monitorSpec>;
export type DriftMonitorSpec = Extract<MonitorSpec, { kind: 'drift' }>;
export type QualityMonitorSpec = Extract<MonitorSpec, { kind: 'quality' }>;
