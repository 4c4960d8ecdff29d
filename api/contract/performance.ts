import { z } from 'zod';
import { instant, series, verdict } from './common.ts';

const measured = {
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
};

export const metricRow = z.object({
  metric: z.string(),
  verdict,
  ...measured,
  reference: z.number().nullable(),
  limit: z.number().nullable(),
  n: z.number(),
  /** When the decisions were made. */
  from: instant,
  to: instant,
  sentence: z.string(),
});

/** Of 95 % intervals whose windows have their labels by now. */
const coverage = z.object({
  windows: z.number(),
  held: z.number(),
  share: z.number(),
  meanError: z.number(),
  isBad: z.boolean(),
});

export const performance = z.object({
  system: z.string(),
  monitors: z.array(z.string()),
  monitor: z.string(),
  task: z.string(),
  /** The one thing to know. */
  verdict,
  sentence: z.string(),
  metrics: z.array(metricRow),
  /** Of the first metric, by the end of its cohort: `realised`, `low`, `high`, `estimated`, `estimated low`, `estimated high`, `limit`. */
  history: series,
  segments: z.array(
    z.object({
      segment: z.string(),
      metric: z.string(),
      verdict,
      ...measured,
      n: z.number(),
      sentence: z.string(),
    }),
  ),
  fairness: z.array(
    z.object({
      key: z.string(),
      kind: z.string(),
      verdict,
      ...measured,
      limit: z.number().nullable(),
      sentence: z.string(),
    }),
  ),
  /** By tenths of the stated probability. */
  reliability: z.array(
    z.object({ from: z.number(), n: z.number(), stated: z.number(), happened: z.number() }),
  ),
  brier: z
    .object({ score: z.number(), reliability: z.number(), resolution: z.number(), uncertainty: z.number() })
    .nullable(),
  /** Share of decisions whose label is known so long after them. */
  maturity: z.array(z.object({ afterMs: z.number(), share: z.number(), low: z.number(), high: z.number() })),
  /** What became of earlier estimates of the first metric. */
  coverage: coverage.nullable(),
  /** What is said of the newest window before its labels are known, of each metric. */
  estimates: z.array(
    z.object({
      metric: z.string(),
      verdict,
      ...measured,
      from: instant,
      to: instant,
      /** What became of earlier ones; null before there are labels. */
      coverage: coverage.nullable(),
      /** Segment key by whose groups the scores are calibrated apart. */
      splitBy: z.string().nullable(),
      /** Share of the decisions that lie outside of what was labelled in the reference. */
      outsideShare: z.number(),
      /** `broken`: so many lie outside that the interval holds for nothing. */
      assumption: z.enum(['not_refuted', 'broken']),
      sentence: z.string(),
    }),
  ),
  cost: z.object({ unit: z.string(), amount: z.number(), low: z.number(), high: z.number() }).nullable(),
});
export type PerformanceView = z.infer<typeof performance>;
export type MetricRow = z.infer<typeof metricRow>;
