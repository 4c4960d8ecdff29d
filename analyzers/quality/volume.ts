import { DAY_MS } from '../../model/time.ts';
import { studentTwoSided, studentUpperQuantile } from '../stats/index.ts';
import { numberWords, percentWords } from '../words.ts';
import type { Told } from './check.ts';

const WEEK_MS = 7 * DAY_MS;
/** The same hours of so many weeks before make the expectation; older ones are another time of the year. */
export const VOLUME_WEEKS = 8;
const LEAST_WEEKS = 3;
/** With less history: the same hours of the days before; with still less, the windows before. */
const MOST_DAYS = 14;
const LEAST_DAYS = 5;
const MOST_WINDOWS = 24;
const LEAST_WINDOWS = 12;
/** Chance of a false word about one window. */
const ALPHA = 0.001;
/** Earlier windows whose own distance from their expectation says how much is usual. */
const MOST_RESIDUALS = 200;

export type VolumeInput = {
  readonly limit: number;
  readonly windowMs: number;
  readonly stepMs: number;
  readonly endMs: number;
  readonly firstEventMs: number;
  /** Decisions in the window of this length that ends there. */
  readonly countAt: (endMs: number) => number;
};

type Season = {
  readonly periodMs: number;
  readonly most: number;
  readonly least: number;
  readonly words: string;
};

/**
 * Decisions in the window against what the same hours of earlier weeks had.
 *
 * On the scale y = 2√(count + 3/8) a count that scatters by chance has standard deviation 1 at any size (Anscombe,
 * Biometrika 35, 1948), and one with a busier or calmer time has a constant larger one. Expected is the median of y in
 * the same hours of 3 to 8 weeks (holidays among them do not move it), plus the median distance of the last windows
 * from their own expectation: growth. How far is usual comes from those distances, 1.4826 · MAD and at least the 1 that
 * chance has, times √(1 + π/(2k)) for the median of k; the interval is Student's with as many degrees of freedom as
 * there were distances. Beyond the interval and further from expected than the limit → breach.
 */
export function volume(input: VolumeInput): Told | undefined {
  const { endMs, limit } = input;
  const base = {
    subject: '@volume',
    statistic: 'volume_ratio' as const,
    limit,
    n: input.countAt(endMs),
    nReference: 0,
  };
  const season = seasonsOf(input).find((one) => earlier(input, one, endMs).length >= one.least);
  if (!season) {
    return {
      ...base,
      verdict: 'not_enough_data',
      value: null,
      words: `${base.n} decisions; too little history for an expectation (${LEAST_WEEKS} weeks, ${LEAST_DAYS} days or ${LEAST_WINDOWS} windows are asked for)`,
    };
  }
  const before = earlier(input, season, endMs);
  const distances = distancesOf(input, season);
  const drift = distances.length >= LEAST_WINDOWS ? median(distances) : 0;
  const spread = Math.max(1, 1.4826 * median(distances.map((one) => Math.abs(one - drift))));
  const scale = spread * Math.sqrt(1 + Math.PI / (2 * before.length));
  const middle = median(before.map(stable)) + drift;
  const degrees = Math.max(before.length - 1, distances.length - 1);
  const reach = studentUpperQuantile(ALPHA / 2, degrees) * scale;
  const expected = count(middle);
  const [low, high] = [count(middle - reach), count(middle + reach)];
  const isBeyond = base.n < low || base.n > high;
  const ratio = expected > 0 ? base.n / expected : null;
  const isFar = ratio === null ? base.n > 0 : Math.abs(ratio - 1) > limit;
  const range = `${numberWords(Math.round(low))} to ${numberWords(Math.round(high))} are usual for ${season.words}`;
  return {
    ...base,
    verdict: isBeyond && isFar ? 'breach' : 'ok',
    value: ratio,
    nReference: before.reduce((sum, one) => sum + one, 0),
    words:
      isBeyond && isFar
        ? `${base.n} decisions where about ${numberWords(Math.round(expected))} were expected (${ratio === null ? 'none' : percentWords(ratio)}); ${range}`
        : `${base.n} decisions; ${range}`,
    evidence: {
      expected,
      interval: [low, high],
      season: season.words,
      windows: before.length,
      pValue: studentTwoSided((stable(base.n) - middle) / scale, degrees),
    },
  };
}

const stable = (n: number): number => 2 * Math.sqrt(n + 3 / 8);
const count = (y: number): number => Math.max(0, (Math.max(0, y) / 2) ** 2 - 3 / 8);

const seasonsOf = ({ windowMs }: VolumeInput): readonly Season[] => [
  ...(windowMs <= WEEK_MS
    ? [{ periodMs: WEEK_MS, most: VOLUME_WEEKS, least: LEAST_WEEKS, words: 'these hours of the week' }]
    : []),
  ...(windowMs <= DAY_MS
    ? [{ periodMs: DAY_MS, most: MOST_DAYS, least: LEAST_DAYS, words: 'these hours of the day' }]
    : []),
  { periodMs: windowMs, most: MOST_WINDOWS, least: LEAST_WINDOWS, words: 'a window' },
];

/** Counts of the windows one, two, … periods before, as far as there is history. */
function earlier(input: VolumeInput, season: Season, endMs: number): number[] {
  const counts: number[] = [];
  for (let i = 1; i <= season.most; i += 1) {
    const before = endMs - i * season.periodMs;
    if (before - input.windowMs < input.firstEventMs) break;
    counts.push(input.countAt(before));
  }
  return counts;
}

/** How far the windows of the last period were from their own expectation. */
function distancesOf(input: VolumeInput, season: Season): number[] {
  const distances: number[] = [];
  for (
    let at = input.endMs - input.windowMs;
    at > input.endMs - Math.max(season.periodMs, WEEK_MS) && distances.length < MOST_RESIDUALS;
    at -= input.windowMs
  ) {
    const before = earlier(input, season, at);
    if (before.length < Math.min(season.least, 2)) break;
    distances.push(stable(input.countAt(at)) - median(before.map(stable)));
  }
  return distances;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}

/** How far before the end of a window its expectation looks. */
export const volumeLookBackMs = (windowMs: number): number =>
  Math.max((VOLUME_WEEKS + 1) * WEEK_MS, (2 * MOST_WINDOWS + 1) * windowMs) + windowMs;
