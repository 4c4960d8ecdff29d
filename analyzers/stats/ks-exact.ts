import { at } from './measured.ts';

/**
 * P(D ≥ d) over all ways to deal the pooled values to the two samples, given their ties: the share of lattice paths
 * from (0, 0) to (n, m) that are at least `gap` = d·n·m wide, |i·m − j·n| ≥ gap, at the end of some tie group.
 *
 * u(i, j) is that share among the paths to (i, j): 1 if (i, j) itself is wide enough and ends a tie group, otherwise
 * i/(i+j) · u(i−1, j) + j/(i+j) · u(i, j−1), the last step of a random path. Only positive terms are added: small p
 * keep their digits, and nothing overflows. O(n·m) time, O(m) memory.
 */
export function ksExactTail(
  n: number,
  m: number,
  gap: number,
  referenceCounts: ArrayLike<number>,
  currentCounts: ArrayLike<number>,
): number {
  if (gap === 0) return 1;
  const isEnd = groupEnds(n + m, referenceCounts, currentCounts);
  const u = new Float64Array(m + 1);
  for (let i = 0; i <= n; i += 1) {
    for (let j = 0; j <= m; j += 1) {
      if (isEnd[i + j] === 1 && Math.abs(i * m - j * n) >= gap) {
        u[j] = 1;
      } else if (i + j === 0) {
        u[j] = 0;
      } else {
        const fromBelow = i === 0 ? 0 : i * at(u, j);
        const fromLeft = j === 0 ? 0 : j * at(u, j - 1);
        u[j] = (fromBelow + fromLeft) / (i + j);
      }
    }
  }
  return at(u, m);
}

/** A mark at every number of pooled values after which a tie group is complete. */
const groupEnds = (size: number, x: ArrayLike<number>, y: ArrayLike<number>): Uint8Array => {
  const isEnd = new Uint8Array(size + 1);
  let seen = 0;
  for (let g = 0; g < x.length; g += 1) {
    seen += at(x, g) + at(y, g);
    isEnd[seen] = 1;
  }
  return isEnd;
};
