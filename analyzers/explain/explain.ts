import type {
  ExplainQuery,
  Explanation,
  MovedFeature,
  Onset,
  SideFacts,
  Target,
} from '../../model/explanation.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { MINUTE_MS } from '../../model/time.ts';
import type { ExplainedRow, ExplainStore, MeanSlot } from '../../store/ports/explain.ts';
import type { JudgingRule } from '../../store/ports/reads.ts';
import { normalTwoSided } from '../stats/special/normal.ts';
import { type Changes, causesOf } from './causes.ts';
import { changePoint } from './change-point.ts';
import { contributionsOf, MOST_PLAYERS } from './contributions.ts';
import { clustersOf, type Moved, movedFeatures } from './moved.ts';
import { carryingSegments, type HalvedTarget } from './segments.ts';
import { sentencesOf } from './sentences.ts';
import { columnsOf } from './table.ts';

/** Decisions looked at on each side. */
const SAMPLE = 20_000;
/** Stretches the time before and in the window is looked at in. */
const SLOTS = 240;
const Z95 = 1.959964;
/** Below this p a feature is not told as moved. */
const EVIDENT = 0.05;
const MOST_TOLD = 30;

export type ExplainDeps = {
  readonly store: ExplainStore;
  /** How the system's decisions are judged. */
  readonly rule: JudgingRule;
  readonly changes: Changes;
  readonly progress: (step: string, done: number, of: number) => void;
};

const STEPS = 5;

/** What moved between two sets of a system's decisions, since when, where it sits, what comes with it, and what came before it. */
export async function explain(deps: ExplainDeps, query: ExplainQuery): Promise<Explanation> {
  const { store, rule, progress } = deps;
  const { project, system, where, baseline } = query;
  progress('reading decisions', 0, STEPS);
  const now = await store.sample(project, system, where, rule, SAMPLE);
  const then = await store.sample(project, system, baseline, rule, SAMPLE);
  const target = query.target ?? targetOf(now.rows, then.rows);
  const sides = { where: halved(now.rows, target), baseline: halved(then.rows, target) };
  progress('comparing features', 1, STEPS);
  const moved = movedFeatures(columnsOf(now.rows, then.rows));
  progress('looking for segments', 2, STEPS);
  const change = changeOf(sides.where.y, sides.baseline.y);
  const segments = carryingSegments(
    moved.map(({ column }) => column),
    sides,
  );
  progress('taking the change apart', 3, STEPS);
  const apart = takenApart(moved, sides, now.rows, then.rows);
  progress('looking for its start', 4, STEPS);
  const onset = await onsetOf(store, query, target);
  const causes = onset === null ? [] : await causesOf(deps, query, onset);
  progress('done', STEPS, STEPS);
  const found = {
    system,
    target,
    where: factsOf(now, sides.where.y),
    baseline: factsOf(then, sides.baseline.y),
    change,
    onset,
    features: apart.features,
    segments,
    parts:
      change && apart.inputs !== null
        ? { inputs: apart.inputs, answers: change.value - apart.inputs, fit: apart.fit }
        : null,
    causes,
  };
  return { ...found, sentences: sentencesOf(found) };
}

const valueIn = (row: ExplainedRow, target: Target): number => {
  switch (target.kind) {
    case 'score':
      return row.score ?? Number.NaN;
    case 'value':
      return Number(row.value === target.value);
    case 'wrong':
      return row.wrong ?? Number.NaN;
  }
};

const halved = (rows: readonly ExplainedRow[], target: Target): HalvedTarget => ({
  y: Float64Array.from(rows, (row) => valueIn(row, target)),
  half: Uint8Array.from(rows, (row) => row.half),
});

/** A score is finer than a value; most decisions must have one. */
const SCORED_SHARE = 0.9;

function targetOf(now: readonly ExplainedRow[], then: readonly ExplainedRow[]): Target {
  const all = [...now, ...then];
  if (all.filter((row) => row.score !== null).length >= SCORED_SHARE * all.length && all.length > 0)
    return { kind: 'score' };
  const share = (rows: readonly ExplainedRow[], value: string): number =>
    rows.filter((row) => row.value === value).length / Math.max(1, rows.length);
  const moves = [...new Set(all.map((row) => row.value))].map((value) => ({
    value,
    by: Math.abs(share(now, value) - share(then, value)),
  }));
  return { kind: 'value', value: moves.toSorted((a, b) => b.by - a.by)[0]?.value ?? '' };
}

