import { z } from 'zod';
import { HOUR_MS } from '../../time.ts';
import { reference } from '../reference.ts';
import { everyMonitor } from './common.ts';

/** Larger is better, but for `log_loss`, `brier` and `calibration_error`. */
export const BINARY_METRICS = [
  'accuracy',
  'precision',
  'recall',
  'f1',
  'roc_auc',
  'pr_auc',
  'log_loss',
  'brier',
  'calibration_error',
] as const;
/** Precision, recall and F1 are means over the classes, each class counting alike (macro). */
export const MULTICLASS_METRICS = ['accuracy', 'precision', 'recall', 'f1'] as const;
export const REGRESSION_METRICS = ['mae', 'rmse', 'mape', 'r2'] as const;
export type BinaryMetric = (typeof BINARY_METRICS)[number];
export type MulticlassMetric = (typeof MULTICLASS_METRICS)[number];
export type RegressionMetric = (typeof REGRESSION_METRICS)[number];
export type Metric = BinaryMetric | RegressionMetric;

const label = z.string().min(1).max(256);
const metricsOf = <const M extends readonly [string, ...string[]]>(
  all: M,
  defaults: [M[number], ...M[number][]],
) =>
  z
    .array(z.enum(all))
    .min(1)
    .default(defaults as never);

/** What the decisions are, and which of their numbers is read. */
const task = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('binary'),
    /** Labels that are the event the score foretells, for example `[default]`. */
    positive: z.array(label).min(1),
    /** Decision values that say the event is expected. Left out: those that `System.correct` pairs with a positive label, or that are one. */
    positiveValues: z.array(label).min(1).optional(),
    /** Which number is the probability of the event; `none` where there is none. */
    probability: z.enum(['score', 'confidence', 'none']).default('score'),
    metrics: metricsOf(BINARY_METRICS, ['accuracy', 'recall']),
  }),
  z.strictObject({
    kind: z.literal('multiclass'),
    /** Which number is the probability that the chosen value is right. */
    probability: z.enum(['score', 'confidence', 'none']).default('confidence'),
    metrics: metricsOf(MULTICLASS_METRICS, ['accuracy']),
  }),
  z.strictObject({
    kind: z.literal('regression'),
    /** Where the predicted number stands. The label is the number that turned out true. */
    prediction: z.enum(['value', 'score']).default('value'),
    metrics: metricsOf(REGRESSION_METRICS, ['mae']),
  }),
]);
export type PerformanceTask = z.output<typeof task>;

/** Decisions are judged in cohorts of the time they were made, once enough of their labels are known. */
export const performanceMonitorSpec = z
  .strictObject({
    kind: z.literal('performance'),
    ...everyMonitor,
    task,
    /** What it is measured against; left out, only `bounds` are. Rolling references follow a slow decline: prefer `first` or `fixed`. */
    reference: reference.optional(),
    /** How much worse than the reference is too much: in the metric's own unit for shares and losses, as a share of the reference's error for `mae`, `rmse` and `mape`. */
    loss: z.number().positive().max(1).default(0.05),
    /** metric → the worst value that is still good enough. */
    bounds: z.record(z.string(), z.number()).default({}),
    /** Of the labels that will ever come, the share that must be known before a window is judged. */
    maturity: z.number().gt(0).max(1).default(0.8),
    /** Chance of a false alarm at one step, over all metrics and segments of this monitor. */
    alpha: z.number().gt(0).max(0.2).default(0.01),
    /** Segment keys watched beside the whole; left out: those of the System. */
    segments: z.array(z.string().max(128)).max(8).optional(),
    /** Segment keys whose groups must be treated alike. */
    protected: z.array(z.string().max(128)).max(4).default([]),
    /** Largest gap between two groups that is no breach. */
    fairnessGap: z.number().gt(0).max(1).default(0.1),
    /** Say what performance probably is before the labels are there. Needs a reference. */
    estimate: z.boolean().default(true),
  })
  .refine((spec) => spec.window % HOUR_MS === 0 && (spec.step ?? spec.window) % HOUR_MS === 0, {
    message: 'window and step are whole hours: decisions are kept in hourly cohorts',
    path: ['window'],
  })
  .refine((spec) => spec.reference !== undefined || Object.keys(spec.bounds).length > 0, {
    message: 'needs a reference to compare with, or a bound to keep',
    path: ['reference'],
  });
export type PerformanceMonitorSpec = z.output<typeof performanceMonitorSpec>;
