/** Past this, a caller asked for a quantile no statistic here reaches. */
const LARGEST = 1e18;
const BISECTIONS = 200;
const RELATIVE = 1e-13;

/** The x ≥ 0 where an increasing function crosses zero: double from `start` until above, then halve the interval. */
export function monotoneRoot(increasing: (x: number) => number, start: number): number {
  let low = 0;
  let high = Math.max(start, 1e-3);
  while (increasing(high) < 0) {
    low = high;
    high *= 2;
    if (high > LARGEST) return Infinity;
  }
  for (let i = 0; i < BISECTIONS && high - low > RELATIVE * high; i += 1) {
    const middle = (low + high) / 2;
    if (increasing(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
