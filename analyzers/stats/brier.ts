import { at, type Measured, type UndefinedReason, undefinedBecause } from './measured.ts';

export type Brier = Measured<{
  /** Mean squared error of the probabilities: 0 best, 1 worst. */
  score: number;
  /** Σ nₖ/N (p̄ₖ − ōₖ)²: how far stated probabilities are from what happens. 0 best. */
  reliability: number;
  /** Σ nₖ/N (ōₖ − ō)²: how much the forecasts tell cases apart. Larger is better. */
  resolution: number;
  /** ō(1 − ō): what the base rate alone leaves. */
  uncertainty: number;
  /** score − (reliability − resolution + uncertainty): what is lost inside the bins; 0 when each bin has one probability. */
  withinBins: number;
  n: number;
}>;

/**
 * Brier score of binary forecasts and Murphy's parts: score = reliability − resolution + uncertainty + withinBins.
 *
 * `probabilities` in [0, 1], `outcomes` 0 or 1, in parallel. Groups: one per distinct probability, or `bins` equal-width
 * bins of [0, 1] (the last includes 1). Empty → `empty`; NaN or out of range → `bad_parameter`. Cost O(n log n).
 * Source: Brier (1950); Murphy, J. Appl. Meteorol. 12 (1973), eq. 10; Stephenson et al. (2008) for the within-bin part.
 */
export function brier(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  options: { readonly bins?: number } = {},
): Brier {
  const bad = badForecasts(probabilities, outcomes);
  if (bad) return undefinedBecause(bad);
  const { bins } = options;
  if (bins !== undefined && !(Number.isInteger(bins) && bins > 0)) return undefinedBecause('bad_parameter');
  const n = probabilities.length;
  let squares = 0;
  let events = 0;
  for (let i = 0; i < n; i += 1) {
    squares += (at(probabilities, i) - at(outcomes, i)) ** 2;
    events += at(outcomes, i);
  }
  const base = events / n;
  let reliability = 0;
  let resolution = 0;
  for (const group of groupForecasts(probabilities, outcomes, bins)) {
    const rate = group.events / group.n;
    reliability += (group.n / n) * (group.stated / group.n - rate) ** 2;
    resolution += (group.n / n) * (rate - base) ** 2;
  }
  const score = squares / n;
  const uncertainty = base * (1 - base);
  const withinBins = score - (reliability - resolution + uncertainty);
  return { kind: 'value', score, reliability, resolution, uncertainty, withinBins, n };
}

export const badForecasts = (
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
): UndefinedReason | null => {
  if (probabilities.length !== outcomes.length) return 'length_mismatch';
  if (probabilities.length === 0) return 'empty';
  for (let i = 0; i < probabilities.length; i += 1) {
    const p = at(probabilities, i);
    const outcome = at(outcomes, i);
    if (!(p >= 0 && p <= 1) || (outcome !== 0 && outcome !== 1)) return 'bad_parameter';
  }
  return null;
};

/** Forecasts that are judged together: how many, the sum of their probabilities, how many events. */
export type ForecastGroup = { n: number; stated: number; events: number };

export function groupForecasts(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  bins: number | undefined,
): Iterable<ForecastGroup> {
  const groups = new Map<number, ForecastGroup>();
  for (let i = 0; i < probabilities.length; i += 1) {
    const p = at(probabilities, i);
    const key = bins === undefined ? p : Math.min(bins - 1, Math.floor(p * bins));
    const group = groups.get(key) ?? { n: 0, stated: 0, events: 0 };
    group.n += 1;
    group.stated += p;
    group.events += at(outcomes, i);
    groups.set(key, group);
  }
  return groups.values();
}
