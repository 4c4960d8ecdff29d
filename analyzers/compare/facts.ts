import type { FactsRow } from './sql.ts';

/** What one column of one file holds. Counts of rows; they add up to `rows`. */
export type Facts = {
  readonly rows: number;
  readonly missing: number;
  readonly nan: number;
  readonly infinite: number;
  readonly numbers: number;
  readonly times: number;
  readonly texts: number;
  /** Cells of more than one word. */
  readonly spaced: number;
  /** Different values, within a percent. */
  readonly distinct: number;
  /** Numbers without a fraction. */
  readonly whole: number;
  readonly low: number;
  readonly high: number;
  readonly earliest: string;
  readonly latest: string;
};

export function factsFrom(row: FactsRow | undefined): Facts {
  const count = (of: number | null | undefined): number => of ?? 0;
  const rows = count(row?.rows);
  const [missing, nan, infinite] = [count(row?.missing), count(row?.nan), count(row?.infinite)];
  const [numbers, times] = [count(row?.numbers), count(row?.times)];
  return {
    rows,
    missing,
    nan,
    infinite,
    numbers,
    times,
    texts: Math.max(0, rows - missing - nan - infinite - numbers - times),
    spaced: count(row?.spaced),
    distinct: count(row?.distinct),
    whole: count(row?.whole),
    low: row?.low ?? Number.NaN,
    high: row?.high ?? Number.NaN,
    earliest: row?.earliest ?? '',
    latest: row?.latest ?? '',
  };
}

/**
 * numeric: numbers with many values. discrete: numbers with few. categorical: texts that repeat. text: texts that do not:
 * compared by their length. time, identifier: change by nature, not compared. empty: nothing to compare on one side or both.
 */
export const COLUMN_KINDS = [
  'numeric',
  'discrete',
  'categorical',
  'text',
  'time',
  'identifier',
  'empty',
] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

/** A column is of a type when nearly all its cells are; the others are told as what they are. */
const MOSTLY = 0.95;
/** Numbers with this few values are codes or counts: compared value by value. */
const FEW_VALUES = 20;
/** Where more than half of the texts are their own, counting each says nothing. */
const OWN_TEXT_SHARE = 0.5;
const MANY_TEXTS = 1_000;
const MANY_WORDS = 0.5;
const IDENTIFIER_SHARE = 0.97;
const LEAST_FOR_IDENTIFIER = 100;

const filled = (of: Facts): number => of.rows - of.missing;

/** The kind that the reference has; the current file's only where the reference is empty. */
export function kindOf(reference: Facts, current: Facts): ColumnKind {
  if (filled(reference) === 0 && filled(current) === 0) return 'empty';
  const basis = filled(reference) > 0 ? reference : current;
  if (basis.times >= MOSTLY * filled(basis)) return 'time';
  if (basis.numbers + basis.nan + basis.infinite >= MOSTLY * filled(basis))
    return numberKind(reference, current);
  // Sentences are each their own too, but they are something a system reads.
  const words = basis.spaced > MANY_WORDS * filled(basis);
  if (isUnique(reference) && isUnique(current) && !words) return 'identifier';
  const most = Math.max(reference.distinct, current.distinct);
  return most > MANY_TEXTS && most > OWN_TEXT_SHARE * filled(basis) ? 'text' : 'categorical';
}

function numberKind(reference: Facts, current: Facts): ColumnKind {
  // Row numbers: whole, each once, hardly a gap. Amounts in cents are whole and mostly their own too, but far apart.
  if (isCounter(reference) && isCounter(current)) return 'identifier';
  return Math.max(reference.distinct, current.distinct) <= FEW_VALUES ? 'discrete' : 'numeric';
}

const isUnique = (of: Facts): boolean =>
  filled(of) >= LEAST_FOR_IDENTIFIER && of.distinct >= IDENTIFIER_SHARE * filled(of);
const isCounter = (of: Facts): boolean =>
  isUnique(of) && of.whole === filled(of) && of.high - of.low < 2 * filled(of);
