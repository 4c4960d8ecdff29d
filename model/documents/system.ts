import { z } from 'zod';
import { instantMs } from '../decision.ts';
import { FEATURE_TYPES } from '../feature-type.ts';
import { durationMs } from '../time.ts';

const text = z.string().max(256);

/** One input of the decisions: what it is, and what it may be. */
export const featureSpec = z.strictObject({
  type: z.enum(FEATURE_TYPES).optional(),
  unit: text.optional(),
  /** Closed interval. */
  range: z.tuple([z.number(), z.number()]).optional(),
  allowed: z.array(text).max(10_000).optional(),
  /** Share 0..1 of a window's values that may be missing, where that differs from what the monitor allows. */
  missing: z.number().min(0).max(1).optional(),
  /** 0..1, relative to the other features; ranks drift by what it costs. Left out: estimated from how the score goes with it. */
  importance: z.number().min(0).max(1).optional(),
});
export type FeatureSpec = z.output<typeof featureSpec>;

/**
 * How often Leeway may be wrong about a system, over all its features, segments, windows and statistics together: at most
 * one false page, and one false ticket, in so much event time.
 */
const falseAlarms = z
  .strictObject({ page: durationMs.prefault('30d'), ticket: durationMs.prefault('7d') })
  .prefault({});
export type FalseAlarms = z.output<typeof falseAlarms>;

/** A change that was announced: what drifts from it is written down and wakes nobody. */
const plannedChange = z
  .strictObject({
    from: instantMs,
    to: instantMs,
    reason: z.string().min(1).max(256),
    features: z.union([z.literal('all'), z.array(z.string().max(128)).min(1)]).default('all'),
  })
  .refine((change) => change.from < change.to, 'it ends before it begins');
export type PlannedChange = z.output<typeof plannedChange>;

/** The deciding application: what it may decide, which label makes a decision right, what its features are. */
export const systemSpec = z.strictObject({
  description: z.string().max(2_000).default(''),
  owner: text.default(''),
  /** decision value → labels that make it correct. Where it is empty, a decision is correct when it equals the label. */
  correct: z.record(text, z.array(text)).default({}),
  /** What a decision costs once its label is known: value → label → amount, in `unit`; a gain is negative. What is left out costs nothing. */
  costs: z
    .strictObject({ unit: text.default(''), of: z.record(text, z.record(text, z.number())) })
    .optional(),
  /** Decision values that hand the case to a person; they are not judged by labels until a ruling is there. */
  deferred: z.array(text).default([]),
  features: z.record(text, featureSpec).default({}),
  /** Segment keys by which profiles are split, beside the whole. */
  segments: z.array(text).max(8).default([]),
  /** Event time that decisions may arrive late and still be counted without a restatement. */
  allowedLateness: durationMs.prefault('1m'),
  /** Event time a version must have served without an incident to be known good. */
  bakeTime: durationMs.prefault('1d'),
  falseAlarms,
  plannedChanges: z.array(plannedChange).max(100).default([]),
  /** Where decisions with `route: review` wait. */
  queue: text.default('default'),
});
export type SystemSpec = z.output<typeof systemSpec>;
