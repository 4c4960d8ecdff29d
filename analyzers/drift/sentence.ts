import type { DriftStatistic } from '../../model/documents/monitor/drift.ts';
import type { DriftVerdict } from '../stats/index.ts';
import { chanceWords, instantWords, numberWords, sliceWords } from '../words.ts';
import type { Comparison } from './compare.ts';
import type { UnitChange } from './unit-change.ts';

const STATISTIC_WORDS: Readonly<Record<DriftStatistic, string>> = {
  psi: 'PSI',
  js_distance: 'Jensen-Shannon distance',
  ks: 'Kolmogorov-Smirnov D',
};

export type Said = {
  readonly feature: string;
  readonly modelVersion: string;
  readonly segment: string;
  readonly overMs: number | undefined;
  readonly statistic: DriftStatistic;
  readonly limit: number;
  readonly judged: DriftVerdict;
  readonly detectable: number;
  /** It drifted before, and has not come back under the lower limit yet. */
  readonly isStanding: boolean;
  readonly comparison: Comparison;
  readonly onsetMs: number | null;
  readonly medians: { readonly reference: number | null; readonly current: number | null } | undefined;
  readonly unit: UnitChange | undefined;
  readonly sizes: { readonly now: number; readonly before: number };
  /** Changes of the most changed bins, in words. */
  readonly top: readonly string[];
};

/** What was measured, how sure that is, and what could have been seen: all that a person needs to believe it or not. */
export function driftSentence(said: Said): string {
  const { comparison, judged, sizes } = said;
  const limit = numberWords(said.limit);
  const name = `${said.feature}${sliceWords(said)}`;
  const measured = `${name}: ${STATISTIC_WORDS[said.statistic]} ${numberWords(comparison.value)}`;
  const { low, high } = comparison.interval;
  const between = `${numberWords(low)} to ${numberWords(high)}`;
  const seen = numberWords(said.detectable);
  switch (judged.reason) {
    case 'large_and_significant': {
      const since = said.onsetMs === null ? '' : ` since ${instantWords(said.onsetMs)}`;
      const passed =
        said.isStanding && comparison.value <= said.limit ? 'is still near the limit' : 'passed the limit';
      return `${measured} (${between}) ${passed} ${limit}${since}; ${whatMoved(said)}.${unitWords(said.unit)} ${sureness(said)}`;
    }
    case 'too_small_to_matter':
      return `${measured} (${between}): a real change, but within the limit ${limit} that you set.`;
    case 'no_evidence':
      return `${measured}, within the limit ${limit}; ${counted(sizes.now)} would have shown ${seen}.`;
    default: {
      const above = comparison.value > said.limit;
      return above
        ? `${measured} is above the limit ${limit}, but of ${counted(sizes.now)} ${chanceWords(comparison.pValue)}. From ${seen} on it would be told.`
        : `${measured}: it cannot tell. With ${counted(sizes.now)} against ${sizes.before} a change is seen from ${seen} on, and the limit is ${limit}.`;
    }
  }
}

const counted = (n: number): string => `${n} values`;
const sureness = ({ comparison, sizes }: Said): string =>
  `${counted(sizes.now)} against ${sizes.before}: ${chanceWords(comparison.pValue)}.`;

function whatMoved(said: Pick<Said, 'medians' | 'top'>): string {
  const { medians, top } = said;
  if (medians && medians.reference !== null && medians.current !== null) {
    const [before, now] = [numberWords(medians.reference), numberWords(medians.current)];
    if (before !== now) return `the typical value moved from ${before} to ${now}`;
  }
  return top.length > 0 ? `most changed: ${top[0]}` : 'the shape changed';
}

export const unitWords = (unit: UnitChange | undefined): string =>
  unit ? ` Values look ${numberWords(unit.ratio)}× as large: ${unit.guess}?` : '';
