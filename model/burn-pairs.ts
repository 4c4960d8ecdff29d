import {
  alertPairs,
  type BurnPair,
  burnFactor,
  burnRate,
  type Counts,
  exceeds,
  isUnreachable,
} from './burn-rate.ts';
import type { SloSpec } from './documents/slo.ts';
import type { MinuteSums } from './minute-sums.ts';

export type PairState = BurnPair & {
  readonly factor: number;
  /** Share of the period's budget that is gone when this pair fires. */
  readonly budgetShare: number;
  /** Burn rates; null without events. */
  readonly long: number | null;
  readonly short: number | null;
  readonly nLong: number;
  readonly nShort: number;
  readonly badLong: number;
  readonly firing: boolean;
  readonly verdict: 'burning' | 'ok' | 'not_enough_data';
  /** No error rate could make it fire: the target is too low for this pair. */
  readonly unreachable: boolean;
};

/**
 * The pairs at an instant: windows end there, both must exceed the factor, strictly. A long window with fewer than
 * `minimumN` events is not judged: one failure among ten night-time requests is 10 % and no evidence of anything.
 */
export const pairStates = (
  sums: MinuteSums,
  spec: Pick<SloSpec, 'target' | 'period' | 'minimumN' | 'pairs'>,
  atMs: number,
): readonly PairState[] =>
  alertPairs(spec).map((pair) => {
    const long = sums.window(atMs - pair.longMs, atMs);
    const short = sums.window(atMs - pair.shortMs, atMs);
    const verdict = pairVerdict(long, short, pair, spec);
    return {
      ...pair,
      factor: burnFactor(pair, spec.period),
      budgetShare: pair.budgetBasisPoints / 10_000,
      long: burnRate(long, spec.target),
      short: burnRate(short, spec.target),
      nLong: long.total,
      nShort: short.total,
      badLong: long.bad,
      firing: verdict === 'burning',
      verdict,
      unreachable: isUnreachable(pair, spec.target, spec.period),
    };
  });

function pairVerdict(
  long: Counts,
  short: Counts,
  pair: BurnPair,
  spec: Pick<SloSpec, 'target' | 'period' | 'minimumN'>,
): PairState['verdict'] {
  if (long.total < spec.minimumN) return 'not_enough_data';
  const over = (counts: Counts): boolean => exceeds(counts, pair, spec.target, spec.period);
  // Nothing heard since is neither health nor recovery.
  if (short.total === 0) return 'not_enough_data';
  if (!over(long)) return 'ok';
  return over(short) ? 'burning' : 'ok';
}
