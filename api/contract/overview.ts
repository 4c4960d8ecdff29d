import { z } from 'zod';
import { freshness, instant, series, severity } from './common.ts';

export const attention = z.object({
  kind: z.enum(['incident', 'slo', 'quality', 'drift', 'stale', 'proposal']),
  severity,
  sentence: z.string(),
  since: instant.nullable(),
  system: z.string(),
  /** Path in the dashboard. */
  href: z.string(),
});

export const systemRow = z.object({
  system: z.string(),
  description: z.string(),
  owner: z.string(),
  servingVersion: z.string(),
  route: z.enum(['auto', 'review']),
  decisions: z.number(),
  perMinute: series,
  reviewShare: z.number().nullable(),
  /** Worst SLO's remaining error budget, 1 = untouched, below 0 = overspent; null when unknown. */
  budgetRemaining: z.number().nullable(),
  sloVerdict: z.string(),
  driftedFeatures: z.number(),
  watchedFeatures: z.number(),
  openIncident: z.number().nullable(),
  lastSeen: instant.nullable(),
});

export const change = z.object({
  at: instant,
  system: z.string(),
  kind: z.string(),
  by: z.string(),
  sentence: z.string(),
  href: z.string(),
});

export const overview = z.object({
  /** false until the first decision was ever stored: show how to send one. */
  hasData: z.boolean(),
  freshness,
  tiles: z.object({
    openIncidents: z.object({ page: z.number(), ticket: z.number(), log: z.number() }),
    slosAtRisk: z.object({
      atRisk: z.number(),
      total: z.number(),
      soonestExhaustionMs: z.number().nullable(),
    }),
    decisions: z.object({ total: z.number(), series }),
    review: z.object({ waiting: z.number(), oldestMs: z.number().nullable(), leftOut: z.number() }),
  }),
  attention: z.array(attention),
  systems: z.array(systemRow),
  changes: z.array(change),
});
export type Overview = z.infer<typeof overview>;
export type Attention = z.infer<typeof attention>;
export type SystemRow = z.infer<typeof systemRow>;
export type Change = z.infer<typeof change>;
