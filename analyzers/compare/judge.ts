import { DEFAULT_SENSITIVITY, detectablePsi, psi, psiAsJsDistance } from '../stats/index.ts';
import { evenMass, evenWidth, instantLabel, numberLabel } from './bins.ts';
import { checksOf, judgeAll } from './checks.ts';
import type { Facts } from './facts.ts';
import type { Gathered } from './gathered.ts';
import {
  type Bin,
  type ColumnResult,
  type ColumnVerdict,
  type Judged,
  type Limits,
  type Reason,
  VERDICTS,
} from './report.ts';
import { sentenceOf } from './sentence.ts';

const PICTURE_BINS = 36;
const PICTURE_CATEGORIES = 12;
const PSI_BINS = 10;
const NAMED_VALUES = 20;

/** The columns that both files have, judged as one family. Pure. */
export function judgeColumns(columns: readonly Gathered[], limits: Limits): ColumnResult[] {
  const judged = judgeAll(columns.map(checksOf), limits);
  return columns.map((column, i) => resultOf(column, judged[i] ?? [], limits));
}

/** A column that only one of the files has. One that is gone cannot be decided from any more; a new one harms nobody. */
export function oneSided(name: string, facts: Facts, side: 'reference' | 'current'): ColumnResult {
  const gone = side === 'reference';
  return {
    name,
    kind: 'empty',
    because: 'only one of the files has it',
    verdict: gone ? 'drift' : 'not_compared',
    reason: gone ? 'column_gone' : 'column_new',
    sentence: gone
      ? 'The current file has no such column.'
      : 'The reference has no such column: there is nothing to compare it with.',
    effect: gone ? 1 : null,
    checks: [],
    facts: { reference: gone ? facts : null, current: gone ? null : facts },
    numbers: null,
    coverage: null,
    psi: null,
    bins: [],
    newValues: [],
    goneValues: [],
  };
}

/** Drift first, the largest effect first; then what could not be judged; then what is well. */
export const ranked = (columns: readonly ColumnResult[]): ColumnResult[] =>
  [...columns].sort(
    (a, b) =>
      VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
      (b.effect ?? -1) - (a.effect ?? -1) ||
      (a.name < b.name ? -1 : 1),
  );

function resultOf(column: Gathered, checks: readonly Judged[], limits: Limits): ColumnResult {
  const { verdict, reason } = verdictOf(column, checks, limits);
  const onlyIn = (here: 'reference' | 'current', there: 'reference' | 'current'): string[] =>
    valuesOf(column)
      .filter((one) => one[here] > 0 && one[there] === 0)
      .slice(0, NAMED_VALUES)
      .map((one) => one.value);
  const bare = {
    name: column.name,
    kind: column.kind,
    because: column.because,
    verdict,
    reason,
    effect: checks.length === 0 ? null : Math.max(...checks.map((check) => check.effect)),
    checks,
    facts: { reference: column.reference, current: column.current },
    numbers: column.numbers,
    coverage: column.coverage,
    psi: psiOf(column),
    bins: picture(column),
    newValues: onlyIn('current', 'reference'),
    goneValues: onlyIn('reference', 'current'),
  };
  return { ...bare, sentence: sentenceOf(bare, limits, toldOf(column, checks)) };
}

/** What drifted furthest beyond its limit, among the checks that can say it in words of their own. */
function toldOf({ more }: Gathered, checks: readonly Judged[]): string | undefined {
  const [worst] = checks
    .filter(({ verdict, what }) => verdict === 'drift' && what !== 'cells')
    .sort((a, b) => b.effect / b.limit - a.effect / a.limit);
  return more.find(({ what }) => what === worst?.what)?.told;
}

const valuesOf = ({ kind, categories, fine }: Gathered) =>
  kind === 'discrete'
    ? fine.map(({ from, reference, current }) => ({ value: numberLabel(from), reference, current }))
    : categories;

type Outcome = { readonly verdict: ColumnVerdict; readonly reason: Reason };

