import { z } from 'zod';
import { reference } from '../reference.ts';
import { everyFeatureMonitor } from './common.ts';

const MULTIVARIATE_CHECKS = ['domain', 'reconstruction', 'correlation', 'text', 'embedding'] as const;

/** What its findings measure. */
export const MULTIVARIATE_STATISTICS = [
  'domain_auc',
  'reconstruction',
  'correlation',
  'mean_distance',
  'mmd',
  'out_of_vocabulary',
] as const;
export type MultivariateStatistic = (typeof MULTIVARIATE_STATISTICS)[number];

/** More rows cost more than a look is worth: one thread computes the checks, one window after the other. */
const MOST_ROWS = 10_000;

/** Features together: what no look at each of them alone can see. On samples, so its cost does not grow with the rows. */
export const multivariateMonitorSpec = z.strictObject({
  kind: z.literal('multivariate'),
  ...everyFeatureMonitor,
  reference,
  checks: z
    .array(z.enum(MULTIVARIATE_CHECKS))
    .min(1)
    .default([...MULTIVARIATE_CHECKS]),
  /** Decisions drawn from each side, at most; by the hash of their id, so that the same question has the same answer. */
  rows: z.number().int().min(100).max(MOST_ROWS).default(2_000),
  /** Another seed draws another sample and other splits. */
  seed: z.number().int().min(0).max(4_294_967_295).default(1),
  /** Chance of a false word about one window, over all checks of this monitor. */
  alpha: z.number().gt(0).max(0.2).default(0.01),
  /** The smallest effect that matters. */
  limits: z
    .strictObject({
      /** 2 · AUC − 1 of a classifier that tells window and reference apart: 0 cannot, 1 always can. */
      domain: z.number().min(0).max(1).default(0.1),
      /** 2 · P − 1, P the chance that a decision of the window is reconstructed worse than one of the reference. */
      reconstruction: z.number().min(0).max(1).default(0.1),
      /** Change of a rank correlation, −1 to 1. */
      correlation: z.number().min(0).max(2).default(0.2),
      /** Distance of the means of an embedding, in standard deviations. */
      meanDistance: z.number().min(0).default(0.2),
      /** Change of the mean share of a text's words that the reference does not know. */
      outOfVocabulary: z.number().min(0).max(1).default(0.05),
    })
    .prefault({}),
});
export type MultivariateMonitorSpec = z.output<typeof multivariateMonitorSpec>;
