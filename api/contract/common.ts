import { z } from 'zod';
import { FINDING_KINDS, SEVERITIES, VERDICTS } from '../../model/finding.ts';

/** RFC 3339, UTC. */
export const instant = z.iso.datetime();
export const severity = z.enum(SEVERITIES);
export const verdict = z.enum(VERDICTS);
export const findingKind = z.enum(FINDING_KINDS);

/** Parallel columns: `t` is epoch milliseconds, the other columns have its length; null is "no data", which is not zero. */
export const series = z.object({
  t: z.array(z.number()),
  bucketMs: z.number(),
  columns: z.array(z.object({ name: z.string(), values: z.array(z.number().nullable()) })),
});

/** RFC 9457. `code` is from a closed list; `help` says what to do next. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  help: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  requestId: z.string(),
});

/** How far the analyzers have come, so that every screen can say how old its picture is. */
export const freshness = z.object({
  watermark: instant.nullable(),
  lagMs: z.number().nullable(),
  pendingRecords: z.number(),
  /** The range that was shown; `anchoredOnData`: its end is the newest data, because none was asked for. */
  range: z.object({ from: instant, to: instant, anchoredOnData: z.boolean() }).optional(),
});

export type Series = z.infer<typeof series>;
export type Problem = z.infer<typeof problem>;
export type Freshness = z.infer<typeof freshness>;
