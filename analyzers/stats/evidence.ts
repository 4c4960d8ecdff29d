import { chiSquareContingency } from './chi-square.ts';
import { detectableKs, detectablePsi, psiAsJsDistance, type Sensitivity } from './detectable.ts';
import { jensenShannonDistance } from './jensen-shannon.ts';
import { KS_EXACT_CELLS, ks } from './ks.ts';
import { type KsFromCounts, ksFromCounts } from './ks-counts.ts';
import { type Distance, type Measured, undefinedBecause } from './measured.ts';
import { type BinKind, poolRareBins } from './pool-rare.ts';
import { psi } from './psi.ts';
import { type Counts, toShares } from './shares.ts';
import type { Sample } from './tie-groups.ts';

/** Everything a sample-size-aware verdict needs about one comparison. */
export type Evidence = Measured<{
  /** How large the change is, in the statistic's own unit. */
  effect: number;
  /** A valid p-value of "nothing changed": at most `alpha` in at most a share `alpha` of unchanged windows. */
  pValue: number;
  /** The smallest effect that windows of this size would show with the wanted power. */
  minimumDetectableEffect: number;
  nReference: number;
  nCurrent: number;
}>;

export const EFFECTS = ['psi', 'js_distance', 'ks'] as const;
export type Effect = (typeof EFFECTS)[number];

/** 0.8 is the convention of Cohen (1988): a change of the reported size is missed once in five windows. */
export const DEFAULT_SENSITIVITY: Sensitivity = { alpha: 0.05, power: 0.8 };

const inDomain = ({ alpha, power }: Sensitivity): boolean => alpha > 0 && alpha < 1 && power > 0 && power < 1;

/**
 * Evidence from binned counts. `psi` and `js_distance`: the distance on all bins, with the p of a chi-square contingency
 * test on bins joined by `poolRareBins`. `ks` needs ascending bins; categories have none → `bad_parameter`.
 * Rules for empties as in the statistics themselves. Cost O(bins).
 */
export function countsEvidence(
  reference: Counts,
  current: Counts,
  effect: Effect,
  bins: BinKind,
  sensitivity: Sensitivity = DEFAULT_SENSITIVITY,
): Evidence {
  if (!inDomain(sensitivity) || (effect === 'ks' && bins === 'categories')) {
    return undefinedBecause('bad_parameter');
  }
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  const { nReference, nCurrent } = shares;
  if (effect === 'ks') {
    const result = ksOnBins(reference, current, nReference * nCurrent, sensitivity.alpha);
    if (result.kind === 'undefined') return result;
    const minimumDetectableEffect = detectableKs(nReference, nCurrent, sensitivity);
    const { statistic, pValue } = result;
    return { kind: 'value', effect: statistic, pValue, minimumDetectableEffect, nReference, nCurrent };
  }
  const size: Distance =
    effect === 'psi' ? psi(reference, current) : jensenShannonDistance(reference, current);
  const pooled = poolRareBins(reference, current, bins);
  if (size.kind === 'undefined') return size;
  if (pooled.kind === 'undefined') return pooled;
  const test = chiSquareContingency(pooled.reference, pooled.current);
  if (test.kind === 'undefined') return test;
  const leastPsi = detectablePsi(pooled.reference.length, nReference, nCurrent, sensitivity);
  return {
    kind: 'value',
    effect: size.value,
    pValue: test.pValue,
    minimumDetectableEffect: effect === 'psi' ? leastPsi : psiAsJsDistance(leastPsi),
    nReference,
    nCurrent,
  };
}

/** Beyond this the limit's p is so large that the exact one is not small either, but for extreme atoms. */
const HOPELESS_P = 0.3;

/**
 * KS on bins, exact where it can change the verdict and is cheap: the limit is conservative on bins, so p ≤ alpha stands
 * as it is; between alpha and HOPELESS_P the exact p decides, if n · m is small and counts are whole.
 */
export const ksOnBins = (reference: Counts, current: Counts, cells: number, alpha: number): KsFromCounts => {
  const limit = ksFromCounts(reference, current);
  if (limit.kind === 'undefined' || limit.pValue <= alpha || limit.pValue > HOPELESS_P) return limit;
  const exact = cells <= KS_EXACT_CELLS ? ksFromCounts(reference, current, { method: 'exact' }) : limit;
  return exact.kind === 'undefined' ? limit : exact;
};

/**
 * One p-value from several tests of the same hypothesis, whatever their dependence: min pᵢ / wᵢ, the weights summing to at
 * most 1. Each test sees what the other is blind for, at the price of its weight. None, or a bad p or weight → refused.
 * Source: weighted Bonferroni, Genovese, Roeder & Wasserman, Biometrika 93 (2006).
 */
export function weightedBonferroni(
  parts: readonly { readonly pValue: number; readonly weight: number }[],
): Measured<{ value: number }> {
  if (parts.length === 0) return undefinedBecause('empty');
  const weights = parts.reduce((sum, { weight }) => sum + weight, 0);
  const isBad = ({ pValue, weight }: (typeof parts)[number]): boolean =>
    !(pValue >= 0 && pValue <= 1 && weight > 0);
  if (parts.some(isBad) || weights > 1 + 1e-12) return undefinedBecause('bad_parameter');
  return { kind: 'value', value: Math.min(1, ...parts.map(({ pValue, weight }) => pValue / weight)) };
}

/** Evidence from raw values: two-sample KS, exact where that is cheap. Rules and cost as `ks`. */
export function sampleEvidence(
  reference: Sample,
  current: Sample,
  sensitivity: Sensitivity = DEFAULT_SENSITIVITY,
): Evidence {
  if (!inDomain(sensitivity)) return undefinedBecause('bad_parameter');
  const result = ks(reference, current);
  if (result.kind === 'undefined') return result;
  return {
    kind: 'value',
    effect: result.statistic,
    pValue: result.pValue,
    minimumDetectableEffect: detectableKs(reference.length, current.length, sensitivity),
    nReference: reference.length,
    nCurrent: current.length,
  };
}
