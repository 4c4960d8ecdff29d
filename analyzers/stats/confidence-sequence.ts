import { type Measured, undefinedBecause } from './measured.ts';
import { logBeta } from './special/beta.ts';

const BISECTIONS = 60;
/** Jeffreys' prior: the mixture pays about ½ ln n for not knowing the rate, whatever it is. */
const PRIOR = 0.5;

/**
 * Confidence sequence of a proportion: an interval that holds at EVERY n at once with probability ≥ `confidence`, so it
 * may be looked at after every decision. The rates p whose mixture martingale
 * M(p) = B(s + ½, f + ½) / B(½, ½) / (p^s (1 − p)^f) is below 1/α, s successes, f failures.
 *
 * No trials → [0, 1]. Not whole or negative counts → `invalid_count`. Cost O(1), 120 evaluations.
 * Source: Ville (1939); Robbins, Ann. Math. Stat. 41 (1970); Howard et al., Ann. Stat. 49 (2021), § 3.3.
 */
export function proportionConfidenceSequence(
  successes: number,
  trials: number,
  confidence = 0.95,
): Measured<{ low: number; high: number }> {
  if (!(confidence > 0 && confidence < 1)) return undefinedBecause('bad_parameter');
  const failures = trials - successes;
  if (!Number.isInteger(successes) || !Number.isInteger(trials) || successes < 0 || failures < 0) {
    return undefinedBecause('invalid_count');
  }
  const mixture = logBeta(successes + PRIOR, failures + PRIOR) - logBeta(PRIOR, PRIOR);
  const limit = -Math.log(1 - confidence);
  const logE = (p: number): number =>
    mixture - (successes && successes * Math.log(p)) - (failures && failures * Math.log1p(-p));
  const centre = trials === 0 ? 0.5 : successes / trials;
  return {
    kind: 'value',
    low: successes === 0 ? 0 : edge(logE, limit, 0, centre),
    high: failures === 0 ? 1 : edge(logE, limit, 1, centre),
  };
}

/** Between `outside`, where the evidence is beyond the limit, and `inside`, where it is not. */
const edge = (logE: (p: number) => number, limit: number, outside: number, inside: number): number => {
  let out = outside;
  let within = inside;
  for (let i = 0; i < BISECTIONS; i += 1) {
    const middle = (out + within) / 2;
    if (logE(middle) >= limit) out = middle;
    else within = middle;
  }
  return out;
};

/** What the mean's sequence keeps: O(1), whatever the number of values. Start from `emptyMeanSequence`. */
export type MeanSequence = {
  readonly n: number;
  readonly sum: number;
  /** Σ λᵢ, Σ λᵢ xᵢ, Σ ψ(λᵢ) · 4(xᵢ − x̂ᵢ₋₁)². */
  readonly weight: number;
  readonly weighted: number;
  readonly penalty: number;
  /** ¼ + Σ (xᵢ − x̂ᵢ)². */
  readonly spread: number;
};
export const emptyMeanSequence: MeanSequence = {
  n: 0,
  sum: 0,
  weight: 0,
  weighted: 0,
  penalty: 0,
  spread: 0.25,
};

/** Bets above ½ gain little and risk the logarithm's pole at 1. */
const LARGEST_BET = 0.5;

/**
 * One more value in [0, 1] for the confidence sequence of a mean (predictable plug-in empirical Bernstein): needs no
 * independence of the spread, only that the mean stays put. A value outside [0, 1] leaves nothing valid → `not_finite`.
 * Source: Waudby-Smith & Ramdas, JRSS B 86 (2024), thm 2.
 */
export function updateMeanSequence(
  state: MeanSequence,
  value: number,
  confidence = 0.95,
): MeanSequence | { readonly kind: 'undefined'; readonly reason: 'not_finite' } {
  if (!(value >= 0 && value <= 1)) return { kind: 'undefined', reason: 'not_finite' };
  const n = state.n + 1;
  const before = (0.5 + state.sum) / n;
  const variance = state.spread / n;
  const bet = Math.min(
    LARGEST_BET,
    Math.sqrt((2 * Math.log(2 / (1 - confidence))) / (variance * n * Math.log(n + 1))),
  );
  const psi = (-Math.log1p(-bet) - bet) / 4;
  const sum = state.sum + value;
  return {
    n,
    sum,
    weight: state.weight + bet,
    weighted: state.weighted + bet * value,
    penalty: state.penalty + psi * 4 * (value - before) ** 2,
    spread: state.spread + (value - (0.5 + sum) / (n + 1)) ** 2,
  };
}

/** The interval after the values so far; before the first, [0, 1]. */
export function meanConfidenceSequence(
  state: MeanSequence,
  confidence = 0.95,
): { readonly low: number; readonly high: number } {
  if (state.weight === 0) return { low: 0, high: 1 };
  const centre = state.weighted / state.weight;
  const radius = (Math.log(2 / (1 - confidence)) + state.penalty) / state.weight;
  return { low: Math.max(0, centre - radius), high: Math.min(1, centre + radius) };
}
