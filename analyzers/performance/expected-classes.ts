import { NO_SCORE } from '../../model/score-bins.ts';
import { type Calibration, type Direction, fitCalibration, type Scored } from './calibrate.ts';
import type { ClassRow } from './multiclass.ts';
import { resampleClasses } from './resample.ts';
import { classRows } from './truth.ts';
import { type Draw, LEAST_OF_GROUP, type Rules, type Workings } from './workings.ts';

/** Truths of one value that have a curve of their own; the rarer ones keep their share of what is left. */
const MOST_CURVES = 24;
/** A curve of mistakes needs as many of them; below, their share is known better than its course. */
const LEAST_MISTAKES = 50;
/** A mistake of a kind the reference never showed. */
const UNSEEN = '';

/**
 * Each class against the rest: for every decided value one curve for the chance that it is right, rising with its
 * confidence, and one for each other class that turned out true instead, falling with it; then the curves of the mistakes
 * are scaled to what the first leaves of 1. (With the probability of every class one would calibrate each; decisions
 * carry that of the chosen one.) Values with few labels take the curve of all values for being right.
 */
export const classWorkings = (rules: Rules): Workings<ClassRow> => ({
  rows: (cells) => classRows(cells, rules),
  scored: (rows) => scoredBy(rows, (row) => row.truth === row.value),
  resample: resampleClasses,
  calibrate: (known) => {
    const pooled = curveOf(known, (row) => row.truth === row.value, 'rising');
    if (pooled === null) return null;
    const ofValue = new Map(
      [...Map.groupBy(known, (row) => row.value)].map(([value, own]) => [value, fitValue(own, pooled)]),
    );
    const ofUnseen = { right: pooled, wrong: [] };
    return (rows, draw) => rows.flatMap((row) => expectRow(row, ofValue.get(row.value) ?? ofUnseen, draw));
  },
});

type Mistake = {
  readonly truth: string;
  /** Of all mistakes of the value. */
  readonly share: number;
  /** Chance by confidence; null: mistakes of this kind are too few to have one. */
  readonly curve: Calibration | null;
};
type ValueFit = { readonly right: Calibration; readonly wrong: readonly Mistake[] };

const scoredBy = (known: readonly ClassRow[], isEvent: (row: ClassRow) => boolean): readonly Scored[] =>
  known
    .filter((row) => row.bin !== NO_SCORE && row.truth !== null)
    .map((row) => ({ bin: row.bin, p: row.p, n: row.known, events: isEvent(row) ? row.known : 0 }));

const curveOf = (
  known: readonly ClassRow[],
  isEvent: (row: ClassRow) => boolean,
  direction: Direction,
): Calibration | null => fitCalibration(scoredBy(known, isEvent), direction);

const labels = (rows: readonly ClassRow[]): number => rows.reduce((sum, row) => sum + row.known, 0);

function fitValue(own: readonly ClassRow[], pooled: Calibration): ValueFit {
  const enough = labels(own) >= LEAST_OF_GROUP;
  const mistakes = own.filter((row) => row.truth !== null && row.truth !== row.value && row.known > 0);
  const all = labels(mistakes);
  const byTruth = [...Map.groupBy(mistakes, (row) => row.truth ?? UNSEEN)]
    .map(([truth, rows]) => ({ truth, n: labels(rows) }))
    .sort((a, b) => b.n - a.n || (a.truth < b.truth ? -1 : 1));
  const wrong = byTruth.map(({ truth, n }, i): Mistake => {
    const hasCurve = enough && byTruth.length > 1 && i < MOST_CURVES && n >= LEAST_MISTAKES;
    const curve = hasCurve ? curveOf(own, (row) => row.truth === truth, 'falling') : null;
    return { truth, share: n / all, curve };
  });
  const right = enough ? curveOf(own, (row) => row.truth === row.value, 'rising') : null;
  return { right: right ?? pooled, wrong };
}

function expectRow(row: ClassRow, { right, wrong }: ValueFit, draw: Draw): ClassRow[] {
  const probability = right(row.bin, row.p);
  if (probability === null) return [];
  const hits = draw(row.n, probability);
  const chances = chancesOf(row, wrong, 1 - probability);
  let [left, rest] = [row.n - hits, 1];
  const misses = chances.map(({ truth, chance }, i): ClassRow => {
    const isLast = i === chances.length - 1;
    const here = isLast ? left : rest > 0 ? draw(left, Math.min(1, chance / rest)) : 0;
    left -= here;
    rest -= chance;
    return { ...row, truth, known: here };
  });
  const unseen = chances.length === 0 ? [{ ...row, truth: UNSEEN, known: left }] : [];
  return [{ ...row, truth: row.value, known: hits }, ...misses, ...unseen];
}

/** Chances of the mistakes, given that it is one; they sum to 1. */
function chancesOf(row: ClassRow, wrong: readonly Mistake[], left: number) {
  const raw = wrong.map(({ truth, share, curve }) => ({
    truth,
    chance: curve?.(row.bin, row.p) ?? share * left,
  }));
  const sum = raw.reduce((total, one) => total + one.chance, 0);
  return sum > 0
    ? raw.map(({ truth, chance }) => ({ truth, chance: chance / sum }))
    : wrong.map(({ truth, share }) => ({ truth, chance: share }));
}
