import { z } from 'zod';
import { SEVERITIES } from '../finding.ts';

const common = {
  severities: z.array(z.enum(SEVERITIES)).min(1).default(['page', 'ticket']),
  /** Empty: every system. */
  systems: z.array(z.string()).default([]),
};

/** Secrets are never written here: `*Env` names the environment variable (or, with `_FILE` added, the file) that holds one. */
export const channelSpec = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mail'),
    ...common,
    from: z.string().min(3),
    to: z.array(z.string().min(3)).min(1),
    host: z.string().min(1),
    port: z.number().int().min(1).max(65_535).default(587),
    secure: z.boolean().default(false),
    user: z.string().optional(),
    passwordEnv: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    ...common,
    url: z.url({ protocol: /^https?$/ }),
    /** Standard Webhooks secret, `whsec_…`. */
    secretEnv: z.string().min(1),
    /** Addresses in private ranges are refused unless this is set. */
    allowPrivateNetwork: z.boolean().default(false),
  }),
]);
export type ChannelSpec = z.output<typeof channelSpec>;
