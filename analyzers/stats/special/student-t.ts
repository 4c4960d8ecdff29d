import { betaLower } from './beta.ts';
import { monotoneRoot } from './root.ts';

/** Two-sided p of a t value with `df` > 0 degrees of freedom: I_{df/(df+t²)}(df/2, ½). Source: DLMF § 8.17, A&S 26.7.1. */
export const studentTwoSided = (t: number, df: number): number => {
  if (Math.abs(t) === Infinity) return 0;
  return betaLower(df / (df + t * t), df / 2, 0.5);
};

export const studentSf = (t: number, df: number): number =>
  t >= 0 ? studentTwoSided(t, df) / 2 : 1 - studentTwoSided(t, df) / 2;

export const studentCdf = (t: number, df: number): number => studentSf(-t, df);

/** The t with upper tail `tail`, tail in (0, 0.5]. */
export const studentUpperQuantile = (tail: number, df: number): number =>
  tail > 0 && tail <= 0.5 ? monotoneRoot((t) => tail - studentSf(t, df), 2) : Number.NaN;
