import type { Sql } from '../../store/ports/clickhouse.ts';
import { column, literal, type Side } from './load-sql.ts';
import type { LoadedColumn } from './source.ts';

// What a cell is, and what one column of one file holds.

/** What files write where they have nothing. */
const MISSING_WORDS = ['', 'na', 'n/a', 'null', 'none', '\\n', '-'];
const isMissing = (c: string): string =>
  `(${c} IS NULL OR lower(trimBoth(${c})) IN (${MISSING_WORDS.map(literal).join(', ')}))`;
/** ISO 8601 alone: with looser rules every number is somebody's date. */
const isTime = (c: string): string =>
  `match(trimBoth(${c}), '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$')`;
export const asNumber = ({ place, store }: LoadedColumn): string =>
  store === 'number' ? column(place) : `toFloat64OrNull(trimBoth(${column(place)}))`;
/** A text as people see it: null where it counts as missing. */
export const asText = ({ place, store }: LoadedColumn): string =>
  store === 'number'
    ? `if(isFinite(${column(place)}), toString(${column(place)}), NULL)`
    : `if(${isMissing(column(place))}, NULL, ${column(place)})`;

/** Epoch seconds, milliseconds, microseconds and nanoseconds, told apart by size, as milliseconds. */
const epochMs = (n: string): string =>
  `multiIf(abs(${n}) < 1e11, ${n} * 1e3, abs(${n}) < 1e14, ${n}, abs(${n}) < 1e17, ${n} / 1e3, ${n} / 1e6)`;
/** A time in milliseconds, without a zone as UTC; null where the cell is none. */
const textMs = (c: string): string =>
  `if(${isTime(c)}, toFloat64(toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull(trimBoth(${c}), 3, 'UTC'))), NULL)`;
export const asTimeMs = (of: LoadedColumn): string =>
  of.store === 'number'
    ? `if(isFinite(${column(of.place)}), ${epochMs(column(of.place))}, NULL)`
    : `coalesce(${textMs(column(of.place))}, if(isFinite(${asNumber(of)}), ${epochMs(asNumber(of))}, NULL))`;

/** A text's length in characters: exact below a thousand, then in steps of less than a tenth, so that lengths stay few. */
export const lengthOf = (of: LoadedColumn): string => {
  const length = `lengthUTF8(${asText(of)})`;
  const step = (size: number): string => `intDiv(${length}, ${size}) * ${size}`;
  return `toFloat64(multiIf(${length} < 1000, ${length}, ${length} < 10000, ${step(100)}, ${length} < 100000, ${step(1_000)}, ${step(10_000)}))`;
};

const COUNTS = [
  'rows',
  'missing',
  'nan',
  'infinite',
  'numbers',
  'times',
  'clocked',
  'spaced',
  'distinct',
  'whole',
  'low',
  'high',
  'earliestMs',
  'latestMs',
] as const;
export type FactsRow = Readonly<Record<(typeof COUNTS)[number], number | null>>;

/** Among the first rows of a side: how many different values each column has, up to a few. One scan for all. */
export const fewValues = (side: Side, columns: readonly LoadedColumn[]): Sql => ({
  sql: `SELECT [${columns.map(({ place }) => `toFloat64(uniqUpTo(${FEW})(${column(place)}))`).join(', ')}] AS few
FROM (SELECT ${columns.map(({ place }) => column(place)).join(', ')} FROM ${side} LIMIT ${LOOKED_AT})`,
});
export const FEW = 100;
const LOOKED_AT = 50_000;

/** The moments that numbers have, and quantiles at LEVELS with the ends between which nearly all of them lie. */
export type MomentsRow = {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly levels: readonly (number | null)[];
};
export const LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
const ENDS = [0.001, 0.999] as const;

const factsOver = (of: LoadedColumn, rows: (condition: string) => string): string => {
  const c = column(of.place);
  const text = of.store === 'text';
  const ms = text ? textMs(c) : 'NULL';
  return `${rows('1')} AS rows, ${rows(text ? isMissing(c) : `${c} IS NULL`)} AS missing,
  ${rows('isNaN(n)')} AS nan, ${rows('isInfinite(n)')} AS infinite, ${rows('isFinite(n)')} AS numbers,
  ${text ? rows(`n IS NULL AND ${isTime(c)}`) : '0'} AS times,
  ${text ? rows(`n IS NULL AND ${isTime(c)} AND ${ms} % 86400000 != 0`) : '0'} AS clocked,
  ${text ? rows(`position(trimBoth(ifNull(${c}, '')), ' ') > 0`) : '0'} AS spaced,
  ${rows('isFinite(n) AND n = round(n)')} AS whole, minIf(n, isFinite(n)) AS low, maxIf(n, isFinite(n)) AS high,
  ${text ? `min(${ms})` : 'NULL'} AS earliestMs, ${text ? `max(${ms})` : 'NULL'} AS latestMs`;
};

/** What one column holds, in one scan of it, row by row. */
export const facts = (side: Side, of: LoadedColumn): Sql => ({
  sql: `SELECT ${factsOver(of, (condition) => `toFloat64(countIf(${condition}))`)},
  toFloat64(uniqCombinedIf(${column(of.place)}, ${column(of.place)} IS NOT NULL)) AS distinct,
  avgIf(n, isFinite(n)) AS mean, stddevPopIf(n, isFinite(n)) AS sd,
  quantilesIf(${[...LEVELS, ...ENDS].join(', ')})(n, isFinite(n)) AS levels
FROM (SELECT ${column(of.place)}, ${asNumber(of)} AS n FROM ${side})`,
});

/** The same where values are few: each is counted first and looked at once, and they come along: label, number, rows. */
export const factsOfFew = (side: Side, of: LoadedColumn, most: number): Sql => ({
  sql: `SELECT ${factsOver(of, (condition) => `toFloat64(sumIf(k, ${condition}))`)},
  toFloat64(countIf(${column(of.place)} IS NOT NULL)) AS distinct,
  groupArray(${Math.trunc(most)})((${asText(of)}, if(isFinite(n), n, NULL), toFloat64(k))) AS counted
FROM (SELECT ${column(of.place)}, ${asNumber(of)} AS n, k FROM (SELECT ${column(of.place)}, count() AS k FROM ${side} GROUP BY ${column(of.place)}))`,
});
export type CountedRow = readonly [label: string | null, number: number | null, rows: number];
