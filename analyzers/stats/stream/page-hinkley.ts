import { numericDetector, type StreamDetector } from './detector.ts';

export type PageHinkleyOptions = {
  /** Values before the first verdict. */
  readonly minimumN?: number;
  /** Change of the mean that is tolerated, in the unit of the values. */
  readonly delta?: number;
  /** Sum of deviations that rings, in the unit of the values. */
  readonly threshold?: number;
  /** Fading of old deviations per value. */
  readonly fading?: number;
  readonly direction?: 'increase' | 'decrease' | 'both';
};

/**
 * Page-Hinkley test: Uₜ = fading · Uₜ₋₁ + (xₜ − x̄ₜ − δ), rings when Uₜ − min U > threshold; mirrored for a decrease.
 * x̄ₜ is the mean since the last drift. O(1).
 *
 * The threshold is in the unit of the values and no false-alarm rate comes with it: prefer the e-detector for rates.
 * Source: Page, Biometrika 41 (1954); Hinkley, Biometrika 58 (1971); defaults as in river and MOA.
 */
export function createPageHinkley(options: PageHinkleyOptions = {}): StreamDetector {
  const { minimumN = 30, delta = 0.005, threshold = 50, fading = 0.9999, direction = 'both' } = options;
  const fresh = () => ({ n: 0, mean: 0, up: 0, down: 0, lowest: Infinity, highest: -Infinity });
  let s = fresh();
  return numericDetector((value) => {
    s.n += 1;
    s.mean += (value - s.mean) / s.n;
    const deviation = value - s.mean;
    s.up = fading * s.up + deviation - delta;
    s.down = fading * s.down + deviation + delta;
    s.lowest = Math.min(s.lowest, s.up);
    s.highest = Math.max(s.highest, s.down);
    if (s.n < minimumN) return 'stable';
    const rose = direction !== 'decrease' && s.up - s.lowest > threshold;
    const fell = direction !== 'increase' && s.highest - s.down > threshold;
    if (!rose && !fell) return 'stable';
    s = fresh();
    return 'drift';
  });
}
