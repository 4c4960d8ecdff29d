import type { Metric, PerformanceTask } from '../../model/documents/monitor/performance.ts';
import { chiSquareSf } from '../stats/special/chi-square.ts';
import { BINARY } from './binary.ts';
import { fitCalibration, gainOfOwnCurve } from './calibrate.ts';
import { binaryWorkings } from './expected-binary.ts';
import { classWorkings } from './expected-classes.ts';
import { CONFIDENCE, type Measure } from './measure.ts';
import { MULTICLASS } from './multiclass.ts';
import { binomialDraw, quantilesOf, RESAMPLES } from './resample.ts';
import { keysOf, labelsOf, type SegmentCells, strataOf } from './strata.ts';
import { type Draw, LEAST_OF_GROUP, type Rules, type Workings } from './workings.ts';

/** Reference labels below which nothing is estimated. */
export const LEAST_LABELS = 200;
/** Chance that groups in which scores mean the same are calibrated apart all the same; over all keys. */
const SPLIT_ALPHA = 0.01;

const expectation: Draw = (n, p) => n * p;

export type Expected = {
  readonly measures: ReadonlyMap<Metric, Measure>;
  /** The segment key by whose groups scores mean different things, and were calibrated apart. */
  readonly splitBy: string | null;
};
const NOTHING: Expected = { measures: new Map(), splitBy: null };

/**
 * Performance before the labels are there: the reference's labels say how often a score of this size comes true, and the
 * window's scores then say how many of its decisions should be right. Any metric follows from the expected confusion.
 * Where a score means something else in each group of a segment key, each group is calibrated by its own labels.
 *
 * Holds while P(label | score, group) is as it was in the reference: a change of inputs is seen, of their meaning is not.
 * Interval, of the value that the labels will give: the reference is resampled and calibrated anew, and each decision's
 * label drawn, `RESAMPLES` times. O(resamples · bins · groups), whatever the number of decisions.
 * Source: confidence-based performance estimation (Garg et al., ICLR 2022, eq. 2 for its assumption; NannyML's CBPE).
 */
export function expectedMeasures(
  metrics: readonly Metric[],
  task: PerformanceTask,
  reference: SegmentCells,
  current: SegmentCells,
  rules: Rules,
  random: () => number,
): Expected {
  if (task.kind === 'binary')
    return estimated(metrics, BINARY, binaryWorkings(task, rules), reference, current, random);
  if (task.kind === 'multiclass')
    return estimated(metrics, MULTICLASS, classWorkings(rules), reference, current, random);
  return NOTHING;
}

type Part<R> = { readonly known: readonly R[]; readonly rows: readonly R[] };

function estimated<R extends { readonly n: number }>(
  metrics: readonly Metric[],
  formulas: { readonly [M in Metric]?: (rows: readonly R[]) => number | null },
  workings: Workings<R>,
  reference: SegmentCells,
  current: SegmentCells,
  random: () => number,
): Expected {
  const known = reference.get('') ?? [];
  if (labelsOf(known) < LEAST_LABELS) return NOTHING;
  const split = splitOf(workings, reference, current);
  const parts = split?.parts ?? [{ known: workings.rows(known), rows: workings.rows(current.get('') ?? []) }];
  const told = (of: (known: readonly R[]) => readonly R[]) => expectParts(parts, workings, of);
  const centre = told((own) => own)?.(expectation);
  if (centre === undefined) return NOTHING;
  const values = metrics.flatMap((metric) => {
    const formula = formulas[metric];
    const value = formula?.(centre) ?? null;
    const drawn: number[] = [];
    const expected: number[] = [];
    return formula === undefined || value === null ? [] : [{ metric, formula, value, drawn, expected }];
  });
  for (let i = 0; i < RESAMPLES; i += 1) {
    const apply = told((own) => workings.resample(own, random));
    if (apply === null) continue;
    const expectedRows = apply(expectation);
    const drawnRows = apply((n, p) => binomialDraw(Math.round(n), p, random));
    for (const { formula, expected, drawn } of values) {
      keep(expected, formula(expectedRows));
      keep(drawn, formula(drawnRows));
    }
  }
  const n = parts.reduce((sum, part) => sum + part.rows.reduce((own, row) => own + row.n, 0), 0);
  const measures = values.flatMap(({ metric, value, expected, drawn }): [Metric, Measure][] => {
    const interval = around(value, expected, drawn);
    return interval ? [[metric, { value, ...interval, n }]] : [];
  });
  return { measures: new Map(measures), splitBy: split?.key ?? null };
}

const keep = (values: number[], value: number | null): void => {
  if (value !== null) values.push(value);
};

/** Calibrates each part by its own labels and sets the parts side by side; null when one of them says nothing. */
function expectParts<R>(
  parts: readonly Part<R>[],
  { calibrate }: Workings<R>,
  labels: (known: readonly R[]) => readonly R[],
): ((draw: Draw) => readonly R[]) | null {
  const fitted = parts.flatMap(({ known, rows }) => {
    const apply = calibrate(labels(known));
    return apply === null ? [] : [(draw: Draw) => apply(rows, draw)];
  });
  return fitted.length < parts.length ? null : (draw) => fitted.flatMap((apply) => apply(draw));
}

/**
 * What a calibration learns from noise it learns once more from a resample, so a resample expects as much too much as the
 * estimate does. That bias is taken off twice: once for the draws, once for the estimate that they start from.
 */
function around(value: number, expected: readonly number[], drawn: readonly number[]) {
  const bias = expected.reduce((sum, one) => sum + one, 0) / Math.max(1, expected.length) - value;
  const interval = quantilesOf(drawn, (1 - CONFIDENCE) / 2);
  return (
    interval && {
      low: Math.min(value, interval.low - 2 * bias),
      high: Math.max(value, interval.high - 2 * bias),
    }
  );
}

/**
 * The key whose groups' labels differ most from what the common calibration says of them, where that is more than chance;
 * groups with few labels stay with the common one.
 */
function splitOf<R>(workings: Workings<R>, reference: SegmentCells, current: SegmentCells) {
  const keys = keysOf(reference);
  const whole = workings.rows(reference.get('') ?? []);
  const common = fitCalibration(workings.scored(whole));
  if (common === null) return null;
  const candidates = keys.flatMap((key) => {
    const strata = strataOf(key, reference, current);
    const groups = strata.map((one) => ({ ...one, known: workings.rows(one.reference) }));
    const able = groups.filter(
      (one) => labelsOf(one.reference) >= LEAST_OF_GROUP && workings.calibrate(one.known) !== null,
    );
    const few = groups.filter((one) => !able.includes(one)).flatMap((one) => one.current);
    const gains = able.map((one) => gainOfOwnCurve(workings.scored(one.known), common));
    const gain = gains.reduce((sum, one) => sum + one, 0);
    const pValue = Math.min(1, chiSquareSf(gain, 2 * able.length) * keys.length);
    return able.length > 0 && pValue <= SPLIT_ALPHA ? [{ key, able, few, pValue, gain }] : [];
  });
  const [best] = candidates.toSorted((a, b) => a.pValue - b.pValue || b.gain - a.gain);
  if (!best) return null;
  const parts = best.able.flatMap(({ known, current: own }): Part<R>[] =>
    own.length > 0 ? [{ known, rows: workings.rows(own) }] : [],
  );
  const rest = best.few.length === 0 ? [] : [{ known: whole, rows: workings.rows(best.few) }];
  return { key: best.key, parts: [...parts, ...rest] };
}
