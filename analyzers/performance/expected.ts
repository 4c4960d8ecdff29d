import type { Metric, PerformanceTask } from '../../model/documents/monitor/performance.ts';
import type { SystemSpec } from '../../model/documents/system.ts';
import { NO_SCORE } from '../../model/score-bins.ts';
import type { Cell } from '../../store/ports/cohorts.ts';
import { BINARY, type BinaryRow, mergedRows } from './binary.ts';
import { type Calibration, fitCalibration } from './calibrate.ts';
import { CONFIDENCE, type Measure } from './measure.ts';
import { type ClassRow, MULTICLASS } from './multiclass.ts';
import { binomialDraw, quantilesOf, RESAMPLES, resampleBinary, resampleClasses } from './resample.ts';
import { binaryRows, classRows } from './truth.ts';

/** Reference labels below which nothing is estimated. */
export const LEAST_LABELS = 200;
/** A value with fewer reference labels takes the calibration of all values together. */
const LEAST_OF_VALUE = 200;

type Rules = Pick<SystemSpec, 'correct' | 'deferred'>;
type Draw = (n: number, p: number) => number;
const expectation: Draw = (n, p) => n * p;

/**
 * Performance before the labels are there: the reference's labels say how often a score of this size comes true, and the
 * window's scores then say how many of its decisions should be right. Any metric follows from the expected confusion.
 *
 * Holds while P(label | score) is as it was in the reference: a change of inputs is seen, a change of their meaning is not.
 * Interval, of the value that the labels will give: the reference is resampled and calibrated anew, and each decision's
 * label drawn, `RESAMPLES` times. O(resamples · bins), whatever the number of decisions.
 * Source: confidence-based performance estimation (Garg et al., ICLR 2022, eq. 2 for its assumption; NannyML's CBPE).
 */
export function expectedMeasures(
  metrics: readonly Metric[],
  task: PerformanceTask,
  reference: readonly Cell[],
  current: readonly Cell[],
  rules: Rules,
  random: () => number,
): ReadonlyMap<Metric, Measure> {
  if (task.kind === 'binary') {
    const merged = (cells: readonly Cell[]) => mergedRows(binaryRows(cells, task, rules));
    const [known, rows] = [merged(reference), merged(current)];
    const expect = binaryExpectation(rows);
    return estimated(
      metrics,
      BINARY,
      known,
      sizeOf(known, (row) => row.positive + row.negative),
      rows,
      {
        resample: resampleBinary,
        expect,
        random,
      },
    );
  }
  if (task.kind === 'multiclass') {
    const [known, rows] = [classRows(reference, rules), classRows(current, rules)];
    return estimated(
      metrics,
      MULTICLASS,
      known,
      sizeOf(known, (row) => row.known),
      rows,
      {
        resample: resampleClasses,
        expect: classExpectation(rows),
        random,
      },
    );
  }
  return new Map();
}

const sizeOf = <R>(rows: readonly R[], part: (row: R) => number): number =>
  rows.reduce((sum, row) => sum + part(row), 0);

type Machinery<R> = {
  readonly resample: (rows: readonly R[], random: () => number) => readonly R[];
  /** The window's rows as the reference makes one expect them; null when the reference says nothing. */
  readonly expect: (known: readonly R[], draw: Draw) => readonly R[] | null;
  readonly random: () => number;
};

function estimated<R extends { readonly n: number }>(
  metrics: readonly Metric[],
  formulas: { readonly [M in Metric]?: (rows: readonly R[]) => number | null },
  known: readonly R[],
  labels: number,
  rows: readonly R[],
  { resample, expect, random }: Machinery<R>,
): ReadonlyMap<Metric, Measure> {
  const centre = labels < LEAST_LABELS ? null : expect(known, expectation);
  if (centre === null) return new Map();
  const draws = Array.from({ length: RESAMPLES }, () =>
    expect(resample(known, random), (n, p) => binomialDraw(Math.round(n), p, random)),
  );
  const n = sizeOf(rows, (row) => row.n);
  return new Map(
    metrics.flatMap((metric): [Metric, Measure][] => {
      const formula = formulas[metric];
      const value = formula?.(centre) ?? null;
      if (formula === undefined || value === null) return [];
      const drawn = draws.flatMap((draw) => (draw === null ? [] : [formula(draw)]));
      const interval = quantilesOf(
        drawn.filter((one) => one !== null),
        (1 - CONFIDENCE) / 2,
      );
      return interval ? [[metric, { value, low: interval.low, high: interval.high, n }]] : [];
    }),
  );
}

const binaryExpectation =
  (rows: readonly BinaryRow[]) =>
  (known: readonly BinaryRow[], draw: Draw): readonly BinaryRow[] | null => {
    const calibrated = fitCalibration(
      known.map((row) => ({ bin: row.bin, p: row.p, n: row.positive + row.negative, events: row.positive })),
    );
    if (calibrated === null) return null;
    return rows.map((row) => {
      const probability = calibrated(row.bin, row.p);
      if (probability === null) return { ...row, positive: 0, negative: 0 };
      const positive = draw(row.n, probability);
      return { ...row, positive, negative: row.n - positive };
    });
  };

/** What decisions of a value turn out to be when they are wrong, as shares. */
type WrongShares = ReadonlyMap<string, number>;

/**
 * The chosen value is right with its calibrated probability; where it is wrong, the truth is spread as in the reference's
 * mistakes of that value. (Tools that have the probability of every class calibrate each; one number per decision has this.)
 */
const classExpectation =
  (rows: readonly ClassRow[]) =>
  (known: readonly ClassRow[], draw: Draw): readonly ClassRow[] | null => {
    const pooled = rightness(known);
    if (pooled === null) return null;
    const byValue = Map.groupBy(known, (row) => row.value);
    const own = new Map<string, { calibrated: Calibration; wrong: WrongShares }>();
    for (const [value, mine] of byValue) {
      const enough = sizeOf(mine, (row) => row.known) >= LEAST_OF_VALUE;
      own.set(value, { calibrated: (enough && rightness(mine)) || pooled, wrong: wrongShares(mine) });
    }
    return rows.flatMap((row): ClassRow[] => {
      const { calibrated, wrong } = own.get(row.value) ?? { calibrated: pooled, wrong: new Map() };
      const probability = calibrated(row.bin, row.p);
      if (probability === null) return [];
      const right = draw(row.n, probability);
      const spread = [...wrong].map(([truth, share]) => ({ ...row, truth, known: (row.n - right) * share }));
      const rest = wrong.size === 0 ? [{ ...row, truth: UNSEEN, known: row.n - right }] : spread;
      return [{ ...row, truth: row.value, known: right }, ...rest];
    });
  };
/** A mistake of a kind the reference never showed. */
const UNSEEN = '';

const rightness = (known: readonly ClassRow[]): Calibration | null =>
  fitCalibration(
    known
      .filter((row) => row.bin !== NO_SCORE && row.truth !== null)
      .map(({ bin, p, known: n, truth, value }) => ({ bin, p, n, events: truth === value ? n : 0 })),
  );

function wrongShares(known: readonly ClassRow[]): WrongShares {
  const wrong = known.filter((row) => row.truth !== null && row.truth !== row.value && row.known > 0);
  const n = sizeOf(wrong, (row) => row.known);
  const shares = new Map<string, number>();
  for (const { truth, known: own } of wrong)
    if (truth !== null) shares.set(truth, (shares.get(truth) ?? 0) + own / n);
  return shares;
}
