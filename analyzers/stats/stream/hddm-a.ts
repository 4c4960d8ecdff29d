import { type Level, numericDetector, type StreamDetector } from './detector.ts';

export type HddmOptions = {
  readonly driftConfidence?: number;
  readonly warningConfidence?: number;
  readonly direction?: 'increase' | 'both';
};

type Mean = { readonly n: number; readonly mean: number };

/**
 * HDDM_A: Hoeffding's bound on the difference of two averages. Remembers the prefix whose mean plus bound is least (the
 * best concept so far) and rings when the mean of all values exceeds the prefix's mean by
 * √(½ · (n − k)/(k n) · ln(2/confidence)), k the prefix's length. Values in [0, 1]. O(1).
 * Source: Frías-Blanco et al., IEEE TKDE 27 (2015), § 3.1, alg. 1 and cor. 3.
 */
export function createHddmA(options: HddmOptions = {}): StreamDetector {
  const { driftConfidence = 0.001, warningConfidence = 0.005, direction = 'increase' } = options;
  const none: Mean = { n: 0, mean: 0 };
  let all = none;
  let least = none;
  let most = none;
  const bound = (n: number): number => Math.sqrt(Math.log(1 / driftConfidence) / (2 * n));
  const apart = (k: number, confidence: number): number =>
    Math.sqrt((((all.n - k) / (k * all.n)) * Math.log(2 / confidence)) / 2);
  const rose = (confidence: number): boolean =>
    least.n < all.n && all.mean - least.mean >= apart(least.n, confidence);
  const fell = (confidence: number): boolean =>
    direction === 'both' && most.n < all.n && most.mean - all.mean >= apart(most.n, confidence);

  return numericDetector((value): Level => {
    const n = all.n + 1;
    all = { n, mean: all.mean + (value - all.mean) / n };
    if (least.n === 0 || least.mean + bound(least.n) >= all.mean + bound(n)) least = all;
    if (most.n === 0 || most.mean - bound(most.n) <= all.mean - bound(n)) most = all;
    if (rose(driftConfidence) || fell(driftConfidence)) {
      all = none;
      least = none;
      most = none;
      return 'drift';
    }
    return rose(warningConfidence) || fell(warningConfidence) ? 'warning' : 'stable';
  });
}
