/** The trapezoid rule on a double-exponentially falling integrand: 400 points give full double precision. */
const POINTS = 400;
/** e^{-q(cosh t − 1)} is below 1e-17 once q(cosh t − 1) > 40. */
const EXPONENT_CUT = 40;

/**
 * e^q · K_ν(q), the scaled modified Bessel function of the second kind, q > 0:
 * ∫₀^∞ e^{−q (cosh t − 1)} cosh(νt) dt. Source: DLMF § 10.32.9.
 */
export function besselKScaled(order: number, q: number): number {
  if (!(q > 0)) return Number.NaN;
  const end = Math.acosh(1 + EXPONENT_CUT / q);
  const step = end / POINTS;
  let sum = 0.5;
  for (let i = 1; i <= POINTS; i += 1) {
    const t = i * step;
    sum += Math.exp(-q * (Math.cosh(t) - 1)) * Math.cosh(order * t);
  }
  return sum * step;
}
