import { type Binned, boost, predict } from '../performance/trees.ts';
import type { Column } from './table.ts';

/** Decisions the surrogate learns from, and pairs over which a change is taken apart. */
const MOST_LEARNT = 6_000;
const PAIRS = 150;
const ORDERS = 12;
/** Features that are taken apart one by one: those that moved most. */
export const MOST_PLAYERS = 24;

export type Contributions = {
  /** In the order of the columns. */
  readonly each: readonly { readonly value: number; readonly error: number }[];
  /** The change of inputs alone: what the baseline's way of answering makes of the new inputs. */
  readonly inputs: number;
  /** Share of the target's variance in the baseline that the surrogate tells: low, and the parts are rough. */
  readonly fit: number;
};

/**
 * What each feature's new values do to the target. A surrogate (boosted trees) learns the target from the binned inputs of
 * the baseline. Then pairs of a baseline and a new decision are walked, input by input in random orders, from the one to
 * the other; a feature's part is the mean step of the surrogate when its input is changed (Shapley values of baseline games,
 * Sundararajan & Najmi, ICML 2020, § 3, averaged over both samples). The parts add up to `inputs`; what is left of the
 * change is other answers to the same inputs.
 *
 * Error: standard error over orders. null below 100 decisions on a side. O(orders · features · pairs · trees).
 */
export function contributionsOf(
  columns: readonly Column[],
  target: Float64Array,
  sides: { readonly where: number; readonly baseline: number },
  random: () => number,
): Contributions | null {
  if (sides.where < 100 || sides.baseline < 100) return null;
  const learnt = Math.min(MOST_LEARNT, sides.baseline);
  const train: Binned = {
    columns: columns.map((column) => folded(column, column.baseline.subarray(0, learnt), target)),
    rows: learnt,
  };
  const y = target.subarray(0, learnt);
  const model = boost(train, y);
  const told = predict(model, train);
  const steps: number[][] = columns.map(() => []);
  for (let order = 0; order < ORDERS; order += 1) {
    const pairs = Array.from({ length: PAIRS }, () => ({
      from: Math.floor(random() * learnt),
      to: Math.floor(random() * sides.where),
    }));
    walk(columns, train, model, pairs, shuffled(columns.length, random), target, (column, step) =>
      steps[column]?.push(step),
    );
  }
  const each = steps.map((own) => ({ value: mean(own), error: standardError(own) }));
  return { each, inputs: each.reduce((sum, { value }) => sum + value, 0), fit: explainedShare(y, told) };
}

type Pair = { readonly from: number; readonly to: number };

function walk(
  columns: readonly Column[],
  train: Binned,
  model: ReturnType<typeof boost>,
  pairs: readonly Pair[],
  order: readonly number[],
  target: Float64Array,
  tell: (column: number, step: number) => void,
): void {
  const mixed = columns.map((_, i) => Uint8Array.from(pairs, ({ from }) => train.columns[i]?.[from] ?? 0));
  const now = (): number => mean(predict(model, { columns: mixed, rows: pairs.length }));
  let before = now();
  for (const i of order) {
    const column = columns[i];
    if (column === undefined) continue;
    const codes = folded(column, column.where, target);
    mixed[i] = Uint8Array.from(pairs, ({ to }) => codes[to] ?? 0);
    const after = now();
    tell(i, after - before);
    before = after;
  }
}

/**
 * Trees cut ordered bins, of which they have 32: categories are put in the order of their mean target in the baseline, a
 * category that the baseline does not have in the middle.
 */
function folded(column: Column, codes: Uint8Array, target: Float64Array): Uint8Array {
  if (column.kind === 'numeric') return codes;
  const order = orderOf(column, target);
  return codes.map((code) => order[code] ?? 0);
}

const orders = new WeakMap<Column, readonly number[]>();
function orderOf(column: Column, target: Float64Array): readonly number[] {
  const known = orders.get(column);
  if (known) return known;
  const sums = column.labels.map(() => ({ n: 0, sum: 0 }));
  for (const [i, code] of column.baseline.entries()) {
    const own = sums[code];
    if (own === undefined) continue;
    own.n += 1;
    own.sum += target[i] ?? 0;
  }
  const whole = mean(target);
  const ranked = sums
    .map(({ n, sum }, code) => ({ code, level: n > 0 ? sum / n : whole }))
    .sort((a, b) => a.level - b.level || a.code - b.code);
  const order: number[] = [];
  for (const [rank, { code }] of ranked.entries())
    order[code] = Math.floor((rank * 32) / Math.max(32, ranked.length));
  orders.set(column, order);
  return order;
}

function shuffled(n: number, random: () => number): readonly number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] ?? 0;
  return values.length > 0 ? sum / values.length : 0;
};

function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return values.length > 1 ? Math.sqrt(squares / (values.length - 1) / values.length) : 0;
}

function explainedShare(y: Float64Array, told: Float64Array): number {
  const centre = mean(y);
  let [rest, whole] = [0, 0];
  for (let i = 0; i < y.length; i += 1) {
    rest += ((y[i] ?? 0) - (told[i] ?? 0)) ** 2;
    whole += ((y[i] ?? 0) - centre) ** 2;
  }
  return whole > 0 ? Math.max(0, 1 - rest / whole) : 0;
}
