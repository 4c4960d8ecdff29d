import type { Metric, PerformanceTask } from '../../model/documents/monitor/performance.ts';
import type { SystemSpec } from '../../model/documents/system.ts';
import type { Cell } from '../../store/ports/cohorts.ts';
import { wilsonInterval } from '../stats/proportions.ts';
import { normalUpperQuantile } from '../stats/special/normal.ts';
import { BINARY, BINARY_ERRORS, type BinaryRow, confusionOf } from './binary.ts';
import { MULTICLASS } from './multiclass.ts';
import { REGRESSION } from './regression.ts';
import { quantilesOf, RESAMPLES, resampleBinary, resampleClasses } from './resample.ts';
import { binaryRows, classRows, errorSums } from './truth.ts';

export const CONFIDENCE = 0.95;
export const Z95 = normalUpperQuantile((1 - CONFIDENCE) / 2);

/** A metric of some decisions: its value, its 95 % interval, and the known labels behind it. */
export type Measure = {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
};

type Rules = Pick<SystemSpec, 'correct' | 'deferred'>;

/** Half the interval, as a standard error: what two measures are compared by. */
export const standardError = ({ low, high }: Measure): number => (high - low) / (2 * Z95);

/**
 * The metric of what is known; null where it has no meaning. Interval: Wilson for shares of counts, normal limits where a
 * standard error has a closed form (means, AUC, F1), the Poisson bootstrap on cells for the others.
 */
export function measure(
  metric: Metric,
  task: PerformanceTask,
  cells: readonly Cell[],
  rules: Rules,
  random: () => number,
): Measure | null {
  switch (task.kind) {
    case 'binary':
      return metric in BINARY
        ? measureBinary(metric as keyof typeof BINARY, binaryRows(cells, task, rules), random)
        : null;
    case 'multiclass':
      return metric in MULTICLASS
        ? measureClasses(metric as keyof typeof MULTICLASS, cells, rules, random)
        : null;
    case 'regression': {
      const mean =
        metric in REGRESSION ? REGRESSION[metric as keyof typeof REGRESSION](errorSums(cells)) : null;
      if (mean === null || !Number.isFinite(mean.value) || !Number.isFinite(mean.se)) return null;
      const { value, se, n } = mean;
      const [least, most] = metric === 'r2' ? [Number.NEGATIVE_INFINITY, 1] : [0, Number.POSITIVE_INFINITY];
      return { value, low: Math.max(least, value - Z95 * se), high: Math.min(most, value + Z95 * se), n };
    }
  }
}

/** Shares of counts: successes and trials. */
function tallyOf(metric: keyof typeof BINARY, rows: readonly BinaryRow[]) {
  const { tp, fp, fn, tn } = confusionOf(rows);
  switch (metric) {
    case 'accuracy':
      return { successes: tp + tn, trials: tp + fp + fn + tn };
    case 'precision':
      return { successes: tp, trials: tp + fp };
    case 'recall':
      return { successes: tp, trials: tp + fn };
    default:
      return undefined;
  }
}

export function measureBinary(
  metric: keyof typeof BINARY,
  rows: readonly BinaryRow[],
  random: () => number,
): Measure | null {
  const value = BINARY[metric](rows);
  if (value === null) return null;
  const tally = tallyOf(metric, rows);
  if (tally) {
    const interval = wilsonInterval(tally, CONFIDENCE);
    return interval.kind === 'value'
      ? { value, low: interval.low, high: interval.high, n: tally.trials }
      : null;
  }
  const n = rows.reduce((sum, row) => sum + row.positive + row.negative, 0);
  const se = BINARY_ERRORS[metric]?.(rows) ?? null;
  if (se !== null) return { value, ...clipped(metric, value, se), n };
  return bootstrapped(value, n, () => BINARY[metric](resampleBinary(rows, random)));
}

const UNBOUNDED = ['log_loss'];
const clipped = (metric: string, value: number, se: number): { low: number; high: number } => ({
  low: Math.max(0, value - Z95 * se),
  high: UNBOUNDED.includes(metric) ? value + Z95 * se : Math.min(1, value + Z95 * se),
});

function measureClasses(
  metric: keyof typeof MULTICLASS,
  cells: readonly Cell[],
  rules: Rules,
  random: () => number,
): Measure | null {
  const rows = classRows(cells, rules);
  const value = MULTICLASS[metric](rows);
  const n = rows.reduce((sum, row) => sum + row.known, 0);
  return value === null
    ? null
    : bootstrapped(value, n, () => MULTICLASS[metric](resampleClasses(rows, random)));
}

function bootstrapped(value: number, n: number, draw: () => number | null): Measure | null {
  const draws: number[] = [];
  for (let i = 0; i < RESAMPLES; i += 1) {
    const drawn = draw();
    if (drawn !== null) draws.push(drawn);
  }
  const interval = quantilesOf(draws, (1 - CONFIDENCE) / 2);
  return interval
    ? { value, low: Math.min(value, interval.low), high: Math.max(value, interval.high), n }
    : null;
}
