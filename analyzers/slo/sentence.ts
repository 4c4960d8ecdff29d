import type { Forecast } from '../../model/budget-forecast.ts';
import type { PairState } from '../../model/burn-pairs.ts';
import type { Sli, SloSpec } from '../../model/documents/slo.ts';
import type { Verdict } from '../../model/finding.ts';
import { formatDuration } from '../../model/time.ts';
import { instantWords, numberWords, percentWords } from '../words.ts';
import type { VersionShare } from './versions.ts';

/** What an event is called, and what it did when it was bad. */
const EVENT_WORDS: {
  readonly [K in Sli['kind']]: (sli: Sli) => { readonly events: string; readonly bad: string };
} = {
  correctness: () => ({ events: 'judged decisions', bad: 'were wrong' }),
  latency: (sli) => ({
    events: 'decisions',
    bad: sli.kind === 'latency' ? `took longer than ${formatDuration(sli.thresholdMs)}` : 'were late',
  }),
  automation: () => ({ events: 'decisions', bad: 'went to a person' }),
};

export function sloSentence(said: {
  readonly name: string;
  readonly spec: SloSpec;
  readonly pair: PairState | undefined;
  readonly verdict: Verdict;
  readonly forecast: Forecast;
  readonly versions: readonly VersionShare[];
  readonly routedSinceMs: number | null;
}): string {
  const { name, spec, pair, verdict } = said;
  const words = EVENT_WORDS[spec.sli.kind](spec.sli);
  if (!pair || verdict === 'blind')
    return `${name}: no ${words.events} in the last 3 days, so nothing can be said.`;
  const window = formatDuration(pair.longMs);
  const counted = `${pair.badLong} of ${pair.nLong} ${words.events} in the last ${window} ${words.bad}`;
  if (verdict === 'not_enough_data')
    return `${name}: ${counted}; too few to judge (${spec.minimumN} are asked for).`;
  const burn = `${numberWords(pair.long ?? 0)}×`;
  if (verdict === 'ok')
    return `${name}: ${counted}; the error budget burns ${burn}, within the limit ${numberWords(pair.factor)}×.`;
  return (
    `${name} burns its error budget ${burn} too fast (limit ${numberWords(pair.factor)}×): ${counted}` +
    `${versionWords(said.versions)}; ${forecastWords(said.forecast, spec.period)}.${designWords(said.routedSinceMs)}`
  );
}

const designWords = (routedSinceMs: number | null): string =>
  routedSinceMs === null
    ? ''
    : ` That is by design: the gate sends decisions to people since ${instantWords(routedSinceMs)}.`;

function versionWords(versions: readonly VersionShare[]): string {
  const [first] = versions;
  if (versions.length < 2) return first && first.version !== '' ? ` (all by version ${first.version})` : '';
  const parts = versions
    .slice(0, 3)
    .map((row) => `${row.version === '' ? 'no version' : row.version} ${percentWords(row.badShare)}`);
  return ` (by version: ${parts.join(', ')})`;
}

function forecastWords(forecast: Forecast, periodMs: number): string {
  const budget = `the ${formatDuration(periodMs)} budget`;
  switch (forecast.kind) {
    case 'exhausted':
      return `${budget} is spent`;
    case 'exhausts':
      return `at this pace ${budget} is gone in ${formatDuration(forecast.inMs)}`;
    case 'lasts':
      return `at this pace ${budget} lasts`;
    case 'unknown':
      return `when ${budget} is gone is not known`;
  }
}
