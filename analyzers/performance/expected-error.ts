import type { Metric } from '../../model/documents/monitor/performance.ts';
import type { ErrorRow } from '../../store/ports/cohorts.ts';
import { applyBinning, fitBinning } from './binning.ts';
import { LEAST_LABELS } from './expected.ts';
import { type Measure, Z95 } from './measure.ts';
import { boost, predict } from './trees.ts';

/** Decisions that a model of errors is fitted on, and applied to: a sample by the hash of their id. */
export const MOST_ERROR_ROWS = 8_000;
/** Parts of the reference: each is predicted by a model that has not seen it, so that the errors of the model are known. */
const FOLDS = 6;
/** Student's t with FOLDS − 1 degrees of freedom, two-sided 95 %: so few parts know their own spread badly. */
const T = 2.571;

/** Loss of one decision, and the metric of its mean. `r2` needs the spread of the truths, which nobody knows yet. */
const LOSSES: {
  readonly [M in Metric]?: {
    readonly loss: (row: ErrorRow, truth: number) => number | null;
    readonly metric: (mean: number) => number;
  };
} = {
  mae: { loss: (row, truth) => Math.abs(row.prediction - truth), metric: (mean) => mean },
  rmse: {
    loss: (row, truth) => (row.prediction - truth) ** 2,
    metric: (mean) => Math.sqrt(Math.max(0, mean)),
  },
  mape: {
    loss: (row, truth) => (truth === 0 ? null : Math.abs((row.prediction - truth) / truth)),
    metric: (mean) => mean,
  },
};

/**
 * Direct loss estimation: boosted trees learn the loss of a decision from its features and its prediction, on labelled
 * history; the mean over the window's decisions is what the metric should be.
 *
 * Holds while errors depend on the inputs as they did. Interval, of the value that `decisions` labels will give: spread of
 * the loss around its prediction over that many decisions, and the models' own error by the delete-a-group jackknife.
 * null where history holds fewer than `LEAST_LABELS` labels. Cost: bounded by MOST_ERROR_ROWS.
 * Source: NannyML, Direct Loss Estimation; the losses' model is our own (trees.ts).
 */
export function expectedError(
  metric: Metric,
  reference: readonly ErrorRow[],
  current: readonly ErrorRow[],
  decisions: number,
): Measure | null {
  const definition = LOSSES[metric];
  if (!definition || current.length === 0) return null;
  const labelled = reference.flatMap((row) => {
    const loss = row.truth === null ? null : definition.loss(row, row.truth);
    return loss === null || !Number.isFinite(loss) ? [] : [{ row, loss }];
  });
  if (labelled.length < LEAST_LABELS) return null;
  const means: number[] = [];
  let residualSq = 0;
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const train = labelled.filter((_, i) => i % FOLDS !== fold);
    const held = labelled.filter((_, i) => i % FOLDS === fold);
    const target = Float64Array.from(train, ({ loss }) => loss);
    const rows = train.map(({ row }) => row);
    const binning = fitBinning(rows, target);
    const model = boost(applyBinning(binning, rows), target);
    const told = predict(
      model,
      applyBinning(
        binning,
        held.map(({ row }) => row),
      ),
    );
    residualSq += held.reduce((sum, { loss }, i) => sum + (loss - (told[i] ?? 0)) ** 2, 0);
    means.push(average(predict(model, applyBinning(binning, current))));
  }
  const mean = average(means);
  const noise = residualSq / labelled.length;
  const jackknife = ((FOLDS - 1) / FOLDS) * means.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  // The sampled rows stand for all of the window: their own chance is part of the interval, unless they are all.
  const sampled = current.length < decisions ? noise / current.length : 0;
  const chance = Z95 ** 2 * (noise / Math.max(1, decisions) + sampled);
  const spread = Math.sqrt(chance + T ** 2 * jackknife);
  const ends = [mean - spread, mean, mean + spread].map((one) => definition.metric(Math.max(0, one)));
  const [low = 0, value = 0, high = 0] = ends;
  return { value, low, high, n: decisions };
}

const average = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] ?? 0;
  return sum / values.length;
};
