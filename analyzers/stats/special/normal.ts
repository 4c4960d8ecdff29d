import { gammaLower, gammaUpper } from './gamma.ts';
import { monotoneRoot } from './root.ts';

/** Upper tail of the standard normal, exact far out: ½ Q(½, x²/2) for x ≥ 0. */
export const normalSf = (x: number): number =>
  x >= 0 ? gammaUpper(0.5, (x * x) / 2) / 2 : 0.5 + gammaLower(0.5, (x * x) / 2) / 2;

export const normalCdf = (x: number): number => normalSf(-x);

/** Two-sided p of a z score. */
export const normalTwoSided = (z: number): number => 2 * normalSf(Math.abs(z));

/** The same few levels are asked for at every feature and window, and each costs forty bisections. */
const quantiles = new Map<number, number>();
const MOST_KEPT = 256;

/** The z with upper tail `tail`, tail in (0, 1). */
export function normalUpperQuantile(tail: number): number {
  if (!(tail > 0 && tail < 1)) return Number.NaN;
  if (tail > 0.5) return -normalUpperQuantile(1 - tail);
  const known = quantiles.get(tail);
  if (known !== undefined) return known;
  const z = monotoneRoot((x) => tail - normalSf(x), 1);
  if (quantiles.size >= MOST_KEPT) quantiles.clear();
  quantiles.set(tail, z);
  return z;
}
