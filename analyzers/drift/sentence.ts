import type { DriftStatistic } from '../../model/documents/monitor/drift.ts';
import type { Verdict } from '../../model/finding.ts';
import { instantWords, numberWords } from '../words.ts';
import type { Comparison } from './compare.ts';
import type { UnitChange } from './unit-change.ts';

const STATISTIC_WORDS: Readonly<Record<DriftStatistic, string>> = {
  psi: 'PSI',
  js_distance: 'Jensen-Shannon distance',
  ks: 'Kolmogorov-Smirnov D',
};

export function driftSentence(said: {
  readonly feature: string;
  readonly statistic: DriftStatistic;
  readonly limit: number;
  readonly verdict: Verdict;
  readonly comparison: Extract<Comparison, { kind: 'measured' }>;
  readonly onsetMs: number | null;
  readonly medians: { readonly reference: number | null; readonly current: number | null } | undefined;
  readonly unit: UnitChange | undefined;
  readonly sizes: { readonly now: number; readonly before: number };
  /** Changes of the most changed bins, in words. */
  readonly top: readonly string[];
}): string {
  const { feature, comparison, limit } = said;
  const measured = `${feature}: ${STATISTIC_WORDS[said.statistic]} ${numberWords(comparison.value)}`;
  if (said.verdict === 'ok') return `${measured}, within the limit ${numberWords(limit)}.`;
  if (said.verdict === 'not_enough_data')
    return `${measured} is above the limit ${numberWords(limit)}, but with ${said.sizes.now} values chance alone reaches ${numberWords(comparison.noise)}.`;
  const since = said.onsetMs === null ? '' : ` since ${instantWords(said.onsetMs)}`;
  return `${measured} passed the limit ${numberWords(limit)}${since}; ${whatMoved(said)}.${unitWords(said.unit)}`;
}

function whatMoved(said: {
  readonly medians: { readonly reference: number | null; readonly current: number | null } | undefined;
  readonly top: readonly string[];
}): string {
  const { medians, top } = said;
  if (medians && medians.reference !== null && medians.current !== null) {
    const [before, now] = [numberWords(medians.reference), numberWords(medians.current)];
    if (before !== now) return `the typical value moved from ${before} to ${now}`;
  }
  return top.length > 0 ? `most changed: ${top[0]}` : 'the shape changed';
}

export const unitWords = (unit: UnitChange | undefined): string =>
  unit ? ` Values look ${numberWords(unit.ratio)}× as large: ${unit.guess}?` : '';
