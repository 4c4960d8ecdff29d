import { numberLabel } from './bins.ts';
import type { Facts } from './facts.ts';
import type { ColumnResult, Limits, Reason, SideNumbers } from './report.ts';
import { unitFactor } from './unit.ts';

type Told = Omit<ColumnResult, 'sentence'>;

/** One or two sentences that a person reads instead of the numbers. */
export function sentenceOf(column: Told, limits: Limits, told?: string): string {
  const said = [head(column, limits, told), column.coverage?.sentence ?? '', ...details(column)];
  return said.filter((one) => one !== '').join(' ');
}

function head(column: Told, { limit }: Limits, told: string | undefined): string {
  const { reason, facts } = column;
  if (reason === 'values_moved') return told ?? moved(column);
  if (reason === 'cells_changed') return '';
  const least = column.checks.find((check) => check.what !== 'cells')?.minimumDetectableEffect;
  const fixed: Partial<Record<Reason, string>> = {
    type_changed: `It holds another type of value now: ${cellWords(facts.reference)} in the reference, ${cellWords(facts.current)} in the current file.`,
    no_evidence: `${sameWords(column) ?? 'No sign of a change, and a change of the size of the limit would have shown'}.`,
    too_small_to_matter: `A change is there, and it is too small to matter (${shortNumber(column.effect)}, limit ${limit}).`,
    constant: `Always ${column.bins[0]?.label ?? 'the same'}, in both files: it did not move, and nothing can be learned from it.`,
    could_not_have_seen_it: `Too few rows to tell: only a change of ${least === undefined ? 'more than the limit' : shortNumber(least)} or more would show, and the limit is ${limit}.`,
    all_missing: 'Every cell is missing, in both files.',
    reference_empty: 'The reference holds nothing here to compare with.',
    current_empty: 'The current file holds nothing here.',
    identifier: `Looks like an identifier (${column.because}): not compared.`,
    time: 'A time, which moves by nature; too short a stretch to compare its hours or weekdays.',
    reference_newer: 'The current file is older than the reference: not compared.',
    not_finite: 'No finite number in it.',
  };
  return fixed[reason] ?? `It could not be judged (${reason}).`;
}

/** What was looked at where nothing was found. */
function sameWords({ kind, checks }: Told): string | undefined {
  if (kind === 'time') return 'The hours of the day and the days of the week are spread as before';
  if (kind !== 'text') return undefined;
  return checks.some(({ what, verdict }) => what === 'words' && verdict === 'ok')
    ? 'Its texts are as long, look alike and have the same words as before'
    : 'Its texts are as long and look alike; too few to tell whether they say the same';
}

function moved({ kind, numbers, bins }: Told): string {
  if (numbers !== null && kind !== 'discrete') {
    const unit = kind === 'text' ? null : unitFactor(numbers.reference, numbers.current);
    if (unit !== null)
      return `Every quantile is about ${shortNumber(unit.factor)} times what it was: that is the factor between ${unit.of}. Check the unit.`;
    return shiftWords(kind === 'text' ? 'The length of its texts' : 'It', numbers.reference, numbers.current);
  }
  const total = (side: 'reference' | 'current') => bins.reduce((sum, bin) => sum + bin[side], 0);
  const [n, m] = [total('reference'), total('current')];
  const widest = [...bins].sort((a, b) => gap(b, n, m) - gap(a, n, m))[0];
  if (widest === undefined) return 'Its values changed.';
  return `The share of ${widest.label} went from ${percent(widest.reference / n)} to ${percent(widest.current / m)}.`;
}

const gap = (bin: { reference: number; current: number }, n: number, m: number): number =>
  Math.abs(bin.reference / n - bin.current / m);

function shiftWords(subject: string, before: SideNumbers, after: SideNumbers): string {
  const [wasConstant, isConstant] = [before.low === before.high, after.low === after.high];
  if (wasConstant && isConstant)
    return `${subject} always was ${numberLabel(before.low)}, and now always is ${numberLabel(after.low)}.`;
  if (wasConstant)
    return `${subject} always was ${numberLabel(before.low)}, and now varies, from ${numberLabel(after.low)} to ${numberLabel(after.high)}.`;
  if (isConstant)
    return `${subject} is stuck: it varied from ${numberLabel(before.low)} to ${numberLabel(before.high)}, and now always is ${numberLabel(after.low)}.`;
  const shift = Math.abs(after.mean - before.mean);
  const spread = after.sd / before.sd;
  const middle = `${subject} moved ${after.mean > before.mean ? 'up' : 'down'}: its mean went from ${numberLabel(before.mean)} to ${numberLabel(after.mean)}`;
  const sds = before.sd > 0 ? ` (${shortNumber(shift / before.sd)} standard deviations)` : '';
  if (before.sd > 0 && shift / before.sd < 0.05) {
    return spread > 1.1 || spread < 0.9
      ? `${subject} kept its mean and ${spread > 1 ? 'spread out' : 'drew together'}: its standard deviation went from ${numberLabel(before.sd)} to ${numberLabel(after.sd)}.`
      : `${subject} kept its mean and spread, and changed its shape.`;
  }
  return `${middle}${sds}${before.sd > 0 && (spread > 1.25 || spread < 0.8) ? `, its standard deviation from ${numberLabel(before.sd)} to ${numberLabel(after.sd)}` : ''}.`;
}

/** What is worth saying beside the verdict: missing, NaN, infinite and stray cells, values that came or went. */
function details({ facts, newValues, goneValues, reason }: Told): string[] {
  const { reference, current } = facts;
  if (reference === null || current === null || reason === 'all_missing') return [];
  if (reference.rows === 0 || current.rows === 0) return [];
  const said: string[] = [];
  const change = (what: string, of: (side: Facts) => number): void => {
    const before = of(reference) / reference.rows;
    const after = of(current) / current.rows;
    if (Math.abs(after - before) >= 0.005 || (before === 0) !== (after === 0))
      said.push(`${what} went from ${percent(before)} to ${percent(after)} of the rows.`);
  };
  change('Missing cells', (side) => side.missing);
  change('NaN', (side) => side.nan);
  change('Infinite values', (side) => side.infinite);
  if (reference.numbers > reference.texts && reason !== 'type_changed')
    change('Cells that are no number', (side) => side.texts);
  if (newValues.length > 0) said.push(`New: ${list(newValues)}.`);
  if (goneValues.length > 0) said.push(`Gone: ${list(goneValues)}.`);
  return said;
}

const NAMED = 5;
const LONGEST = 40;
const list = (values: readonly string[]): string =>
  values
    .slice(0, NAMED)
    .map((value) => (value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value))
    .join(', ') +
  (values.length > NAMED ? ` and ${values.length >= 20 ? 'more' : values.length - NAMED}` : '');

function cellWords(of: Facts | null): string {
  if (of === null) return 'nothing';
  const kinds: [string, number][] = [
    ['numbers', of.numbers],
    ['texts', of.texts],
    ['times', of.times],
  ];
  return kinds.sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'nothing';
}

export const percent = (share: number): string =>
  Number.isFinite(share)
    ? `${(share * 100).toLocaleString('en', { maximumFractionDigits: share > 0 && share < 0.001 ? 3 : 1 })} %`
    : 'none';

export const shortNumber = (value: number | null): string =>
  value === null || !Number.isFinite(value)
    ? 'none'
    : value.toLocaleString('en', { maximumSignificantDigits: 3 });