const knownOf = (y: Float64Array): Float64Array => y.filter((value) => !Number.isNaN(value));
const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const factsOf = (side: { decisions: number; rows: readonly ExplainedRow[] }, y: Float64Array): SideFacts => {
  const known = knownOf(y);
  return {
    decisions: side.decisions,
    sampled: side.rows.length,
    mean: known.length > 0 ? mean(known) : null,
  };
};

function changeOf(where: Float64Array, baseline: Float64Array): Explanation['change'] {
  const [a, b] = [knownOf(where), knownOf(baseline)];
  if (a.length < 2 || b.length < 2) return null;
  const [ma, mb] = [mean(a), mean(b)];
  const variance = (values: Float64Array, centre: number): number =>
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1) / values.length;
  const se = Math.sqrt(variance(a, ma) + variance(b, mb));
  const value = ma - mb;
  const pValue = se > 0 ? normalTwoSided(value / se) : value === 0 ? 1 : 0;
  return { value, low: value - Z95 * se, high: value + Z95 * se, pValue };
}

/** Features that evidently moved, each with its part of the change and the cluster it moves in. */
function takenApart(
  moved: readonly Moved[],
  sides: { readonly where: HalvedTarget; readonly baseline: HalvedTarget },
  now: readonly ExplainedRow[],
  then: readonly ExplainedRow[],
) {
  const evident = moved.filter(({ pValue }) => pValue <= EVIDENT).slice(0, MOST_TOLD);
  // What did not move has no part in a change of inputs, but the surrogate needs it to know what the answer hangs on.
  const players = [...evident, ...moved.filter((one) => !evident.includes(one))].slice(0, MOST_PLAYERS);
  const judged = (y: Float64Array, rows: readonly ExplainedRow[]) =>
    rows.flatMap((_, i) => (Number.isNaN(y[i]) ? [] : [i]));
  const [a, b] = [judged(sides.where.y, now), judged(sides.baseline.y, then)];
  const columns = players.map(({ column }) => ({
    ...column,
    where: Uint8Array.from(a, (i) => column.where[i] ?? 0),
    baseline: Uint8Array.from(b, (i) => column.baseline[i] ?? 0),
  }));
  const y = Float64Array.from(b, (i) => sides.baseline.y[i] ?? 0);
  const apart = contributionsOf(columns, y, { where: a.length, baseline: b.length }, seededRandom(b.length));
  const clusters = clustersOf(evident);
  const features = evident.map(({ column, distance, pValue, sentence }, i): MovedFeature => {
    const part = apart?.each[players.findIndex((one) => one.column === column)];
    return {
      feature: column.feature,
      distance,
      pValue,
      sentence,
      contribution: part?.value ?? null,
      contributionError: part?.error ?? null,
      cluster: clusters[i] ?? 0,
    };
  });
  const weight = (one: MovedFeature): number => Math.abs(one.contribution ?? 0);
  return {
    features: features.toSorted((x, z) => weight(z) - weight(x) || z.distance - x.distance),
    inputs: apart?.inputs ?? null,
    fit: apart?.fit ?? 0,
  };
}

/** Between the start of the baseline and the end of the window, where the one comes before the other; labels have no such series. */
async function onsetOf(store: ExplainStore, query: ExplainQuery, target: Target): Promise<Onset | null> {
  const { where, baseline, project, system } = query;
  if (target.kind === 'wrong' || baseline.fromMs >= where.fromMs || baseline.version !== where.version)
    return null;
  const side = { ...where, fromMs: baseline.fromMs };
  const slotMs = Math.max(MINUTE_MS, Math.ceil((side.toMs - side.fromMs) / SLOTS / MINUTE_MS) * MINUTE_MS);
  const of = target.kind === 'value' ? { value: target.value } : {};
  const slots: readonly MeanSlot[] = await store.series(project, system, side, of, slotMs);
  return changePoint(slots, slotMs);
}