function verdictOf(column: Gathered, checks: readonly Judged[], limits: Limits): Outcome {
  const { kind, reference, current } = column;
  const filled = { reference: reference.rows - reference.missing, current: current.rows - current.missing };
  if (reference.rows === 0) return { verdict: 'not_enough_data', reason: 'reference_empty' };
  if (current.rows === 0) return { verdict: 'not_enough_data', reason: 'current_empty' };
  if (filled.reference === 0 && filled.current === 0)
    return { verdict: 'not_enough_data', reason: 'all_missing' };
  const values = checks.filter((check) => check.what !== 'cells');
  const cells = checks.filter((check) => check.what === 'cells');
  if (typeChanged(column)) return { verdict: 'drift', reason: 'type_changed' };
  if (values.some((check) => check.verdict === 'drift')) return { verdict: 'drift', reason: 'values_moved' };
  if (cells.some((check) => check.verdict === 'drift')) return { verdict: 'drift', reason: 'cells_changed' };
  if (filled.reference === 0) return { verdict: 'not_enough_data', reason: 'reference_empty' };
  if (filled.current === 0) return { verdict: 'not_enough_data', reason: 'current_empty' };
  if (kind === 'identifier') return { verdict: 'not_compared', reason: kind };
  if (kind === 'time' && isReversed(column)) return { verdict: 'not_compared', reason: 'reference_newer' };
  if (kind === 'time' && values.length === 0) return { verdict: 'not_compared', reason: kind };
  // The first check of the values decides whether enough was there to see: the second one adds power, not doubt.
  const [main] = values;
  if (main === undefined) return constantOutcome(column, limits);
  if (main.verdict === 'not_enough_data')
    return { verdict: 'not_enough_data', reason: 'could_not_have_seen_it' };
  const significant = checks.some((check) => check.pValue <= limits.alpha);
  return { verdict: 'ok', reason: significant ? 'too_small_to_matter' : 'no_evidence' };
}

/** One value on both sides. Health only if another value of the size of the limit would have shown itself. */
function constantOutcome({ reference, current, kind, fine }: Gathered, { alpha, limit }: Limits): Outcome {
  if (kind !== 'categorical' && fine.length === 0)
    return { verdict: 'not_enough_data', reason: 'not_finite' };
  const least = detectablePsi(2, reference.rows, current.rows, { ...DEFAULT_SENSITIVITY, alpha });
  return psiAsJsDistance(least) <= limit
    ? { verdict: 'ok', reason: 'constant' }
    : { verdict: 'not_enough_data', reason: 'could_not_have_seen_it' };
}

/** All of the current file is older: whatever else it says, the files may be the wrong way round. */
const isReversed = ({ coverage }: Gathered): boolean =>
  coverage !== null && coverage.current.toMs <= coverage.reference.fromMs;

const MOSTLY = 0.5;
/** Most cells of the current file are of another type than the reference's column. */
function typeChanged({ kind, reference, current }: Gathered): boolean {
  const filled = current.rows - current.missing;
  if (filled === 0 || reference.rows === reference.missing) return false;
  const asBefore =
    kind === 'numeric' || kind === 'discrete'
      ? current.numbers + current.nan + current.infinite
      : kind === 'time'
        ? current.times + (reference.times > 0 ? 0 : current.numbers)
        : filled;
  const textNow = kind === 'categorical' && reference.numbers < MOSTLY * reference.rows;
  return (
    asBefore < MOSTLY * filled || (textNow && current.numbers > 0.95 * filled && reference.numbers === 0)
  );
}

function psiOf({ kind, fine, categories }: Gathered): number | null {
  if (kind === 'time') return null;
  const counts =
    kind === 'categorical'
      ? { reference: categories.map((one) => one.reference), current: categories.map((one) => one.current) }
      : kind === 'discrete'
        ? { reference: fine.map((one) => one.reference), current: fine.map((one) => one.current) }
        : fine.length > 0
          ? evenMass(fine, PSI_BINS)
          : undefined;
  if (counts === undefined) return null;
  const found = psi(counts.reference, counts.current);
  return found.kind === 'value' ? found.value : null;
}

function picture({ kind, fine, categories, reference, current }: Gathered): Bin[] {
  if (kind === 'time') return fine.map((bin) => ({ ...bin, label: instantLabel(bin.from) }));
  if (kind === 'numeric' || kind === 'text') return evenWidth(fine, PICTURE_BINS);
  if (kind === 'discrete') return fine.map((bin) => ({ ...bin, to: bin.from, label: numberLabel(bin.from) }));
  const shown = categories.slice(0, PICTURE_CATEGORIES).map((one) => ({
    label: one.value,
    from: null,
    to: null,
    reference: one.reference,
    current: one.current,
  }));
  const rest = {
    label: 'all others',
    from: null,
    to: null,
    reference: leftOver(
      reference,
      shown.map((one) => one.reference),
    ),
    current: leftOver(
      current,
      shown.map((one) => one.current),
    ),
  };
  return rest.reference + rest.current > 0 && categories.length > 0 ? [...shown, rest] : shown;
}

const leftOver = (of: Facts, shown: readonly number[]): number =>
  Math.max(0, of.rows - of.missing - shown.reduce((total, one) => total + one, 0));
