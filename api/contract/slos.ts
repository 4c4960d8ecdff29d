import { z } from 'zod';
import { freshness, instant, series, severity, verdict } from './common.ts';

export const burnPair = z.object({
  severity,
  longMs: z.number(),
  shortMs: z.number(),
  factor: z.number(),
  /** Burn rates; null when the window holds too few events. */
  long: z.number().nullable(),
  short: z.number().nullable(),
  nLong: z.number(),
  nShort: z.number(),
  /** Share of the period's budget that is gone when this pair fires. */
  budgetShare: z.number(),
  firing: z.boolean(),
  verdict,
});

export const sloRow = z.object({
  name: z.string(),
  system: z.string(),
  description: z.string(),
  sli: z.string(),
  /** "95 % of judged decisions are correct over 28d" */
  inWords: z.string(),
  target: z.number(),
  periodMs: z.number(),
  attained: z.number().nullable(),
  good: z.number(),
  total: z.number(),
  badAllowed: z.number(),
  badSpent: z.number(),
  budgetRemaining: z.number().nullable(),
  burn: z.object({ h1: z.number().nullable(), h6: z.number().nullable(), d3: z.number().nullable() }),
  exhaustionMs: z.number().nullable(),
  verdict,
  since: instant.nullable(),
  spark: series,
});

export const sloDetail = sloRow.extend({
  freshness,
  version: z.number(),
  /** Columns `remaining` (share of the budget) and `ideal`. */
  burnDown: series,
  /** Columns `burn` per bucket and `bad`, `total`. */
  burnRate: series,
  pairs: z.array(burnPair),
  /** One sentence: at this rate the budget is gone when. */
  forecast: z.string(),
  definition: z.string(),
  marks: z.array(z.object({ t: z.number(), kind: z.string(), label: z.string(), href: z.string() })),
});
export type SloRow = z.infer<typeof sloRow>;
export type SloDetail = z.infer<typeof sloDetail>;
export type BurnPair = z.infer<typeof burnPair>;
