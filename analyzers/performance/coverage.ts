import type { EstimateRow } from '../../store/ports/cohorts.ts';
import { wilsonInterval } from '../stats/proportions.ts';
import { CONFIDENCE, type Measure } from './measure.ts';

/** What became of estimates whose labels have come. */
export type Coverage = {
  readonly windows: number;
  /** Of them, intervals that held the value that the labels gave. */
  readonly held: number;
  readonly share: number;
  /** Mean absolute difference of estimate and what came. */
  readonly meanError: number;
  /** Fewer held than 95 % intervals may by chance. */
  readonly isBad: boolean;
};

/** Chances of calling honest intervals bad. */
const BAD_CONFIDENCE = 0.95;

export function coverageOf(rows: readonly EstimateRow[]): Coverage | null {
  const matured = rows.flatMap((row) => (row.realised === null ? [] : [{ ...row, realised: row.realised }]));
  if (matured.length === 0) return null;
  const held = matured.filter((row) => row.realised >= row.low && row.realised <= row.high).length;
  const wilson = wilsonInterval({ successes: held, trials: matured.length }, BAD_CONFIDENCE);
  return {
    windows: matured.length,
    held,
    share: held / matured.length,
    meanError: matured.reduce((sum, row) => sum + Math.abs(row.realised - row.estimate), 0) / matured.length,
    isBad: wilson.kind === 'value' && wilson.high < CONFIDENCE,
  };
}

/** From so many matured estimates on, what they missed by decides how wide the next interval must be. */
const LEAST_HISTORY = 19;

/**
 * The interval, stretched so that it would have held 95 % of the values that came (split conformal on the miss in units of
 * its own half-width; never narrower than the model says). Source: Vovk, Gammerman & Shafer (2005), ch. 4.
 */
export function stretched(estimate: Measure, history: readonly EstimateRow[]): Measure {
  const misses = history
    .flatMap(({ realised, estimate: said, low, high }) => {
      const side = realised === null ? 0 : realised >= said ? high - said : said - low;
      return realised === null || !(side > 0) ? [] : [Math.abs(realised - said) / side];
    })
    .sort((a, b) => a - b);
  if (misses.length < LEAST_HISTORY) return estimate;
  const rank = Math.min(misses.length, Math.ceil(CONFIDENCE * (misses.length + 1)));
  const factor = Math.max(1, misses[rank - 1] ?? 1);
  return {
    ...estimate,
    low: estimate.value - factor * (estimate.value - estimate.low),
    high: estimate.value + factor * (estimate.high - estimate.value),
  };
}

export const coverageWords = ({ windows, held, isBad }: Coverage): string =>
  isBad
    ? `do not rely on it: its 95 % intervals held in only ${held} of ${windows} windows whose labels have come`
    : `its intervals held in ${held} of ${windows} windows whose labels have come`;
