import { numericDetector, type StreamDetector } from './detector.ts';

export type EwmaOptions = {
  readonly mean: number;
  readonly sd: number;
  /** Weight of the newest value. */
  readonly lambda?: number;
  /** Control limit, in sd of the weighted mean. */
  readonly limitSd?: number;
  /** `time_varying`: narrow at first, as the weighted mean is; `steady`: the limit of those, from the start. */
  readonly limits?: 'time_varying' | 'steady';
};

/**
 * EWMA chart: z ← λx + (1−λ)z from z = mean; drift when |z − mean| > L · sd · √(λ/(2−λ) · (1 − (1−λ)^{2t})), the last
 * factor left out by `steady`. O(1).
 *
 * For normal values with λ = 0.1, L = 2.814 and steady limits: 500 values on average to a false alarm, 10.3 to find a shift of 1 sd.
 * sd ≤ 0 or not finite parameters: throws RangeError, since no stream could be judged.
 * Source: Roberts, Technometrics 1 (1959); Lucas & Saccucci, Technometrics 32 (1990), table 3.
 */
export function createEwma(options: EwmaOptions): StreamDetector {
  const { mean, sd, lambda = 0.1, limitSd = 2.814, limits = 'time_varying' } = options;
  if (!(sd > 0 && sd < Infinity) || !Number.isFinite(mean))
    throw new RangeError('EWMA needs a mean and sd > 0');
  let t = 0;
  let z = mean;
  return numericDetector((value) => {
    t += 1;
    z = lambda * value + (1 - lambda) * z;
    const settled = limits === 'steady' ? 1 : 1 - (1 - lambda) ** (2 * t);
    const spread = sd * Math.sqrt((lambda / (2 - lambda)) * settled);
    if (Math.abs(z - mean) <= limitSd * spread) return 'stable';
    t = 0;
    z = mean;
    return 'drift';
  });
}
