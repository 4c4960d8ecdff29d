import type { Signal } from '../../model/incident.ts';
import { formatDuration } from '../../model/time.ts';
import { isWorse } from './severity.ts';

const SPECIAL: Readonly<Record<string, string>> = {
  '@score': 'the score',
  '@confidence': 'the confidence',
  '@value': 'what is decided',
  '@volume': 'the volume',
};
const subjectOf = (signal: Signal): string =>
  (SPECIAL[signal.subject] ?? signal.subject) + (signal.segment === '' ? '' : ` (${signal.segment})`);

/** Three significant digits, without a tail of zeros. */
export const figure = (value: number): string => String(Number(value.toPrecision(3)));

const measured = (signal: Signal): string =>
  signal.value === null || signal.limit === null
    ? ''
    : ` (${signal.statistic} ${figure(signal.value)}, limit ${figure(signal.limit)})`;

/** What this signal says, short enough for a subject line. */
export function headline(signal: Signal): string {
  switch (signal.kind) {
    case 'slo':
      return signal.value === null
        ? `${subjectOf(signal)} burns its error budget too fast`
        : `${subjectOf(signal)} burns its error budget ${figure(signal.value)}× too fast`;
    case 'drift':
      return `${subjectOf(signal)} drifted${measured(signal)}`;
    case 'quality':
      return `${subjectOf(signal)} breaks its contract${measured(signal)}`;
    case 'performance':
      return `${subjectOf(signal)} got worse${measured(signal)}`;
  }
}

/** The system and its worst signal; consequence (an SLO) before cause, and how many more there are. */
export function titleOf(system: string, signals: readonly Signal[]): string {
  const firing = signals.filter((signal) => signal.firing);
  const first = firing.reduce<Signal | undefined>(
    (best, next) => (best && !tellsMore(next, best) ? best : next),
    undefined,
  );
  if (!first) return `${system}: calm`;
  const more = firing.length > 1 ? `, and ${firing.length - 1} more` : '';
  return `${system}: ${headline(first)}${more}`;
}

const KIND_RANK = { slo: 3, performance: 2, quality: 1, drift: 0 } as const;
function tellsMore(next: Signal, best: Signal): boolean {
  if (next.severity !== best.severity) return isWorse(next.severity, best.severity);
  return KIND_RANK[next.kind] > KIND_RANK[best.kind];
}

export const firedSentence = (signal: Signal): string =>
  `${signal.sentence}${signal.flaps > 0 ? ` It came back for the ${ordinal(signal.flaps)} time.` : ''}`;

export const recoveredSentence = (signal: Signal): string =>
  `${subjectOf(signal)} (${signal.monitor}) recovered after ${formatDuration((signal.quietSinceMs ?? signal.lastWindowEndMs) - signal.sinceMs)}.`;

const ordinal = (n: number): string =>
  n === 1 ? 'first' : n === 2 ? 'second' : n === 3 ? 'third' : `${n}th`;

/** "1 signal still fires …" or nothing. */
export function stillFiringSentence(signals: readonly Signal[]): string {
  const firing = signals.filter((signal) => signal.firing);
  if (firing.length === 0) return '';
  const names = firing.slice(0, 3).map(subjectOf).join(', ');
  const rest = firing.length > 3 ? ` and ${firing.length - 3} more` : '';
  return ` Still moving, and watched on: ${names}${rest}. ${firing.length === 1 ? 'It opens' : 'They open'} a new incident only when worse, or after a recovery.`;
}
