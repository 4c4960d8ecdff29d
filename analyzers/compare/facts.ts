import type { FactsRow } from './cells-sql.ts';

/** What one column of one file holds. Counts of rows; they add up to `rows`. */
export type Facts = {
  readonly rows: number;
  readonly missing: number;
  readonly nan: number;
  readonly infinite: number;
  readonly numbers: number;
  /** Texts that are times. */
  readonly times: number;
  /** Of those, with a time of day that is not midnight. */
  readonly clocked: number;
  readonly texts: number;
  /** Cells of more than one word. */
  readonly spaced: number;
  /** Different values, within a percent. */
  readonly distinct: number;
  /** Numbers without a fraction. */
  readonly whole: number;
  readonly low: number;
  readonly high: number;
  readonly earliestMs: number;
  readonly latestMs: number;
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
    clocked: count(row?.clocked),
    texts: Math.max(0, rows - missing - nan - infinite - numbers - times),
    spaced: count(row?.spaced),
    distinct: count(row?.distinct),
    whole: count(row?.whole),
    low: row?.low ?? Number.NaN,
    high: row?.high ?? Number.NaN,
    earliestMs: row?.earliestMs ?? Number.NaN,
    latestMs: row?.latestMs ?? Number.NaN,
  };
}

/**
 * numeric: numbers with many values. discrete: numbers with few. categorical: texts that repeat. text: texts that do not.
 * time: its range moves by nature, its hours and weekdays should not. identifier: changes by nature, not compared.
 * empty: nothing to compare on one side or both.
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

/** How a column is compared, and the rule that says so, in words. */
export type Kind = { readonly kind: ColumnKind; readonly because: string };
const as = (kind: ColumnKind, because: string): Kind => ({ kind, because });

/** The kind that the reference has; the current file's only where the reference is empty. */
export function kindOf(name: string, reference: Facts, current: Facts): Kind {
  if (filled(reference) === 0 && filled(current) === 0) return as('empty', 'every cell is missing');
  const basis = filled(reference) > 0 ? reference : current;
  if (basis.times >= MOSTLY * filled(basis))
    return as('time', `${MOSTLY * 100} % of its cells or more are times (ISO 8601)`);
  if (basis.numbers + basis.nan + basis.infinite >= MOSTLY * filled(basis))
    return numberKind(name, reference, current);
  // Sentences are each their own too, but they are something a system reads.
  const words = basis.spaced > MANY_WORDS * filled(basis);
  if (isUnique(reference) && isUnique(current) && !words)
    return as('identifier', 'nearly each row has a text of its own, without a space');
  const most = Math.max(reference.distinct, current.distinct);
  return most > MANY_TEXTS && most > OWN_TEXT_SHARE * filled(basis)
    ? as('text', 'more than half of its texts stand there once')
    : as('categorical', 'texts that repeat');
}

function numberKind(name: string, reference: Facts, current: Facts): Kind {
  // Row numbers: whole, each once, hardly a gap. Amounts in cents are whole and mostly their own too, but far apart.
  if (isCounter(reference) && isCounter(current))
    return as('identifier', 'whole numbers, each once, with hardly a gap');
  if (TIME_NAME.test(name) && isEpoch(reference) && isEpoch(current))
    return as('time', 'whole numbers that are instants of 2000 to 2100, and a name that says so');
  return Math.max(reference.distinct, current.distinct) <= FEW_VALUES
    ? as('discrete', `numbers, ${FEW_VALUES} different ones at most`)
    : as('numeric', `numbers, more than ${FEW_VALUES} different ones`);
}

const isUnique = (of: Facts): boolean =>
  filled(of) >= LEAST_FOR_IDENTIFIER && of.distinct >= IDENTIFIER_SHARE * filled(of);
const isCounter = (of: Facts): boolean =>
  isUnique(of) && of.whole === filled(of) && of.high - of.low < 2 * filled(of);

/** Customer numbers have ten digits too: the name must speak of time as well. */
const TIME_NAME =
  /(^|[^a-z])(time|timestamp|date|datetime|ts|epoch|at)([^a-z]|$)|(At|Time|Timestamp|Date|Ts)$/;
const [EPOCH_FROM_S, EPOCH_TO_S] = [946_684_800, 4_102_444_800];
const EPOCH_UNITS = [1, 1e3, 1e6, 1e9];
const isEpoch = (of: Facts): boolean =>
  of.numbers > 0 &&
  of.whole === of.numbers &&
  EPOCH_UNITS.some((unit) => of.low >= EPOCH_FROM_S * unit && of.high < EPOCH_TO_S * unit);
