import { isTally, type Tally } from './fisher-exact.ts';
import { type Measured, undefinedBecause } from './measured.ts';
import { betaQuantile } from './special/beta-quantile.ts';

/**
 * One chance in ten that the true reference rate lies beyond the edge used as "nothing changed". With it the realised
 * false alarms over random references of 1,000 decisions stay below 1 / averageRunLength, at every rate tried
 * (bench/calibration); taking the estimate itself as the truth exceeds that up to fourfold.
 */
export const DEFAULT_REFERENCE_CONFIDENCE = 0.9;
/** Changes looked for, as odds ratios: from half as many again to sixfold. Between two of them at most 20 % of the delay is lost. */
const ODDS_RATIOS = [1.5, 1.75, 2, 2.5, 3.5, 6] as const;
/** An alternative closer than this to the edge could hardly be told from it. */
const LEAST_RATIO_TO_EDGE = 1.2;
/** Jeffreys' prior for the reference rate. */
const PRIOR = 0.5;
/** Keeps a detector that nobody resets from overflowing; far beyond any threshold. */
const CEILING = 1e300;

export type EDetectorOptions = {
  /** What the rate was while all was well. */
  readonly reference: Tally;
  /** At least this many observations on average until a false alarm. */
  readonly averageRunLength: number;
  readonly direction: 'increase' | 'decrease' | 'both';
  readonly referenceConfidence?: number;
};

/** One change looked for: how much one success, and one failure, speaks for it, in nats. */
type Alternative = { readonly rate: number; readonly success: number; readonly failure: number };
export type EDetector = {
  readonly alternatives: readonly Alternative[];
  readonly threshold: number;
};

/** Plain data: store it, load it, go on. `evidence` and `runs` have one entry per alternative. */
export type EDetectorState = {
  readonly n: number;
  readonly evidence: readonly number[];
  /** CUSUM of each alternative and the n where it last left zero: the onset, once the alarm rings. */
  readonly runs: readonly { readonly sum: number; readonly since: number }[];
};

/**
 * E-detector for a rate (errors, overrides, rejections): the mixture Shiryaev-Roberts procedure
 * Rₖ ← (1 + Rₖ) · Lₖ(x), alarm when the mean of Rₖ reaches `averageRunLength`; Lₖ the likelihood ratio of alternative k
 * against the EDGE of the reference rate's interval, not its estimate: a reference that was lucky does not ring forever.
 * For any true rate inside the edge, R − n is a supermartingale, so the mean run to a false alarm is ≥ averageRunLength,
 * at every look, without a choice of window. Reference empty → `empty`; bad tally → `invalid_count`.
 * Cost O(6) or O(12) per step, O(1) memory.
 * Source: Roberts, Technometrics 8 (1966); Shin, Ramdas & Rinaldo, E-detectors, NEJSDS 2 (2024), def. 2.3, cor. 2.5.
 */
export function createEDetector(options: EDetectorOptions): Measured<{ detector: EDetector }> {
  const { reference, averageRunLength, direction } = options;
  const confidence = options.referenceConfidence ?? DEFAULT_REFERENCE_CONFIDENCE;
  if (!isTally(reference)) return undefinedBecause('invalid_count');
  if (reference.trials === 0) return undefinedBecause('empty');
  if (!(averageRunLength > 1) || !(confidence >= 0.5 && confidence < 1))
    return undefinedBecause('bad_parameter');
  const up = direction === 'decrease' ? [] : upward(reference, confidence);
  // A fall of successes is a rise of failures.
  const failures = { successes: reference.trials - reference.successes, trials: reference.trials };
  const down = direction === 'increase' ? [] : upward(failures, confidence).map(mirrored);
  return { kind: 'value', detector: { alternatives: [...up, ...down], threshold: averageRunLength } };
}

const upward = ({ successes, trials }: Tally, confidence: number): Alternative[] => {
  const a = successes + PRIOR;
  const b = trials - successes + PRIOR;
  const edge = betaQuantile(confidence, a, b);
  const least = (LEAST_RATIO_TO_EDGE * edge) / (1 - edge);
  return ODDS_RATIOS.map((ratio) => {
    const odds = Math.max(least, (ratio * a) / b);
    const rate = odds / (1 + odds);
    return { rate, success: Math.log(rate / edge), failure: Math.log((1 - rate) / (1 - edge)) };
  });
};

const mirrored = ({ rate, success, failure }: Alternative): Alternative => ({
  rate: 1 - rate,
  success: failure,
  failure: success,
});

export const startOf = ({ alternatives }: EDetector): EDetectorState => ({
  n: 0,
  evidence: alternatives.map(() => 0),
  runs: alternatives.map(() => ({ sum: 0, since: 0 })),
});

export type EDetectorStep = Measured<{
  state: EDetectorState;
  /** The mean of Rₖ: alarm at `threshold`. */
  evidence: number;
  alarm: { readonly onset: number; readonly rate: number } | null;
}>;

/**
 * One decision, or the tally of a closed minute whose inner order is unknown: its t observations then all count as
 * starting points at its beginning, R ← (t + R) · L, which keeps R − n a supermartingale in observations.
 * After an alarm, start anew.
 * `alarm.onset`: the number of observations before the change, by the leading alternative's CUSUM; `rate`: its rate.
 * An empty tally changes nothing.
 */
export function stepEDetector(detector: EDetector, state: EDetectorState, seen: Tally): EDetectorStep {
  if (!isTally(seen)) return undefinedBecause('invalid_count');
  if (seen.trials === 0) return { kind: 'value', state, evidence: meanOf(state.evidence), alarm: null };
  const failures = seen.trials - seen.successes;
  const evidence: number[] = [];
  const runs: { sum: number; since: number }[] = [];
  for (const [k, { success, failure }] of detector.alternatives.entries()) {
    const nats = seen.successes * success + failures * failure;
    evidence.push(Math.min(CEILING, (seen.trials + (state.evidence[k] ?? 0)) * Math.exp(nats)));
    const run = state.runs[k] ?? { sum: 0, since: 0 };
    runs.push(
      run.sum + nats > 0
        ? { sum: run.sum + nats, since: run.since }
        : { sum: 0, since: state.n + seen.trials },
    );
  }
  const mean = meanOf(evidence);
  const next = { n: state.n + seen.trials, evidence, runs };
  const lead = evidence.indexOf(Math.max(...evidence));
  const alarm =
    mean >= detector.threshold
      ? { onset: runs[lead]?.since ?? 0, rate: detector.alternatives[lead]?.rate ?? Number.NaN }
      : null;
  return { kind: 'value', state: next, evidence: mean, alarm };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
