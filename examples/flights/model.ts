import { blockMin, LATE_MIN } from './flights.ts';
import type { Inputs } from './world.ts';

/** Logistic model of "arrives more than 15 minutes late". */
export type Model = {
  readonly weights: readonly number[];
  /** How much a minute moves the log-odds: the difference between "15 minutes late" and "45 minutes late". */
  readonly logOddsPerMinute: number;
};

export type Example = { readonly inputs: Inputs; readonly delayMin: number };

const STRICT_LATE_MIN = 45;
const NEWTON_STEPS = 8;
const RIDGE = 1;

export function fitModel(examples: readonly Example[]): Model {
  const rows = examples.map((example) => regressors(example.inputs));
  const late = fitLogistic(
    rows,
    examples.map((e) => (e.delayMin > LATE_MIN ? 1 : 0)),
  );
  const veryLate = fitLogistic(
    rows,
    examples.map((e) => (e.delayMin > STRICT_LATE_MIN ? 1 : 0)),
  );
  let gap = 0;
  for (const row of rows) gap += dot(late, row) - dot(veryLate, row);
  return { weights: late, logOddsPerMinute: gap / rows.length / (STRICT_LATE_MIN - LATE_MIN) };
}

/** Version 1: hour, weekday, distance and the rolling lateness of origin, destination and route. */
export function probabilityV1(model: Model, inputs: Inputs): number {
  return sigmoid(dot(model.weights, regressors(inputs)));
}

/**
 * Version 2 also looks at the expected arrival: a flight whose estimated time in the air is longer than the
 * timetable's is that many minutes nearer to being late. `distance` comes from a new feed, which the code takes for miles.
 */
export function probabilityV2(model: Model, inputs: Inputs, distance: number): number {
  const expectedLateMin = blockMin(distance) - blockMin(inputs.distanceMi);
  return sigmoid(dot(model.weights, regressors(inputs)) + model.logOddsPerMinute * expectedLateMin);
}

function regressors(inputs: Inputs): number[] {
  const angle = (2 * Math.PI * inputs.hour) / 24;
  return [
    1,
    Math.sin(angle),
    Math.cos(angle),
    Math.sin(2 * angle),
    Math.cos(2 * angle),
    inputs.weekday === 5 ? 1 : 0,
    inputs.weekday === 6 ? 1 : 0,
    inputs.weekday === 0 ? 1 : 0,
    logOdds(inputs.originLateness),
    logOdds(inputs.destinationLateness),
    logOdds(inputs.routeLateness),
    inputs.distanceMi / 1_000,
  ];
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** Kept away from 0 and 1, where a share of few flights would say too much. */
const logOdds = (share: number): number => Math.log((share + 0.02) / (1 - share + 0.02));

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Ridge-penalised maximum likelihood by Newton's method. */
function fitLogistic(rows: readonly number[][], labels: readonly number[]): number[] {
  const size = rows[0]?.length ?? 0;
  let weights = new Array<number>(size).fill(0);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const gradient = weights.map((w) => -RIDGE * w);
    const hessian = weights.map((_, i) => weights.map((_w, j): number => (i === j ? RIDGE : 0)));
    rows.forEach((row, r) => {
      const p = sigmoid(dot(weights, row));
      const residual = (labels[r] ?? 0) - p;
      row.forEach((x, i) => {
        gradient[i] = (gradient[i] ?? 0) + residual * x;
        const line = hessian[i];
        if (line) for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + p * (1 - p) * x * (row[j] ?? 0);
      });
    });
    const change = solve(hessian, gradient);
    weights = weights.map((w, i) => w + (change[i] ?? 0));
  }
  return weights;
}

/** Gaussian elimination; the matrix is symmetric and, with the ridge, positive definite, so no pivoting is needed. */
function solve(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  rows.forEach((pivotRow, p) => {
    const pivot = pivotRow[p] ?? 1;
    rows.forEach((row, r) => {
      if (r === p) return;
      const factor = (row[p] ?? 0) / pivot;
      for (let c = p; c < row.length; c++) row[c] = (row[c] ?? 0) - factor * (pivotRow[c] ?? 0);
    });
  });
  return rows.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 1));
}
