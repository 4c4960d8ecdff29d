import { z } from 'zod';
import { featureMapping } from '../../model/contract-replay.ts';
import { instant } from './common.ts';

/** Which promises the decisions of a range broke, as they stand now. */
export const contractState = z.object({
  range: z.object({ from: instant, to: instant }),
  /** Names and versions of what the newest decision was held against; '' where nobody promised anything. */
  contract: z.string(),
  /** Decisions that were held against a contract. */
  held: z.number(),
  broken: z.number(),
  quarantined: z.number(),
  violations: z.array(
    z.object({
      /** As decisions carry it: `range:distance`. */
      violation: z.string(),
      promise: z.string(),
      feature: z.string(),
      decisions: z.number(),
      /** 0..1 of those that were held. */
      share: z.number(),
      since: instant,
      last: instant,
    }),
  ),
});

export const replayInput = z.strictObject({
  dryRun: z.boolean().default(false),
  mapping: featureMapping.optional(),
  from: z.string().max(64).optional(),
  to: z.string().max(64).optional(),
  /** `next` of the part before. */
  after: z.string().max(512).optional(),
});
export const replayPart = z.object({
  /** The range that is replayed: send it with `next`, since `now` moves on. */
  range: z.object({ from: instant, to: instant }),
  contract: z.string(),
  /** Decisions that broke a promise, of the whole range; null in every part but the first. */
  total: z.number().nullable(),
  released: z.number(),
  marked: z.number(),
  quarantined: z.number(),
  unmaskable: z.number(),
  changed: z.number(),
  next: z.string().nullable(),
});

export type ContractState = z.infer<typeof contractState>;
