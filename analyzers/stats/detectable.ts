import { chiSquareUpperQuantile } from './special/chi-square.ts';
import { normalUpperQuantile } from './special/normal.ts';
import { monotoneRoot } from './special/root.ts';

/** Significance and the power wanted against an effect of the reported size. */
export type Sensitivity = { readonly alpha: number; readonly power: number };

/**
 * The smallest PSI that a chi-square test of `bins` bins finds with the given power: (1/n + 1/m) · λ, λ the noncentrality
 * at which the noncentral chi-square (mean df + λ, variance 2(df + 2λ), taken as normal) lies above the critical value
 * with that power. PSI ≈ (1/n + 1/m) · χ² for small changes. Cost: one quantile and one root per (bins, level), then a look-up.
 * Source: Patnaik, Biometrika 36 (1949), for the moments; Cohen, Statistical Power Analysis (1988), § 7.2.
 */
export function detectablePsi(bins: number, n: number, m: number, sensitivity: Sensitivity): number {
  return bins < 2 ? 0 : (1 / n + 1 / m) * noncentrality(bins - 1, sensitivity);
}

/** A thousand features share a handful of bin counts and levels: remembered, since a root costs more than the test. */
const REMEMBERED = 256;
const known = new Map<string, number>();

const noncentrality = (df: number, sensitivity: Sensitivity): number => {
  const key = `${df} ${sensitivity.alpha} ${sensitivity.power}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= REMEMBERED) known.clear();
  const lambda = solveNoncentrality(df, sensitivity);
  known.set(key, lambda);
  return lambda;
};

const solveNoncentrality = (df: number, { alpha, power }: Sensitivity): number => {
  const critical = chiSquareUpperQuantile(alpha, df);
  const z = normalUpperQuantile(1 - power);
  const above = (lambda: number): number => df + lambda - z * Math.sqrt(2 * (df + 2 * lambda)) - critical;
  return monotoneRoot(above, df);
};

/** A PSI as the base-2 Jensen-Shannon distance it amounts to for small changes: JS divergence ≈ PSI / 8 nats. */
export const psiAsJsDistance = (psi: number): number => Math.min(1, Math.sqrt(psi / (8 * Math.LN2)));

/**
 * The smallest D that the two-sample KS test finds with the given power: (c_α + z_power / 2) · √(1/n + 1/m), c_α the
 * Kolmogorov quantile: the gap at its widest point has a standard error of at most ½ √(1/n + 1/m), and D is at least it.
 * Source: c_α from Smirnov (1939), √(½ ln(2/α)) to 3 digits for α ≤ 0.2; the power bound is elementary.
 */
export function detectableKs(n: number, m: number, { alpha, power }: Sensitivity): number {
  const critical = Math.sqrt(Math.log(2 / alpha) / 2);
  return Math.min(1, (critical + zOf(power) / 2) * Math.sqrt(1 / n + 1 / m));
}

let lastPower = { power: 0.5, z: 0 };
/** One level serves a whole run. */
const zOf = (power: number): number => {
  if (lastPower.power !== power) lastPower = { power, z: normalUpperQuantile(1 - power) };
  return lastPower.z;
};
