import { type Measured, undefinedBecause } from './measured.ts';
import { DEFAULT_PSI_FLOOR, psiTerm } from './psi.ts';
import { type Counts, toShares } from './shares.ts';
import { normalUpperQuantile } from './special/normal.ts';

export type Interval = { readonly low: number; readonly high: number };
export type Divergence = 'psi' | 'js_distance';

/** Value of one bin's part, and its slope in the share of the reference and of the current side. */
type Part = { readonly value: number; readonly byReference: number; readonly byCurrent: number };

const psiPart = (p: number, q: number): Part => {
  const [a, b] = [Math.max(p, DEFAULT_PSI_FLOOR), Math.max(q, DEFAULT_PSI_FLOOR)];
  const log = Math.log(b / a);
  // Below the floor nothing moves.
  return {
    value: psiTerm(a, b),
    byReference: p < DEFAULT_PSI_FLOOR ? 0 : -log + 1 - b / a,
    byCurrent: q < DEFAULT_PSI_FLOOR ? 0 : log + 1 - a / b,
  };
};

/** Of the divergence in nats; the distance is its root in bits. */
const jsPart = (p: number, q: number): Part => {
  const middle = (p + q) / 2;
  const half = (share: number): number => (share > 0 ? Math.log(share / middle) / 2 : 0);
  return { value: p * half(p) + q * half(q), byReference: half(p), byCurrent: half(q) };
};

/** E[PSI] under no change is (bins − 1)(1/n + 1/m), that of the JS divergence an eighth of it. */
const BIAS: Readonly<Record<Divergence, number>> = { psi: 1, js_distance: 1 / 8 };

/**
 * An interval for the divergence of the distributions behind two samples: the measured one without the part that sampling
 * alone adds, (bins − 1) · s · b, plus and minus z times √(Vδ + 2 (bins − 1)(s · b)²); s = 1/n + 1/m, b as in BIAS, Vδ the
 * variance by the delta method for multinomial counts. The second term keeps it honest near no change, where Vδ is zero
 * and PSI / s is a chi-square. Never below zero. Coverage is measured in bench/calibration.
 *
 * Rules for empties as `psi`; a confidence outside (0, 1) → `bad_parameter`. Cost O(bins).
 * Source: Jeffreys' J and its noncentral limit, Yurdakul & Naranjo (2020) § 3; delta method, van der Vaart (1998) ch. 3.
 */
export function divergenceInterval(
  divergence: Divergence,
  reference: Counts,
  current: Counts,
  confidence = 0.95,
): Measured<Interval> {
  if (!(confidence > 0 && confidence < 1)) return undefinedBecause('bad_parameter');
  const shares = toShares(reference, current);
  if (shares.kind === 'undefined') return shares;
  const { nReference: n, nCurrent: m } = shares;
  const part = divergence === 'psi' ? psiPart : jsPart;
  const sums = { value: 0, p: 0, pp: 0, q: 0, qq: 0, bins: 0 };
  for (let i = 0; i < shares.reference.length; i += 1) {
    const [p, q] = [shares.reference[i] ?? 0, shares.current[i] ?? 0];
    if (p + q === 0) continue;
    const { value, byReference, byCurrent } = part(p, q);
    sums.bins += 1;
    sums.value += value;
    sums.p += p * byReference;
    sums.pp += p * byReference ** 2;
    sums.q += q * byCurrent;
    sums.qq += q * byCurrent ** 2;
  }
  const noise = (1 / n + 1 / m) * BIAS[divergence];
  const degrees = Math.max(0, sums.bins - 1);
  const delta = Math.max(0, sums.pp - sums.p ** 2) / n + Math.max(0, sums.qq - sums.q ** 2) / m;
  const radius = normalUpperQuantile((1 - confidence) / 2) * Math.sqrt(delta + 2 * degrees * noise ** 2);
  const centre = Math.max(0, sums.value - degrees * noise);
  const unit = divergence === 'psi' ? (x: number) => x : (x: number) => Math.min(1, Math.sqrt(x / Math.LN2));
  return {
    kind: 'value',
    low: unit(Math.max(0, sums.value - degrees * noise - radius)),
    high: unit(centre + radius),
  };
}

/**
 * An interval for the KS distance of the distributions behind two samples: measured ± √(ln(4/α)/2)(1/√n + 1/√m), on its
 * upper side from what the bins can hide at most. Holds at every n (Massart's constant on each side, α halved).
 * Source: Dvoretzky, Kiefer & Wolfowitz (1956); Massart, Ann. Prob. 18 (1990).
 */
export function ksInterval(
  measured: { readonly statistic: number; readonly statisticUpper: number },
  n: number,
  m: number,
  confidence = 0.95,
): Interval {
  const radius = Math.sqrt(Math.log(4 / (1 - confidence)) / 2) * (1 / Math.sqrt(n) + 1 / Math.sqrt(m));
  return {
    low: Math.max(0, measured.statistic - radius),
    high: Math.min(1, measured.statisticUpper + radius),
  };
}
