import { DELAY_EDGES_MS } from '../../model/label-delays.ts';
import { formatDuration } from '../../model/time.ts';
import type { DelayCount } from '../../store/ports/cohorts.ts';
import { normalUpperQuantile } from '../stats/special/normal.ts';

/** Share of decisions whose label is known so long after the decision, with its interval. */
export type MaturityPoint = {
  readonly afterMs: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
};

const Z = normalUpperQuantile(0.025);

/**
 * How labels come in, learnt from history: Kaplan-Meier on the stretches of `DELAY_EDGES_MS`. In each stretch, the share
 * of those not yet labelled whose label comes, among cohorts old enough to have lived through the whole of it: a young
 * cohort is censored, not unlabelled. Decisions that never get a label leave the curve below 1.
 *
 * Interval: Greenwood's variance on the log(−log) scale. It ends with the oldest cohort. Nothing seen → [].
 * Source: Kaplan & Meier, JASA 53 (1958); Kalbfleisch & Prentice (2002), § 1.4. Cost O(ages · stretches).
 */
export function maturityCurve(counts: readonly DelayCount[]): readonly MaturityPoint[] {
  const points: MaturityPoint[] = [];
  let survival = 1;
  let variance = 0;
  for (const [stretch, afterMs] of DELAY_EDGES_MS.entries()) {
    const lived = counts.filter(({ ageMs }) => ageMs >= afterMs);
    if (lived.length === 0) break;
    const { atRisk, came } = hazard(lived, stretch);
    if (came > 0) {
      survival *= 1 - came / atRisk;
      variance += came < atRisk ? came / (atRisk * (atRisk - came)) : 0;
    }
    points.push({ afterMs, share: 1 - survival, ...band(survival, variance) });
  }
  return points;
}

function hazard(lived: readonly DelayCount[], stretch: number): { atRisk: number; came: number } {
  let [atRisk, came] = [0, 0];
  for (const { delay, n } of lived) {
    if (delay === null || delay >= stretch) atRisk += n;
    if (delay === stretch) came += n;
  }
  return { atRisk, came };
}

function band(survival: number, variance: number): { low: number; high: number } {
  if (survival <= 0 || survival >= 1) return { low: 1 - survival, high: 1 - survival };
  const spread = Math.exp((Z * Math.sqrt(variance)) / Math.abs(Math.log(survival)));
  return { low: 1 - survival ** (1 / spread), high: 1 - survival ** spread };
}

/** Share of decisions that will ever have a label, as far as history tells; null before there is any. */
export const eventualShare = (curve: readonly MaturityPoint[]): number | null => {
  const last = curve.at(-1);
  return last && last.share > 0 ? last.share : null;
};

/** How long after the decision `share` of the labels that will ever come are there; null when history does not say. */
export function ageOfMaturity(curve: readonly MaturityPoint[], share: number): number | null {
  const eventual = eventualShare(curve);
  if (eventual === null) return null;
  return curve.find((point) => point.share >= share * eventual - 1e-12)?.afterMs ?? null;
}

export type Readiness =
  | { readonly kind: 'ready'; readonly knownShare: number; readonly ofExpected: number }
  | { readonly kind: 'wait'; readonly untilMs: number | null; readonly why: string }
  | { readonly kind: 'never'; readonly why: string };

/**
 * Whether a window can be judged at the instant, and if not, when: enough labels to say something, and enough of those
 * that will come, so that the early ones do not speak for all.
 */
export function readinessOf(
  window: { readonly endMs: number; readonly n: number; readonly known: number },
  curve: readonly MaturityPoint[],
  asked: { readonly minimumN: number; readonly maturity: number },
  atMs: number,
): Readiness {
  const { n, known, endMs } = window;
  const eventual = eventualShare(curve);
  const expected = n * (eventual ?? 1);
  const ofExpected = expected > 0 ? Math.min(1, known / expected) : 0;
  if (known >= asked.minimumN && ofExpected >= asked.maturity)
    return { kind: 'ready', knownShare: known / n, ofExpected };
  if (eventual === null)
    return { kind: 'wait', untilMs: null, why: 'no label has come yet, so when they come is not known' };
  if (expected < asked.minimumN)
    return {
      kind: 'never',
      why: `of ${n} decisions about ${Math.floor(expected)} will ever have a label, ${asked.minimumN} are asked for: a longer window would have them`,
    };
  const share = Math.max(asked.maturity, asked.minimumN / expected);
  const afterMs = ageOfMaturity(curve, Math.min(1, share));
  const untilMs = afterMs === null ? null : endMs + afterMs;
  if (untilMs !== null && untilMs > atMs)
    return {
      kind: 'wait',
      untilMs,
      why: `${known} of about ${Math.round(expected)} labels are known; ${percent(share)} of them are usually there after ${formatDuration(afterMs ?? 0)}`,
    };
  const last = curve.at(-1);
  const over = last !== undefined && atMs - endMs >= last.afterMs;
  return over
    ? { kind: 'never', why: `${known} labels are known and the time in which they come is over` }
    : {
        kind: 'wait',
        untilMs: null,
        why: `${known} of about ${Math.round(expected)} labels are known, fewer than usual by now`,
      };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
