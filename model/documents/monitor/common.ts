import { z } from 'zod';
import { SEVERITIES } from '../../finding.ts';
import { systemName } from '../../ids.ts';
import { durationMs } from '../../time.ts';

/** `all`, or names; `@score` is the model's score. */
export const featureChoice = z.union([z.literal('all'), z.array(z.string().max(128)).min(1)]);
export type FeatureChoice = z.output<typeof featureChoice>;

/** What every monitor says, whatever it looks at. */
export const everyMonitor = {
  system: systemName,
  window: durationMs,
  /** How far the window moves between evaluations; default: the window itself. */
  step: durationMs.optional(),
  minimumN: z.number().int().positive().default(200),
  /** At most so loud: what it says may rank lower. */
  severity: z.enum(SEVERITIES).default('ticket'),
};

/** Monitors that look at features one by one. */
export const everyFeatureMonitor = { ...everyMonitor, features: featureChoice.default('all') };
