import { ks } from '../ks.ts';
import { numericDetector, type StreamDetector } from './detector.ts';

export type KswinOptions = {
  /** Uniform on [0, 1): which older values are compared. */
  readonly random: () => number;
  readonly alpha?: number;
  readonly windowN?: number;
  readonly recentN?: number;
};

/** Below this gap a significant difference is not worth a restart; the authors' reference code has it. */
const SMALLEST_GAP = 0.1;

/**
 * KSWIN: two-sample KS, exact, between the newest `recentN` values of a sliding window and as many drawn without
 * replacement from the rest. Drift at p ≤ alpha and D > 0.1; the window then keeps the newest values only.
 * It tests at every value with no account of that, so it rings often on stable streams.
 * O(recentN² + recentN log recentN) per value. Source: Raab, Heusinger & Schleif, Neurocomputing 416 (2020), § 3.
 */
export function createKswin(options: KswinOptions): StreamDetector {
  const { random, alpha = 0.005, windowN = 100, recentN = 30 } = options;
  let window: number[] = [];
  return numericDetector((value) => {
    window.push(value);
    if (window.length > windowN) window.shift();
    if (window.length < windowN) return 'stable';
    const recent = window.slice(-recentN);
    const older = window.slice(0, windowN - recentN);
    const result = ks(drawWithout(older, recentN, random), recent, { method: 'exact' });
    if (result.kind === 'undefined' || result.pValue > alpha || result.statistic <= SMALLEST_GAP)
      return 'stable';
    window = recent;
    return 'drift';
  });
}

/** The first `count` of a partial Fisher-Yates shuffle. */
const drawWithout = (values: readonly number[], count: number, random: () => number): number[] => {
  const pool = [...values];
  for (let i = 0; i < count && i < pool.length; i += 1) {
    const j = i + Math.floor(random() * (pool.length - i));
    const kept = pool[i] ?? Number.NaN;
    pool[i] = pool[j] ?? Number.NaN;
    pool[j] = kept;
  }
  return pool.slice(0, count);
};
