import { z } from 'zod';
import { instant, series } from './common.ts';

export const decisionRow = z.object({
  id: z.string(),
  system: z.string(),
  time: instant,
  value: z.string(),
  actor: z.enum(['ai', 'human', 'both']),
  modelVersion: z.string(),
  policyVersion: z.string(),
  score: z.number().nullable(),
  confidence: z.number().nullable(),
  route: z.enum(['auto', 'review']),
  /** The label, or else the ruling; '' when nothing is known yet. */
  outcome: z.string(),
  correct: z.boolean().nullable(),
  traceId: z.string(),
});

export const decisionList = z.object({
  rows: z.array(decisionRow),
  /** Pass as `cursor` for the next page; null at the end. */
  next: z.string().nullable(),
  total: z.number(),
  histogram: series,
});

export const facets = z.object({
  facets: z.array(
    z.object({ name: z.string(), values: z.array(z.object({ value: z.string(), count: z.number() })) }),
  ),
});

export const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string(),
  /** W3C tracestate; '' when there is none. */
  traceState: z.string(),
  service: z.string(),
  name: z.string(),
  kind: z.string(),
  startNs: z.string(),
  durationNs: z.string(),
  status: z.enum(['unset', 'ok', 'error']),
  statusMessage: z.string(),
  attributes: z.record(z.string(), z.unknown()),
  events: z.array(
    z.object({ timeNs: z.string(), name: z.string(), attributes: z.record(z.string(), z.unknown()) }),
  ),
});

/** Lineage as a graph: source → feature → model → policy → decision → outcome → review → incident. */
export const lineage = z.object({
  nodes: z.array(
    z.object({
      id: z.string(),
      kind: z.enum([
        'feature',
        'contract',
        'model',
        'policy',
        'decision',
        'outcome',
        'review',
        'incident',
        'upstream',
        'trace',
      ]),
      label: z.string(),
      detail: z.string(),
      href: z.string().nullable(),
      state: z.enum(['ok', 'warn', 'bad', 'none']),
    }),
  ),
  edges: z.array(z.object({ from: z.string(), to: z.string(), label: z.string() })),
});

export const featureOfDecision = z.object({
  name: z.string(),
  kind: z.enum(['numeric', 'categorical', 'missing', 'text', 'embedding']),
  value: z.union([z.number(), z.string(), z.null()]),
  unit: z.string(),
  /** Share 0..1 of the reference below this value (numeric), or with this value (categorical); null without a reference. */
  referenceRank: z.number().nullable(),
  drifted: z.boolean(),
  /** How the contract of the system hides it; what stands here is what is left of it. */
  masked: z.enum(['drop', 'hmac', 'truncate', 'generalise', 'detect']).nullable(),
  /** Characters of a text; `value` holds its beginning only. */
  chars: z.number().nullable(),
  /** Of an embedding: its dimensions, their Euclidean norm, and the means of at most 48 runs of neighbours. */
  embedding: z
    .object({ dimensions: z.number(), norm: z.number().nullable(), strip: z.array(z.number()) })
    .nullable(),
});

export const decisionDetail = decisionRow.extend({
  model: z.string(),
  policy: z.string(),
  weight: z.number(),
  latencyMs: z.number().nullable(),
  receivedAt: instant,
  source: z.enum(['otlp', 'json']),
  /** W3C tracestate of its trace; '' when there is none. */
  traceState: z.string(),
  segments: z.record(z.string(), z.string()),
  features: z.array(featureOfDecision),
  outcomes: z.array(
    z.object({
      kind: z.enum(['label', 'ruling']),
      value: z.string(),
      by: z.string(),
      time: instant,
      note: z.string(),
      agrees: z.boolean().nullable(),
    }),
  ),
  review: z.object({ id: z.string(), state: z.string(), queue: z.string(), by: z.string() }).nullable(),
  incidents: z.array(z.object({ id: z.number(), title: z.string(), state: z.string() })),
  spans: z.array(span),
  lineage,
  /** How many copies came in; the screen shows one. */
  copies: z.number(),
  /** What it was held against and what it broke; null where nobody promised anything. */
  contract: z
    .object({
      name: z.string(),
      violations: z.array(z.string()),
      quarantined: z.boolean(),
      /** How it stood before, oldest first: when it came in, then after each replay; empty when it was never replayed. */
      history: z.array(
        z.object({
          /** null: when it came in. */
          replayedAt: instant.nullable(),
          contract: z.string(),
          violations: z.array(z.string()),
          quarantined: z.boolean(),
          /** Its features were mapped first. */
          mapped: z.boolean(),
        }),
      ),
    })
    .nullable()
    .optional(),
});
export type DecisionRow = z.infer<typeof decisionRow>;
export type DecisionList = z.infer<typeof decisionList>;
export type DecisionDetail = z.infer<typeof decisionDetail>;
export type Facets = z.infer<typeof facets>;
export type Span = z.infer<typeof span>;
export type Lineage = z.infer<typeof lineage>;
