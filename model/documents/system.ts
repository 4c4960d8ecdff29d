import { z } from 'zod';
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
  /** 0..1, relative to the other features; ranks drift by what it costs. */
  importance: z.number().min(0).max(1).default(1),
});
export type FeatureSpec = z.output<typeof featureSpec>;

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
  /** Where decisions with `route: review` wait. */
  queue: text.default('default'),
});
export type SystemSpec = z.output<typeof systemSpec>;
