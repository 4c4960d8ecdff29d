import { z } from 'zod';
import { SCOPES } from '../../store/ports/tokens.ts';
import { instant } from './common.ts';

const MOST_PER_SECOND = 1_000_000_000;
const records = z.number().int().positive().max(MOST_PER_SECOND);

const tokenRow = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  /** What it may send; null: what the configuration gives everybody. */
  quota: z.object({ recordsPerSecond: z.number(), burst: z.number() }).nullable(),
  createdAt: instant,
  revokedAt: instant.nullable(),
});
export const tokenList = z.object({ rows: z.array(tokenRow) });
export const tokenInput = z.strictObject({
  name: z.string().trim().min(1).max(63),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  quota: z
    .strictObject({
      /** In the long run. */
      recordsPerSecond: records,
      /** At once, after a pause. Left out: what ten seconds give. */
      burst: records.optional(),
    })
    .optional(),
});
/** The only time that the token's text is told. */
export const createdToken = z.object({ id: z.string(), token: z.string() });

export type TokenRow = z.infer<typeof tokenRow>;
