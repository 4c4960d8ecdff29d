import { isProbabilityBin, NO_SCORE } from '../../model/score-bins.ts';

/** Known events of one bin: the mean score, how many, how many positive. */
export type Scored = {
  readonly bin: number;
  readonly p: number;
  readonly n: number;
  readonly events: number;
};

/** Score → probability of the event; null where there is no score. */
export type Calibration = (bin: number, p: number) => number | null;

/** Below this many labels isotonic regression follows noise; Platt's two numbers do not (Niculescu-Mizil & Caruana 2005, fig. 6). */
export const ISOTONIC_FROM = 1_000;
const NEWTON_STEPS = 25;
const LOGIT_LEAST = 1e-6;

/** A score that is no probability keeps its place in the order. */
const axis = (bin: number, p: number): number => (isProbabilityBin(bin) ? p : bin);

/** Whether the event becomes likelier or less likely as the score rises. */
export type Direction = 'rising' | 'falling';

/** Probability of the event given the score, from labelled history; null when there is none with both outcomes. */
export function fitCalibration(
  scored: readonly Scored[],
  direction: Direction = 'rising',
): Calibration | null {
  const rows = pooled(scored.filter(({ bin, n }) => bin !== NO_SCORE && n > 0));
  const n = rows.reduce((sum, row) => sum + row.n, 0);
  const events = rows.reduce((sum, row) => sum + row.events, 0);
  if (n === 0 || events === 0 || events === n) return null;
  const isProbability = rows.every(({ bin }) => isProbabilityBin(bin));
  return n >= ISOTONIC_FROM || !isProbability ? isotonic(rows, direction) : platt(rows, n, events);
}

/** One point per bin, ascending: decisions of one score are told apart by nothing. */
function pooled(rows: readonly Scored[]): readonly Scored[] {
  const isSorted = rows.every((row, i) => i === 0 || row.bin >= (rows[i - 1]?.bin ?? 0));
  const bins: { bin: number; p: number; n: number; events: number }[] = [];
  for (const row of isSorted ? rows : rows.toSorted((a, b) => a.bin - b.bin)) {
    const last = bins.at(-1);
    if (last?.bin === row.bin) {
      last.p = (last.p * last.n + row.p * row.n) / (last.n + row.n);
      last.n += row.n;
      last.events += row.events;
    } else bins.push({ bin: row.bin, p: row.p, n: row.n, events: row.events });
  }
  return bins;
}

type Block = { x: number; n: number; events: number; from: number };

/**
 * Pool adjacent violators: the non-decreasing step function nearest to the event rates in squared error, linear between
 * the points as scikit-learn's IsotonicRegression does. O(bins log bins).
 * Source: Ayer et al., Ann. Math. Stat. 26 (1955).
 */
export function isotonic(rows: readonly Scored[], direction: Direction = 'rising'): Calibration {
  const sign = direction === 'rising' ? 1 : -1;
  const points = rows
    .map(({ bin, p, n, events }) => ({ x: sign * axis(bin, p), n, events }))
    .sort((a, b) => a.x - b.x);
  const blocks: Block[] = [];
  for (const [from, point] of points.entries()) {
    let block: Block = { ...point, from };
    for (
      let last = blocks.at(-1);
      last && last.events * block.n >= block.events * last.n;
      last = blocks.at(-1)
    ) {
      block = { x: block.x, n: block.n + last.n, events: block.events + last.events, from: last.from };
      blocks.pop();
    }
    blocks.push(block);
  }
  const xs = points.map(({ x }) => x);
  const ys = blocks.flatMap(({ from, n, events }, i) =>
    Array.from({ length: (blocks[i + 1]?.from ?? points.length) - from }, () => events / n),
  );
  return (bin, p) => (bin === NO_SCORE ? null : interpolate(xs, ys, sign * axis(bin, p)));
}

function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  let [low, high] = [0, xs.length - 1];
  if (x <= (xs[low] ?? 0)) return ys[low] ?? 0;
  if (x >= (xs[high] ?? 0)) return ys[high] ?? 0;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) <= x) low = middle;
    else high = middle;
  }
  const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = [xs[low], xs[high], ys[low], ys[high]];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

const logit = (p: number): number => {
  const inside = Math.min(1 - LOGIT_LEAST, Math.max(LOGIT_LEAST, p));
  return Math.log(inside / (1 - inside));
};
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * How much better the events are told by a curve of their own than by the one they are held against, as twice the gain in
 * log-likelihood: of two numbers more, so χ² with 2 degrees of freedom where the common curve holds (Wilks 1938).
 */
export function gainOfOwnCurve(scored: readonly Scored[], common: Calibration): number {
  const rows = scored.flatMap((row): Scored[] => {
    const p = row.n > 0 ? common(row.bin, row.p) : null;
    return p === null ? [] : [{ ...row, p, bin: 0 }];
  });
  const n = rows.reduce((sum, row) => sum + row.n, 0);
  const events = rows.reduce((sum, row) => sum + row.events, 0);
  if (events === 0 || events === n) return 0;
  const own = platt(rows, n, events);
  const likelihood = (of: (p: number) => number): number =>
    rows.reduce((sum, row) => {
      const p = Math.min(1 - LOGIT_LEAST, Math.max(LOGIT_LEAST, of(row.p)));
      return sum + row.events * Math.log(p) + (row.n - row.events) * Math.log(1 - p);
    }, 0);
  return Math.max(0, 2 * (likelihood((p) => own(0, p) ?? p) - likelihood((p) => p)));
}

/**
 * σ(a + b·logit p), by Newton's method on targets drawn in from 0 and 1 by the prior.
 * Source: Platt (1999), with the targets of his eq. 12; on the logit, since the score is a probability already.
 */
function platt(rows: readonly Scored[], n: number, events: number): Calibration {
  const [high, low] = [(events + 1) / (events + 2), 1 / (n - events + 2)];
  let [a, b] = [0, 1];
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 1e-9, 0, 1e-9];
    for (const { p, n: own, events: positive } of rows) {
      const x = logit(p);
      const q = sigmoid(a + b * x);
      const target = positive * high + (own - positive) * low;
      const weight = own * q * (1 - q);
      ga += own * q - target;
      gb += (own * q - target) * x;
      haa += weight;
      hab += weight * x;
      hbb += weight * x * x;
    }
    const determinant = haa * hbb - hab * hab;
    if (!(Math.abs(determinant) > 0)) break;
    const [da, db] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    a -= da;
    b -= db;
    if (Math.abs(da) + Math.abs(db) < 1e-9) break;
  }
  return (bin, p) => (bin === NO_SCORE ? null : sigmoid(a + b * logit(p)));
}
