import { expectedMeasures } from '../../analyzers/performance/expected.ts';
import { type Measure, measure } from '../../analyzers/performance/measure.ts';
import { binomialDraw } from '../../analyzers/performance/resample.ts';
import {
  type Metric,
  type PerformanceTask,
  performanceMonitorSpec,
} from '../../model/documents/monitor/performance.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import type { Cell } from '../../store/ports/cohorts.ts';

/** Worlds whose truth is known: scores are drawn from one law, labels from another, so that an interval either holds or does not. */
export const RULES = { correct: {}, deferred: [] };

export const NO_CELL: Cell = {
  slotMs: 0,
  segment: '',
  value: '',
  truth: '',
  by: 'none',
  bin: 0,
  n: 0,
  known: 0,
  p: 0,
  pSq: 0,
  logP: 0,
  logQ: 0,
  errorSum: 0,
  errorAbs: 0,
  errorSq: 0,
  errorQuad: 0,
  apeN: 0,
  apeSum: 0,
  apeSq: 0,
  truthSum: 0,
  truthSq: 0,
  truthCu: 0,
  truthQuad: 0,
  errorSqTruth: 0,
  errorSqTruthSq: 0,
};

export const taskOf = (spec: object): PerformanceTask =>
  performanceMonitorSpec.parse({
    kind: 'performance',
    system: 'known-truth',
    window: '1d',
    bounds: { accuracy: 0 },
    task: spec,
  }).task;

/** Middles of the hundredths of [0, 1]. */
const SCORES = Array.from({ length: 100 }, (_, i) => (i + 0.5) / 100);

export type BinaryWorld = {
  /** Density of a score, up to a factor. */
  readonly density: (score: number) => number;
  /** P(yes | score). */
  readonly truth: (score: number) => number;
};

/** Each of `n` decisions falls on a score by the density, and is true by the world's law; `yes` is decided from one half on. */
export function drawBinary(
  n: number,
  { density, truth }: BinaryWorld,
  random: () => number,
): readonly Cell[] {
  const weights = SCORES.map(density);
  let [left, rest] = [n, weights.reduce((sum, weight) => sum + weight, 0)];
  return SCORES.flatMap((p, i) => {
    const weight = weights[i] ?? 0;
    const here = binomialDraw(left, Math.min(1, weight / rest), random);
    left -= here;
    rest -= weight;
    const yes = binomialDraw(here, truth(p), random);
    return [cellOf(p, 'yes', yes), cellOf(p, 'no', here - yes)].filter((cell) => cell.n > 0);
  });
}

/** Cells of several parts as those of the whole. */
export const mergedCells = (cells: readonly Cell[]): readonly Cell[] =>
  [...Map.groupBy(cells, ({ value, truth, bin }) => JSON.stringify([value, truth, bin])).values()].flatMap(
    (own): Cell[] => {
      const [first] = own;
      const n = own.reduce((sum, cell) => sum + cell.n, 0);
      return first ? [{ ...first, n, known: n }] : [];
    },
  );

export const cellOf = (p: number, truth: string, n: number): Cell => ({
  ...NO_CELL,
  value: p >= 0.5 ? 'yes' : 'no',
  truth,
  by: 'label',
  bin: p < 0.01 ? 50 : Math.floor(p * 100 + 1e-9) * 100,
  n,
  known: n,
  p,
  pSq: p * p,
  logP: Math.log(p),
  logQ: Math.log(1 - p),
});

export type Coverage = { readonly held: number; readonly of: number; readonly meanWidth: number };

/** How often what was said of a window held what its labels then said, over `runs` drawn references and windows. */
export function coverageOfEstimates(
  metrics: readonly Metric[],
  task: PerformanceTask,
  draw: (random: () => number) => { readonly reference: readonly Cell[]; readonly current: readonly Cell[] },
  runs: number,
  seed: number,
): ReadonlyMap<Metric, Coverage> {
  const random = seededRandom(seed);
  const counts = new Map<Metric, { held: number; of: number; width: number }>();
  for (let run = 0; run < runs; run += 1) {
    const { reference, current } = draw(random);
    const whole = (cells: readonly Cell[]) => new Map([['', cells]]);
    const said = expectedMeasures(metrics, task, whole(reference), whole(current), RULES, random).measures;
    for (const [metric, interval] of said) {
      const came = measure(metric, task, current, RULES, random);
      if (came !== null) count(counts, metric, interval, came.value);
    }
  }
  return tally(counts);
}

function count(
  counts: Map<Metric, { held: number; of: number; width: number }>,
  metric: Metric,
  { low, high }: Measure,
  came: number,
): void {
  const own = counts.get(metric) ?? { held: 0, of: 0, width: 0 };
  own.held += Number(came >= low - 1e-12 && came <= high + 1e-12);
  own.of += 1;
  own.width += high - low;
  counts.set(metric, own);
}

const tally = (counts: ReadonlyMap<Metric, { held: number; of: number; width: number }>) =>
  new Map([...counts].map(([metric, { held, of, width }]) => [metric, { held, of, meanWidth: width / of }]));
