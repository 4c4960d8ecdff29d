import { z } from 'zod';
import { actionMode } from '../action.ts';
import { FINDING_KINDS, SEVERITIES } from '../finding.ts';
import { systemName } from '../ids.ts';
import { durationMs } from '../time.ts';

const guards = z
  .strictObject({
    /** Events behind the finding. */
    minimumN: z.number().int().positive().default(200),
    /** Event time between two automatic actions of this kind on this system. */
    cooldown: durationMs.prefault('1h'),
    /** How old the finding's window may be against the watermark. */
    maximumAge: durationMs.prefault('1d'),
  })
  .prefault({});

/** When an incident with such a signal stands, do this. */
export const policySpec = z.strictObject({
  system: systemName,
  when: z.strictObject({
    kinds: z.array(z.enum(FINDING_KINDS)).min(1).default(['slo']),
    severity: z.enum(SEVERITIES).default('page'),
  }),
  actions: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('rollback'),
          mode: actionMode.default('shadow'),
          guards,
          /** Event time after which the incident must be quiet for the rollback to count as effective. */
          verifyAfter: durationMs.prefault('6h'),
        }),
        z.strictObject({
          kind: z.literal('route'),
          mode: actionMode.default('shadow'),
          guards,
          queue: z.string().default('default'),
          maxItems: z.number().int().positive().max(10_000).default(200),
          future: z.boolean().default(true),
        }),
      ]),
    )
    .min(1),
});
export type PolicySpec = z.output<typeof policySpec>;
export type PolicyAction = PolicySpec['actions'][number];
