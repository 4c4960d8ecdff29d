import type { Evidence } from './evidence.ts';
import type { UndefinedReason } from './measured.ts';

/** What one comparison says, and why. Only `no_evidence` and `too_small_to_matter` are health. */
export type DriftVerdict =
  | { readonly verdict: 'drift'; readonly reason: 'large_and_significant' }
  | { readonly verdict: 'ok'; readonly reason: 'no_evidence' | 'too_small_to_matter' }
  | { readonly verdict: 'not_enough_data'; readonly reason: 'could_not_have_seen_it' | UndefinedReason };

export type VerdictLimits = {
  /** Chance of a false `drift` per check; divide it (or adjust p) when many checks share one budget. */
  readonly alpha: number;
  /** The smallest effect that matters, in the unit of the evidence. 0: any effect. */
  readonly limit: number;
};

/**
 * Sample-size-aware verdict:
 *   p ≤ alpha and effect > limit → drift;
 *   p ≤ alpha and effect ≤ limit → ok: real, too small to matter (large n);
 *   p > alpha and an effect of `limit` would have been seen → ok: no evidence;
 *   p > alpha and it would not have been seen → not_enough_data: silence is not health (small n).
 * With `limit` 0 no sample is ever large enough to rule every effect out, so p > alpha is `ok`.
 * Undefined evidence → not_enough_data with its reason. Pure, O(1).
 * Source: the four cells of significance × relevance, Wellek, Testing Statistical Hypotheses of Equivalence (2010), ch. 1.
 */
export function driftVerdict(evidence: Evidence, { alpha, limit }: VerdictLimits): DriftVerdict {
  if (evidence.kind === 'undefined') return { verdict: 'not_enough_data', reason: evidence.reason };
  if (evidence.pValue <= alpha) {
    return evidence.effect > limit
      ? { verdict: 'drift', reason: 'large_and_significant' }
      : { verdict: 'ok', reason: 'too_small_to_matter' };
  }
  return limit === 0 || evidence.minimumDetectableEffect <= limit
    ? { verdict: 'ok', reason: 'no_evidence' }
    : { verdict: 'not_enough_data', reason: 'could_not_have_seen_it' };
}
