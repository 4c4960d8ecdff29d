import { z } from 'zod';
import { systemName } from '../ids.ts';
import { durationMs } from '../time.ts';

/** What makes an event good. Every SLI is a ratio of counts: good events over all events that could be judged. */
export const sli = z.discriminatedUnion('kind', [
  /** Decisions whose label or ruling agrees, counted in the minute in which that became known. */
  z.strictObject({ kind: z.literal('correctness') }),
  /** Decisions made within the threshold, counted in the minute of the decision. */
  z.strictObject({ kind: z.literal('latency'), thresholdMs: z.number().positive() }),
  /** Decisions that a machine made without asking a person. */
  z.strictObject({ kind: z.literal('automation') }),
]);
export type Sli = z.output<typeof sli>;

/** "99.5%" or 0.995, kept as an exact decimal so that budgets are exact fractions. */
export const target = z.union([z.number(), z.string()]).transform((raw, ctx) => {
  const text = String(raw).trim();
  const match = /^(\d{1,3})(?:\.(\d{1,12}))?(%?)$/.exec(text);
  const fraction = match && toFraction(match[1] ?? '', match[2] ?? '', match[3] === '%');
  if (!fraction || fraction.good <= 0n || fraction.good >= fraction.of) {
    ctx.addIssue({
      code: 'custom',
      message: `"${text}" is not a target between 0 and 1, such as 0.99 or "99.5%"`,
    });
    return z.NEVER;
  }
  return fraction;
});

/** `good / of`, exactly. */
export type Target = { readonly good: bigint; readonly of: bigint };

function toFraction(whole: string, decimals: string, percent: boolean): Target {
  return { good: BigInt(whole + decimals), of: 10n ** BigInt(decimals.length + (percent ? 2 : 0)) };
}

/**
 * One multiwindow alert: both windows must burn faster than `budgetShare · period / long`.
 * Left out, the four pairs of the SRE Workbook, table 5-8 and its code: 2 % in 1h and 5 % in 6h page, 10 % in 24h and in 3d are tickets.
 */
const alertPair = z.strictObject({
  severity: z.enum(['page', 'ticket']),
  long: durationMs,
  short: durationMs,
  /** Share 0..1 of the period's budget that is gone when this pair fires; in steps of 0.0001. */
  budgetShare: z.number().min(0.0001).max(1).multipleOf(0.0001),
});

export const sloSpec = z.strictObject({
  system: systemName,
  description: z.string().max(2_000).default(''),
  sli,
  target,
  /** Rolling. */
  period: durationMs.prefault('30d'),
  /** How often the burn windows are looked at, in event time. */
  step: durationMs.prefault('5m'),
  /** Below this many events in the long window of a pair the verdict is not_enough_data. */
  minimumN: z.number().int().positive().default(100),
  pairs: z.array(alertPair).min(1).max(8).optional(),
});
export type SloSpec = z.output<typeof sloSpec>;
