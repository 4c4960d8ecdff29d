import { z } from 'zod';
import { FEATURE_TYPES } from '../feature-type.ts';
import { systemName } from '../ids.ts';
import { durationMs } from '../time.ts';

const text = z.string().max(256);
const key = z.string().min(1).max(256);

/** What can be found in free text, each by its form and, where it has one, its check digits. */
export const DETECTORS = ['email', 'phone', 'card', 'iban', 'national_id'] as const;
export type Detector = (typeof DETECTORS)[number];

/** What happens to a value before the first byte of it reaches a disk. */
export const maskSpec = z.discriminatedUnion('kind', [
  /** It is not kept at all. */
  z.strictObject({ kind: z.literal('drop') }),
  /** HMAC-SHA256 under a key: equal values stay equal, so they can be joined and counted, and nobody can read them. */
  z.strictObject({
    kind: z.literal('hmac'),
    /** Environment variable (or, with `_FILE` added, the file) that holds the key, 16 bytes or more. */
    keyEnv: z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable'),
  }),
  /** The first characters of a text. */
  z.strictObject({ kind: z.literal('truncate'), chars: z.number().int().min(1).max(256) }),
  /** A number becomes the band it lies in: [18, 65] makes `<18`, `18..65` and `>=65`. */
  z.strictObject({
    kind: z.literal('generalise'),
    bands: z
      .array(z.number())
      .min(1)
      .max(100)
      .refine((bands) => bands.every((edge, at) => at === 0 || edge > (bands[at - 1] ?? edge)), 'ascending'),
  }),
  /** What is found in the text is replaced by its kind: `[email]`. */
  z.strictObject({
    kind: z.literal('detect'),
    find: z
      .array(z.enum(DETECTORS))
      .min(1)
      .default([...DETECTORS]),
  }),
]);
export type MaskSpec = z.output<typeof maskSpec>;

const contractFeature = z.strictObject({
  type: z.enum(FEATURE_TYPES).optional(),
  unit: text.optional(),
  /** Closed interval. */
  range: z.tuple([z.number(), z.number()]).optional(),
  allowed: z.array(text).max(10_000).optional(),
  /** Every decision has it, if only as asked for and missing. */
  required: z.boolean().default(false),
  /** Share 0..1 of a window's decisions in which it may be missing. */
  missing: z.number().min(0).max(1).optional(),
  /** How old it may be. */
  freshness: z
    .strictObject({
      maxAge: durationMs,
      /**
       * The feature that says when this one was made: RFC 3339, or seconds or milliseconds since 1970. Held against each
       * decision's time. Left out: the feature must have come, not missing, within that time.
       */
      at: key.optional(),
    })
    .optional(),
  /** What it means, for example `person.age`. */
  tag: text.optional(),
  sensitivity: z.enum(['public', 'internal', 'confidential', 'personal']).default('internal'),
  mask: maskSpec.optional(),
});
export type ContractFeature = z.output<typeof contractFeature>;

/** What a system's decisions promise to carry, and what of it may be kept in the clear. */
export const contractSpec = z.strictObject({
  system: systemName,
  description: z.string().max(2_000).default(''),
  /** Services whose spans belong to the system too, beside the service of its own name: masked alike. */
  services: z.array(text).max(64).default([]),
  features: z.record(key, contractFeature).default({}),
  /** Attributes of the system's spans, by their key: on the span, its resource, its events and links. */
  attributes: z.record(key, z.strictObject({ mask: maskSpec })).default({}),
  /** Looked for in every text that the system sends, whatever its name. */
  detect: z.array(z.enum(DETECTORS)).default([]),
  /** A feature that the contract does not name. */
  unknownFeatures: z.enum(['allow', 'violation']).default('allow'),
  /** `mark`: stored, marked and counted. `quarantine`: beside that, kept out of profiles and SLOs until it is replayed. */
  onViolation: z.enum(['mark', 'quarantine']).default('mark'),
});
export type ContractSpec = z.output<typeof contractSpec>;
