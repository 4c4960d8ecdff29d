import { z } from 'zod';
import { instantMs } from '../decision.ts';
import { durationMs } from '../time.ts';

/** What the window is compared with. `fixed`: a stretch of history; `previous`: the stretch that ends where the window starts. */
export const reference = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fixed'), from: instantMs, to: instantMs }),
  z.strictObject({ kind: z.literal('previous'), length: durationMs }),
  /** The first stretch of this length that the system sent. */
  z.strictObject({ kind: z.literal('first'), length: durationMs }),
]);
export type Reference = z.output<typeof reference>;
