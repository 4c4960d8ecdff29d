import { at, type Measured, probability } from './measured.ts';
import { normalSf } from './special/normal.ts';
import { type Sample, tieGroups } from './tie-groups.ts';

/** With no ties and a side of at most 8 values the normal limit is poor and exact counting is free. */
export const MANN_WHITNEY_EXACT_SIDE = 8;
/** Keeps the exact table (n · m · nm cells) small when the other side is long. */
const EXACT_CELLS = 2_000;

export type MannWhitneyResult = Measured<{
  /** U of the current sample: pairs where current > reference, a tie counting ½. */
  statistic: number;
  pValue: number;
  method: 'exact' | 'asymptotic';
  /** U / (n·m): the chance that a current value exceeds a reference value. 0.5 is no shift. */
  probabilityOfSuperiority: number;
}>;

/**
 * Mann-Whitney U (Wilcoxon rank sum), two-sided: are the current values shifted against the reference?
 *
 * Asymptotic p with tie-corrected variance and continuity correction ½; exact when nothing ties and a side has at most
 * MANN_WHITNEY_EXACT_SIDE values. All values equal: p 1. Empty → `empty`; NaN or infinite → `not_finite`.
 * Cost O(N log N). Source: Mann & Whitney, Ann. Math. Stat. 18 (1947); Lehmann, Nonparametrics (1975), § 1.4 (ties).
 */
export function mannWhitney(reference: Sample, current: Sample): MannWhitneyResult {
  const groups = tieGroups(reference, current);
  if (groups.kind === 'undefined') return groups;
  const { nReference: n, nCurrent: m } = groups;
  const total = n + m;
  let below = 0;
  let statistic = 0;
  let ties = 0;
  for (let k = 0; k < groups.values.length; k += 1) {
    const x = at(groups.reference, k);
    const y = at(groups.current, k);
    statistic += y * (below + x / 2);
    below += x;
    ties += (x + y) ** 3 - (x + y);
  }
  const superiority = statistic / (n * m);
  const shape = { kind: 'value', statistic, probabilityOfSuperiority: superiority } as const;
  if (ties === 0 && Math.min(n, m) <= MANN_WHITNEY_EXACT_SIDE && n * m <= EXACT_CELLS) {
    return { ...shape, pValue: exactTwoSided(n, m, statistic), method: 'exact' };
  }
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  const gap = Math.abs(statistic - (n * m) / 2) - 0.5;
  const pValue = variance > 0 ? probability(2 * normalSf(gap / Math.sqrt(variance))) : 1;
  return { ...shape, pValue, method: 'asymptotic' };
}

/** 2 · P(U ≥ max(u, nm − u)): the distribution of U by adding one value at a time (Mann & Whitney's recurrence). */
const exactTwoSided = (n: number, m: number, u: number): number => {
  const size = n * m + 1;
  // ways[u] of choosing n ranks out of the first n + j: coefficients of the Gaussian binomial, built factor by factor.
  let ways = new Float64Array(size);
  ways[0] = 1;
  for (let j = 1; j <= n; j += 1) {
    ways = divideByOneMinus(multiplyByOneMinus(ways, m + j), j);
  }
  const upper = Math.max(u, n * m - u);
  let tail = 0;
  let all = 0;
  for (let k = 0; k < size; k += 1) {
    all += at(ways, k);
    if (k >= upper) tail += at(ways, k);
  }
  return probability((2 * tail) / all);
};

/** p(x) · (1 − x^power), cut at the length of p. */
const multiplyByOneMinus = (p: Float64Array, power: number): Float64Array<ArrayBuffer> =>
  Float64Array.from(p, (c, k) => c - (k >= power ? at(p, k - power) : 0));

/** p(x) / (1 − x^power), as a power series. */
const divideByOneMinus = (p: Float64Array, power: number): Float64Array<ArrayBuffer> => {
  const out = new Float64Array(p.length);
  for (let k = 0; k < p.length; k += 1) out[k] = at(p, k) + (k >= power ? at(out, k - power) : 0);
  return out;
};
