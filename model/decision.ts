import { z } from 'zod';
import { decisionId, systemName } from './ids.ts';

/** Who decided. `both`: a machine proposed and a person ruled. */
export const actor = z.enum(['ai', 'human', 'both']);
export type Actor = z.infer<typeof actor>;

/** How the deciding service was told to treat the case: on its own, or with a person. */
export const routeMode = z.enum(['auto', 'review']);
export type RouteMode = z.infer<typeof routeMode>;

/** null means "asked for and missing"; a feature that is absent was never part of this decision. */
export const featureValue = z.union(
  [z.number(), z.string(), z.boolean(), z.null()],
  'must be a number, a text, true, false or null',
);
export type FeatureValue = z.infer<typeof featureValue>;

export const LIMITS = {
  featuresPerDecision: 512,
  featureNameChars: 128,
  textChars: 4_096,
  /** Of one free text that a decision was made from. */
  freeTextChars: 32_768,
  textsPerDecision: 16,
  embeddingsPerDecision: 8,
  embeddingDimension: 4_096,
  segmentsPerDecision: 32,
  upstreamPerDecision: 64,
  recordsPerRequest: 10_000,
  /** So much of it everybody has to carry. */
  traceStateChars: 512,
} as const;

const shortText = z.string().max(256);
/** Kept as 32-bit floats: what does not fit one is refused. */
const float32 = z.number().refine((value) => Number.isFinite(Math.fround(value)), 'a 32-bit float');
const embedding = z.array(float32).min(1).max(LIMITS.embeddingDimension);
const atMost =
  (most: number) =>
  (record: object): boolean =>
    Object.keys(record).length <= most;
const key = z.string().min(1).max(LIMITS.featureNameChars);
const traceId = z.string().regex(/^[0-9a-f]{32}$/i, '32 hex digits');
const spanId = z.string().regex(/^[0-9a-f]{16}$/i, '16 hex digits');

/** RFC 3339 text or epoch milliseconds → epoch milliseconds. Range: 1970 to 2200. */
export const instantMs = z
  .union(
    [z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)), z.number()],
    'must be RFC 3339 with an offset, such as 2026-03-01T10:00:00Z, or milliseconds since 1970',
  )
  .pipe(z.number().min(0).max(7_258_118_400_000));

/** What `POST /v1/decisions` takes: one decision, by whom, on what, with what confidence. */
export const decisionInput = z.strictObject({
  id: decisionId,
  system: systemName,
  time: instantMs,
  value: z.string().min(1).max(256),
  actor: actor.default('ai'),
  model: z.strictObject({ name: shortText.default(''), version: shortText.default('') }).optional(),
  policy: z.strictObject({ name: shortText.default(''), version: shortText.default('') }).optional(),
  score: z.number().optional(),
  confidence: z.number().min(0).max(1).optional(),
  route: routeMode.default('auto'),
  weight: z.number().nonnegative().default(1),
  latencyMs: z.number().nonnegative().optional(),
  features: z.record(key, featureValue).default({}),
  segments: z.record(key, shortText).default({}),
  /** Free text the decision was made from: a complaint, a prompt. Watched by its length, signs, script and words. */
  texts: z
    .record(key, z.string().max(LIMITS.freeTextChars))
    .refine(atMost(LIMITS.textsPerDecision), `more than ${LIMITS.textsPerDecision}`)
    .default({}),
  /** Vectors of numbers, one per name. Kept to seven digits. */
  embeddings: z
    .record(key, embedding)
    .refine(atMost(LIMITS.embeddingsPerDecision), `more than ${LIMITS.embeddingsPerDecision}`)
    .default({}),
  upstream: z.array(decisionId).max(LIMITS.upstreamPerDecision).default([]),
  traceId: traceId.optional(),
  spanId: spanId.optional(),
  /** W3C `tracestate`: what tracing systems say beside the trace. */
  traceState: z.string().max(LIMITS.traceStateChars).optional(),
});
export type DecisionInput = z.output<typeof decisionInput>;

/** `label`: what turned out true. `ruling`: what a reviewer says the decision should have been. */
export const outcomeKind = z.enum(['label', 'ruling']);
export type OutcomeKind = z.infer<typeof outcomeKind>;

/** What `POST /v1/outcomes` takes. It may arrive before its decision, and days after it. */
export const outcomeInput = z.strictObject({
  decisionId,
  system: systemName,
  time: instantMs,
  kind: outcomeKind.default('label'),
  value: z.string().min(1).max(256),
  by: shortText.default(''),
  note: z.string().max(LIMITS.textChars).default(''),
});
export type OutcomeInput = z.output<typeof outcomeInput>;
