import { type Level, numericDetector, type StreamDetector } from './detector.ts';
import type { HddmOptions } from './hddm-a.ts';

/** An exponentially weighted mean and Σ weights², which McDiarmid's bound needs. */
type Weighted = { readonly mean: number; readonly squares: number; readonly seen: boolean };
const NONE: Weighted = { mean: 0, squares: 1, seen: false };

/**
 * HDDM_W: McDiarmid's bound on exponentially weighted means. Remembers the prefix whose weighted mean plus bound is
 * least, weighs the values after it apart, and rings when theirs exceeds the prefix's by √(½ (Σw₁² + Σw₂²) ln(1/confidence)).
 * Quicker than HDDM_A on gradual change, more false alarms. Values in [0, 1]. O(1).
 * Source: Frías-Blanco et al., IEEE TKDE 27 (2015), § 3.2, cor. 4; lambda 0.05 as the authors.
 */
export function createHddmW(options: HddmOptions & { readonly lambda?: number } = {}): StreamDetector {
  const {
    driftConfidence = 0.001,
    warningConfidence = 0.005,
    direction = 'increase',
    lambda = 0.05,
  } = options;
  const add = (w: Weighted, value: number): Weighted => ({
    mean: w.seen ? lambda * value + (1 - lambda) * w.mean : value,
    squares: lambda ** 2 + (1 - lambda) ** 2 * w.squares,
    seen: true,
  });
  const bound = (squares: number, confidence: number): number =>
    Math.sqrt((squares * Math.log(1 / confidence)) / 2);
  const apart = (low: Weighted, high: Weighted, confidence: number): boolean =>
    low.seen && high.seen && high.mean - low.mean > bound(low.squares + high.squares, confidence);
  const fresh = () => ({
    all: NONE,
    low: { cut: Infinity, before: NONE, after: NONE },
    high: { cut: -Infinity, before: NONE, after: NONE },
  });
  let d = fresh();

  return numericDetector((value): Level => {
    d.all = add(d.all, value);
    const reach = bound(d.all.squares, driftConfidence);
    if (d.all.mean + reach < d.low.cut) d.low = { cut: d.all.mean + reach, before: d.all, after: NONE };
    else d.low.after = add(d.low.after, value);
    if (d.all.mean - reach > d.high.cut) d.high = { cut: d.all.mean - reach, before: d.all, after: NONE };
    else d.high.after = add(d.high.after, value);
    const { low, high } = d;
    const at = (confidence: number): boolean =>
      apart(low.before, low.after, confidence) ||
      (direction === 'both' && apart(high.after, high.before, confidence));
    if (at(driftConfidence)) {
      d = fresh();
      return 'drift';
    }
    return at(warningConfidence) ? 'warning' : 'stable';
  });
}
