import { logGamma } from '../stats/index.ts';

/** Counts of one piece of the reference by value; pieces come in the order of time. */
export type Piece = ReadonlyMap<unknown, number>;

/**
 * The chance that all `count` values of a kind among the reference's and the window's n fell into the reference, if both are
 * one stream: C(N, K) / C(N + n, K), with N, K and n divided by how many values are worth one independent one.
 *
 * Values that know nothing of each other count each: a share of a third is not gone for 60 values by chance. Where a spell
 * is as long as the window, what remains is the rank: the odd one of N + 1 windows is the last once in N + 1 times, and that is no alarm.
 */
export function chanceOfNone(
  count: number,
  nReference: number,
  n: number,
  pieces: readonly Piece[] = [],
): number {
  const worth = valuesPerIndependent(pieces, n);
  const [k, before, now] = [count / worth, nReference / worth, n / worth];
  const others = Math.max(0, before - k);
  return Math.exp(
    logGamma(others + now + 1) - logGamma(others + 1) + logGamma(before + 1) - logGamma(before + now + 1),
  );
}

/**
 * How many of n values in a row know as much as one independent one, ≥ 1: the design effect 1 + Σ ρ over the other values, ρ of
 * two values being (E − B) / (1 − B), E the chance that two as far apart are equal, B that two of any two pieces are. E is
 * read off the pieces: within one, then between neighbours, and on until they are alike no more or further apart than the
 * window is long; what is noise behind that would only add up.
 *
 * It is the estimate, not an upper bound: with a handful of pieces a bound calls everything a spell and nothing is told ever
 * again. How well it is known hangs on the number of pieces, so a short reference is cut into many. Limits: fewer than
 * some ten spells in the whole reference cannot show how long they are; one value only, or fewer than two pieces, show
 * nothing of them: those rows are taken as they come.
 * O(pieces × lags × values).
 * Source: Kish, Survey Sampling (1965), § 5.4, for the design effect; Geyer, Practical Markov Chain Monte Carlo (1992),
 * § 3.3, for the cut of its sum.
 */
function valuesPerIndependent(pieces: readonly Piece[], n: number): number {
  const sizes = pieces.map(total);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const ownPairs = sizes.reduce((sum, size) => sum + size ** 2, 0);
  if (all ** 2 <= ownPairs) return 1;
  const own = equalPairs(pieces, 0);
  const byChance = (equalPairs([mergedCounts(pieces)], 0) - own) / (all ** 2 - ownPairs);
  if (byChance >= 1) return 1;
  const alike = (equal: number, pairs: number): number =>
    pairs > 0 ? (equal / pairs - byChance) / (1 - byChance) : 0;
  const inPiece = ownPairs / all;
  let effect = 1 + Math.max(0, Math.min(n, inPiece) - 1) * alike(own - all, ownPairs - all);
  for (let lag = 1; lag < pieces.length && lag * inPiece < n; lag += 1) {
    const pairs = sizes.reduce((sum, size, i) => sum + size * (sizes[i + lag] ?? 0), 0);
    const here = alike(equalPairs(pieces, lag), pairs);
    if (here <= 0) break;
    effect += 2 * inPiece * (1 - (lag * inPiece) / n) * here;
  }
  return Math.max(1, effect);
}

/** Pairs of equal values, the one in a piece and the other in the piece `lag` later; at 0 those of a value with itself too. */
function equalPairs(pieces: readonly Piece[], lag: number): number {
  let pairs = 0;
  pieces.forEach((piece, i) => {
    const later = pieces[i + lag];
    if (later) for (const [value, count] of piece) pairs += count * (later.get(value) ?? 0);
  });
  return pairs;
}

function mergedCounts(pieces: readonly Piece[]): Piece {
  const merged = new Map<unknown, number>();
  for (const piece of pieces)
    for (const [value, count] of piece) merged.set(value, (merged.get(value) ?? 0) + count);
  return merged;
}

const total = (counts: Piece): number => [...counts.values()].reduce((sum, count) => sum + count, 0);
