import { count } from '../render/words.ts';
import type { OwnData } from './own-data.ts';
import { POWER_WANTED, type Selftest } from './run.ts';

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const NAMED = 6;

/** What would have been found in the person's own data, and what would have cried wolf. */
export function renderSelftest(file: string, of: Selftest, left: OwnData['left'], columns: number): string {
  const heads = of.sizes.map((size) => count(size).padStart(8)).join('');
  const width = Math.max(30, ...of.found.map(({ words }) => words.length));
  const lines = of.found.map(
    ({ words, power, rowsNeeded }) =>
      `${words.padEnd(width)}${power.map((share) => percent(share).padStart(8)).join('')}  ${rowsNeeded === null ? `more than ${count(of.sizes.at(-1) ?? 0)}` : count(rowsNeeded)}`,
  );
  const alarms = of.falseAlarms.map((alarms) => percent(alarms / of.repeats).padStart(8)).join('');
  const blind = of.found
    .filter((one) => one.blind.length > 0)
    .map((one) => `  ${one.words}: ${some(one.blind)}`);
  return [
    `${file}: ${count(of.rows)} rows drawn, ${columns} columns tried, ${of.repeats} times.`,
    ...(left.length === 0 ? [] : [`Not tried: ${some(left.map(({ name, kind }) => `${name} (${kind})`))}.`]),
    '',
    `${'rows in the window'.padEnd(width)}${heads}  rows needed`,
    ...lines,
    `${'nothing changed (false alarms)'.padEnd(width)}${alarms}  at most ${percent(of.limits.alpha)} is promised`,
    '',
    ...(blind.length === 0
      ? ['Every change was found in every column in the largest window.']
      : [`In the largest window, found in fewer than ${percent(POWER_WANTED)}:`, ...blind]),
    '',
  ].join('\n');
}

const some = (names: readonly string[]): string =>
  names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ` and ${names.length - NAMED} more` : '');
