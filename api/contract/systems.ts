import { z } from 'zod';
import { VERSION_STATUSES } from '../../model/gate.ts';
import { freshness, instant, series, verdict } from './common.ts';

export const gate = z.object({
  system: z.string(),
  servingVersion: z.string(),
  route: z.enum(['auto', 'review']),
  reason: z.string(),
  incident: z.number().nullable(),
  revision: z.number(),
  changedAt: instant,
  changedBy: z.string(),
});

export const version = z.object({
  version: z.string(),
  status: z.enum(VERSION_STATUSES),
  firstSeen: instant,
  liveSince: instant.nullable(),
  decisions: z.number(),
  /** Share 0..1 of judged decisions that were correct; null when none was judged. */
  correctness: z.number().nullable(),
  judged: z.number(),
  note: z.string(),
});

export const featureRow = z.object({
  feature: z.string(),
  kind: z.enum(['numeric', 'categorical', 'score']),
  unit: z.string(),
  importance: z.number(),
  verdict,
  statistic: z.string(),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  n: z.number(),
  since: instant.nullable(),
  sentence: z.string(),
});

export const systemDetail = z.object({
  system: z.string(),
  description: z.string(),
  owner: z.string(),
  freshness,
  gate: gate.nullable(),
  versions: z.array(version),
  features: z.array(featureRow),
  /** What was last said of features together, of texts and of vectors. */
  together: z.array(
    z.object({
      monitor: z.string(),
      subject: z.string(),
      statistic: z.string(),
      verdict,
      value: z.number().nullable(),
      limit: z.number().nullable(),
      n: z.number(),
      since: instant.nullable(),
      sentence: z.string(),
    }),
  ),
  /** One column per decision value, and one per version prefixed `version:`. */
  volume: series,
  openIncident: z.number().nullable(),
  /** The budgets of false alarms, and what people judged of the alarms of the last `overMs`. */
  falseAlarms: z.array(
    z.object({
      severity: z.enum(['page', 'ticket']),
      /** At most one false alarm in so much event time. */
      everyMs: z.number(),
      overMs: z.number(),
      allowed: z.number(),
      raised: z.number(),
      judged: z.number(),
      falseAlarms: z.number(),
      sentence: z.string(),
    }),
  ),
  marks: z.array(z.object({ t: z.number(), kind: z.string(), label: z.string(), href: z.string() })),
});

/** Features × time. `cells[f][t]` lines up with `features` and `t`. */
export const heatmap = z.object({
  monitor: z.string(),
  /** All drift monitors of the system, the one that watches most first. */
  monitors: z.array(z.string()),
  statistic: z.string(),
  limit: z.number(),
  t: z.array(z.number()),
  stepMs: z.number(),
  features: z.array(z.string()),
  cells: z.array(z.array(z.object({ value: z.number().nullable(), verdict, n: z.number() }).nullable())),
});

/** The same bin edges for both sides. Shares 0..1 of non-missing values. */
export const distribution = z.object({
  feature: z.string(),
  kind: z.enum(['numeric', 'categorical']),
  unit: z.string(),
  reference: z.object({
    from: instant,
    to: instant,
    n: z.number(),
    missing: z.number(),
    /** What it is, or why there is none. */
    source: z.string(),
  }),
  current: z.object({ from: instant, to: instant, n: z.number(), missing: z.number() }),
  bins: z.array(
    z.object({
      label: z.string(),
      from: z.number().nullable(),
      to: z.number().nullable(),
      reference: z.number(),
      current: z.number(),
      isNew: z.boolean(),
    }),
  ),
  statistics: z.array(
    z.object({ name: z.string(), value: z.number().nullable(), limit: z.number().nullable() }),
  ),
  moments: z.object({
    reference: z.object({
      mean: z.number().nullable(),
      sd: z.number().nullable(),
      min: z.number().nullable(),
      max: z.number().nullable(),
    }),
    current: z.object({
      mean: z.number().nullable(),
      sd: z.number().nullable(),
      min: z.number().nullable(),
      max: z.number().nullable(),
    }),
  }),
  sentence: z.string(),
});

export const deploymentInput = z.strictObject({
  version: z.string().min(1).max(256),
  note: z.string().max(2_000).default(''),
  /** Event time at which it goes live; default: now. */
  at: instant.optional(),
});
export const gateInput = z.strictObject({
  servingVersion: z.string().min(1).max(256).optional(),
  route: z.enum(['auto', 'review']).optional(),
  reason: z.string().min(3).max(2_000),
});

export type GateView = z.infer<typeof gate>;
export type VersionRow = z.infer<typeof version>;
export type FeatureRow = z.infer<typeof featureRow>;
export type SystemDetail = z.infer<typeof systemDetail>;
export type Heatmap = z.infer<typeof heatmap>;
export type Distribution = z.infer<typeof distribution>;
