import { chiSquareUpperQuantile, wilsonInterval } from '../stats/index.ts';

/** Counts of one piece of the reference by value. */
type Piece = ReadonlyMap<unknown, number>;

/**
 * How alike the values within one piece are, beyond what they are everywhere: the intraclass correlation
 * ρ = (W − B) / (1 − B), W the chance that two values of one piece are equal, B that two of different pieces are. 0 for
 * rows that know nothing of each other, 1 where each piece holds one value: a rate of the day, a caller that comes in bursts.
 *
 * Few pieces say little of it, so its upper 99 % bound is taken: 1 + (n̄ − 1)ρ is a ratio of mean squares, whose upper side
 * goes as χ² with as many degrees of freedom as there are pieces but one. Fewer than two pieces with two values → 0, the
 * rows are taken as they come. O(values).
 * Source: Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions (2003), § 15.2, its κ of categories; Kish,
 * Survey Sampling (1965), § 5.4, for the design effect.
 */
function alikeWithin(pieces: readonly Piece[]): number {
  const sized = pieces.map((counts) => ({ counts, n: total(counts) })).filter(({ n }) => n >= 2);
  const values = sized.reduce((sum, { n }) => sum + n, 0);
  if (sized.length < 2) return 0;
  const everywhere = new Map<unknown, number>();
  let [within, ownPairs] = [0, 0];
  for (const { counts, n } of sized) {
    let squares = 0;
    for (const [value, count] of counts) {
      squares += count ** 2;
      everywhere.set(value, (everywhere.get(value) ?? 0) + count);
    }
    within += (n * (squares - n)) / (n * (n - 1)) / values;
    ownPairs += squares;
  }
  const allPairs = [...everywhere.values()].reduce((sum, count) => sum + count ** 2, 0);
  const across = (allPairs - ownPairs) / (values ** 2 - sized.reduce((sum, { n }) => sum + n ** 2, 0));
  if (across >= 1) return 0;
  const mean = values / sized.length;
  const degrees = sized.length - 1;
  const effect = Math.max(0, 1 + ((mean - 1) * (within - across)) / (1 - across));
  const upper = (effect * degrees) / chiSquareUpperQuantile(CONFIDENCE, degrees);
  return Math.min(1, Math.max(0, (upper - 1) / (mean - 1)));
}
const CONFIDENCE = 0.99;

/** So many independent values know as much as n of which those of one piece are alike by ρ. */
const independent = (n: number, alike: number): number => n / (1 + Math.max(0, n - 1) * alike);

/**
 * The chance that a window of n values holds none of what `count` of the reference's values were: (1 − p)^n on the
 * independent ones, p at the lower end of its interval.
 */
export function chanceOfNone(
  count: number,
  nReference: number,
  n: number,
  pieces: readonly Piece[] = [],
): number {
  const alike = alikeWithin(pieces);
  const share = nReference === 0 ? 0 : count / nReference;
  const inPiece = pieces.length === 0 ? nReference : nReference / pieces.length;
  const trials = Math.max(1, Math.round((independent(inPiece, alike) * nReference) / inPiece));
  const bound = wilsonInterval({ successes: Math.floor(share * trials), trials }, 0.99);
  return bound.kind === 'value' ? (1 - bound.low) ** independent(n, alike) : 1;
}

const total = (counts: Piece): number => [...counts.values()].reduce((sum, count) => sum + count, 0);
