import { normalTwoSided } from '../special/normal.ts';
import { binaryDetector, type StreamDetector } from './detector.ts';

export type StepdOptions = {
  readonly recentN?: number;
  readonly driftAlpha?: number;
  readonly warningAlpha?: number;
};

/**
 * STEPD: z test of equal proportions, with continuity correction, between the errors among the newest `recentN` values
 * and all earlier ones since the last drift: |r₀/n₀ − r₁/n₁| less ½(1/n₀ + 1/n₁), over √(p(1−p)(1/n₀ + 1/n₁)).
 * Only a rise of errors rings. It tests at every value with no account of that. O(1), O(recentN) memory.
 * Source: Nishida & Yamauchi, Discovery Science 2007, § 3.
 */
export function createStepd(options: StepdOptions = {}): StreamDetector {
  const { recentN = 30, driftAlpha = 0.003, warningAlpha = 0.05 } = options;
  let recent: boolean[] = [];
  let recentErrors = 0;
  let older = { n: 0, errors: 0 };
  return binaryDetector((isError) => {
    recent.push(isError);
    if (isError) recentErrors += 1;
    if (recent.length > recentN) {
      const left = recent.shift() === true ? 1 : 0;
      recentErrors -= left;
      older = { n: older.n + 1, errors: older.errors + left };
    }
    if (older.n < recentN) return 'stable';
    const pValue = pOfRise(older.errors, older.n, recentErrors, recentN);
    if (pValue >= driftAlpha) return pValue < warningAlpha ? 'warning' : 'stable';
    recent = [];
    recentErrors = 0;
    older = { n: 0, errors: 0 };
    return 'drift';
  });
}

/** Two-sided p of the corrected z; 1 when errors did not rise. */
const pOfRise = (errors0: number, n0: number, errors1: number, n1: number): number => {
  if (errors1 / n1 <= errors0 / n0) return 1;
  const p = (errors0 + errors1) / (n0 + n1);
  const per = 1 / n0 + 1 / n1;
  const gap = errors1 / n1 - errors0 / n0 - per / 2;
  const error = Math.sqrt(p * (1 - p) * per);
  return error === 0 || gap <= 0 ? 1 : normalTwoSided(gap / error);
};
