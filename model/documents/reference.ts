import { z } from 'zod';
import { instantMs } from '../decision.ts';
import { documentName } from '../ids.ts';
import { durationMs } from '../time.ts';

/** A season of weeks beyond which a year's change of habit would be taken for the week's. */
export const MOST_WEEKS = 26;
const DEFAULT_WEEKS = 4;

const fixed = z
  .strictObject({ kind: z.literal('fixed'), from: instantMs, to: instantMs })
  .superRefine(({ from, to }, ctx) => {
    if (to > from) return;
    ctx.addIssue({
      code: 'custom',
      path: ['to'],
      message: `the reference would end (${new Date(to).toISOString()}) before it begins (${new Date(from).toISOString()}): exchange "from" and "to", or move one`,
    });
  });

/** What the window is compared with. What was accepted under the monitor's name stands in for any of them. */
export const reference = z.discriminatedUnion('kind', [
  /** A stretch of history. */
  fixed,
  /** The stretch that ends where the window starts. */
  z.strictObject({ kind: z.literal('previous'), length: durationMs }),
  /** The first stretch of this length that the system sent. */
  z.strictObject({ kind: z.literal('first'), length: durationMs }),
  /** The same hours of the week, in each of the last weeks: what is usual on a Monday morning is no drift. */
  z.strictObject({
    kind: z.literal('seasonal'),
    weeks: z
      .number()
      .int()
      .min(1, `how many weeks back, 1 to ${MOST_WEEKS}; ${DEFAULT_WEEKS} is usual`)
      .max(MOST_WEEKS, `at most ${MOST_WEEKS} weeks: further back it is another season`)
      .default(DEFAULT_WEEKS),
  }),
  /** What another model version was given, in the stretch before the window. Left out: the one that served before. */
  z.strictObject({
    kind: z.literal('version'),
    version: z.string().min(1).max(256).optional(),
    length: durationMs.prefault('28d'),
  }),
  /** A stored reference by name, from a file or an accepted window. Left out, `version` is the newest accepted one. */
  z.strictObject({
    kind: z.literal('stored'),
    name: documentName,
    version: z.number().int().positive().optional(),
  }),
]);
export type Reference = z.output<typeof reference>;
