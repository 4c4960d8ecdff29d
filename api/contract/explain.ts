import { z } from 'zod';
import { instant } from './common.ts';

const side = z.object({
  from: instant,
  to: instant,
  version: z.string(),
  segments: z.record(z.string(), z.string()),
  decisions: z.number(),
  /** Looked at: all, or a sample. */
  sampled: z.number(),
  mean: z.number().nullable(),
});

export const explanation = z.object({
  system: z.string(),
  /** `score`, `wrong`, or `value=…`. */
  target: z.string(),
  where: side,
  baseline: side,
  change: z.object({ value: z.number(), low: z.number(), high: z.number(), pValue: z.number() }).nullable(),
  /** When it began, with its 95 % interval. */
  onset: z.object({ at: instant, from: instant, to: instant }).nullable(),
  segments: z.array(
    z.object({
      segment: z.string(),
      decisions: z.number(),
      share: z.number(),
      baselineShare: z.number(),
      mean: z.number().nullable(),
      baselineMean: z.number().nullable(),
      carries: z.number(),
      pValue: z.number(),
    }),
  ),
  features: z.array(
    z.object({
      feature: z.string(),
      distance: z.number(),
      pValue: z.number(),
      sentence: z.string(),
      contribution: z.number().nullable(),
      contributionError: z.number().nullable(),
      cluster: z.number(),
    }),
  ),
  parts: z.object({ inputs: z.number(), answers: z.number(), fit: z.number() }).nullable(),
  causes: z.array(z.object({ at: instant, kind: z.string(), label: z.string(), beforeOnsetMs: z.number() })),
  sentences: z.array(z.string()),
});
export type ExplanationView = z.infer<typeof explanation>;
