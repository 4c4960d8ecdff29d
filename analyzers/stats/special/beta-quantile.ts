import { betaLower } from './beta.ts';

const BISECTIONS = 60;

/** The x with I_x(a, b) = share, by halving [0, 1]: exact to 1e-16 absolute. */
export function betaQuantile(share: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < BISECTIONS; i += 1) {
    const middle = (low + high) / 2;
    if (betaLower(middle, a, b) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
