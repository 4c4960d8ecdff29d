import { at, type Measured, type Undefined, undefinedBecause } from './measured.ts';
import { type Sample, sortedSample } from './tie-groups.ts';

/** Scholz & Stephens, table 1: upper tail, and b₀ + b₁/√m + b₂/m for the standardised statistic, m = samples − 1. */
const TABLE = [
  { tail: 0.25, b0: 0.675, b1: -0.245, b2: -0.105 },
  { tail: 0.1, b0: 1.281, b1: 0.25, b2: -0.305 },
  { tail: 0.05, b0: 1.645, b1: 0.678, b2: -0.362 },
  { tail: 0.025, b0: 1.96, b1: 1.149, b2: -0.391 },
  { tail: 0.01, b0: 2.326, b1: 1.822, b2: -0.396 },
  { tail: 0.005, b0: 2.573, b1: 2.364, b2: -0.345 },
  { tail: 0.001, b0: 3.085, b1: 3.615, b2: -0.154 },
] as const;
const LARGEST_TAIL = 0.25;
const SMALLEST_TAIL = 0.001;

export type AndersonDarlingResult = Measured<{
  /** (A² − (k − 1)) / σ. */
  statistic: number;
  pValue: number;
  /** The table ends at 0.25 and 0.001: beyond, p is that end, and the truth is `at_least` or `at_most` it. */
  pValueIs: 'interpolated' | 'at_least' | 'at_most';
}>;

/**
 * Anderson-Darling k-sample test (midrank version): do k samples come from one distribution? More weight to the tails
 * than KS or Cramér-von Mises. p by a quadratic in ln p through the table's critical values.
 *
 * Fewer than 2 samples, or under 4 values in all → `too_few`; all values equal → `constant`; an empty sample → `empty`;
 * NaN or infinite → `not_finite`. Cost O(k · N + N log N). Source: Scholz & Stephens, JASA 82 (1987), eq. 7 and table 1.
 */
export function andersonDarling(samples: readonly Sample[]): AndersonDarlingResult {
  if (samples.length < 2) return undefinedBecause('too_few');
  const sorted: Float64Array[] = [];
  for (const sample of samples) {
    const one = sortedSample(sample);
    if ('kind' in one) return one;
    sorted.push(one);
  }
  const pooled = pool(sorted);
  if ('kind' in pooled) return pooled;
  const k = sorted.length;
  const a2 = midrankStatistic(sorted, pooled);
  const statistic = (a2 - (k - 1)) / Math.sqrt(varianceOf(sorted, pooled.length));
  return { kind: 'value', statistic, ...interpolateTail(statistic, k - 1) };
}

const pool = (sorted: readonly Float64Array[]): Float64Array | Undefined => {
  const all = Float64Array.from(sorted.flatMap((sample) => Array.from(sample))).sort();
  if (all.length < 4) return undefinedBecause('too_few');
  return at(all, 0) === at(all, all.length - 1) ? undefinedBecause('constant') : all;
};

/** A²_{akN}: sum over the distinct pooled values, ties counted half below and half above. */
const midrankStatistic = (sorted: readonly Float64Array[], pooled: Float64Array): number => {
  const total = pooled.length;
  const sums = new Float64Array(sorted.length);
  const position = new Int32Array(sorted.length);
  for (let from = 0; from < total; ) {
    const value = at(pooled, from);
    let to = from;
    while (to < total && at(pooled, to) === value) to += 1;
    const ties = to - from;
    const below = from + ties / 2;
    const weight = ties / total / (below * (total - below) - (total * ties) / 4);
    for (const [s, sample] of sorted.entries()) {
      let index = at(position, s);
      const before = index;
      while (index < sample.length && at(sample, index) === value) index += 1;
      position[s] = index;
      const middle = (before + index) / 2;
      sums[s] = at(sums, s) + weight * (total * middle - below * sample.length) ** 2;
    }
    from = to;
  }
  const weighted = sorted.reduce((sum, sample, s) => sum + at(sums, s) / sample.length, 0);
  return (weighted * (total - 1)) / total;
};

/** Scholz & Stephens eq. 4: the variance of A² under no change. */
const varianceOf = (sorted: readonly Float64Array[], total: number): number => {
  const k = sorted.length;
  const H = sorted.reduce((sum, sample) => sum + 1 / sample.length, 0);
  let h = 0;
  let g = 0;
  let inner = 0;
  for (let i = total - 1; i >= 1; i -= 1) h += 1 / i;
  // g = Σ_{i<j} 1 / ((N − i) j), built from the end so that the inner sum is reused.
  for (let i = total - 2; i >= 1; i -= 1) {
    inner += 1 / (i + 1);
    g += inner / (total - i);
  }
  const a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * H;
  const b = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * H - 8 * h + 4 * g - 6;
  const c = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * H + 4 * h;
  const d = (2 * h + 6) * k * k - 4 * h * k;
  const denominator = (total - 1) * (total - 2) * (total - 3);
  return (a * total ** 3 + b * total ** 2 + c * total + d) / denominator;
};

const interpolateTail = (
  statistic: number,
  m: number,
): { pValue: number; pValueIs: 'interpolated' | 'at_least' | 'at_most' } => {
  const points = TABLE.map(({ tail, b0, b1, b2 }) => ({
    x: b0 + b1 / Math.sqrt(m) + b2 / m,
    y: Math.log(tail),
  }));
  const first = points[0]?.x ?? Number.NaN;
  const last = points.at(-1)?.x ?? Number.NaN;
  if (statistic < first) return { pValue: LARGEST_TAIL, pValueIs: 'at_least' };
  if (statistic > last) return { pValue: SMALLEST_TAIL, pValueIs: 'at_most' };
  return { pValue: Math.exp(quadraticFit(points, statistic)), pValueIs: 'interpolated' };
};

/** The least-squares quadratic through the points, evaluated at x: moments about the mean, then Cramer's rule. */
const quadraticFit = (points: readonly { x: number; y: number }[], x: number): number => {
  const centre = points.reduce((sum, point) => sum + point.x, 0) / points.length;
  const moment = (power: number, y: boolean): number =>
    points.reduce((sum, point) => sum + (point.x - centre) ** power * (y ? point.y : 1), 0);
  const [s0, s1, s2, s3, s4] = [0, 1, 2, 3, 4].map((power) => moment(power, false)) as Five;
  const [t0, t1, t2] = [0, 1, 2].map((power) => moment(power, true)) as Three;
  const det = (
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
    f: number,
    g: number,
    h: number,
    i: number,
  ) => a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const all = det(s0, s1, s2, s1, s2, s3, s2, s3, s4);
  const constant = det(t0, s1, s2, t1, s2, s3, t2, s3, s4) / all;
  const linear = det(s0, t0, s2, s1, t1, s3, s2, t2, s4) / all;
  const square = det(s0, s1, t0, s1, s2, t1, s2, s3, t2) / all;
  const u = x - centre;
  return constant + linear * u + square * u * u;
};
type Three = [number, number, number];
type Five = [number, number, number, number, number];
