import { DERIVED, SCRIPTS, type TextSign } from '../../model/derived-features.ts';

/** As in profiles-sql.ts: (feature, kind, is_missing, number, category). */
const NUMERIC = 1;
const CATEGORICAL = 2;

const number = (name: string, value: string): string =>
  `(concat(toString(k), ':${name}'), toUInt8(${NUMERIC}), toUInt8(0), toFloat64(${value}), '')`;
const category = (name: string, value: string): string =>
  `(concat(toString(k), ':${name}'), toUInt8(${CATEGORICAL}), toUInt8(0), 0., ${value})`;

const CHARS = 'lengthUTF8(v)';
const IS_ASCII = `length(v) = ${CHARS}`;
/** A search for one character after the other costs 20 µs per text. Few texts have many beyond ASCII: only those are searched. */
const BEYOND_ASCII = "replaceRegexpAll(v, '[\\\\x00-\\\\x7F]+', '')";
const countOf = (ascii: string, pattern: string): string =>
  `(${ascii === '' ? '0' : `length(v) - length(translate(v, '${ascii}', ''))`} + countMatches(${BEYOND_ASCII}, '${pattern}'))`;

const UPPER_AZ = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ASCII_LETTERS = UPPER_AZ + UPPER_AZ.toLowerCase();
const LETTERS = countOf(ASCII_LETTERS, '\\\\p{L}');
const DIGITS = countOf('0123456789', '\\\\p{N}');
/** Of ASCII, what Unicode calls punctuation: not $+<=>^`|~, which are symbols. */
const PUNCTUATION = countOf('!"#%&\\\'()*,-./:;?@[\\\\]_{}', '\\\\p{P}');
const UPPER = countOf(UPPER_AZ, '\\\\p{Lu}');
const TOKENS = `if(${IS_ASCII}, length(splitByNonAlpha(v)), countMatches(v, '[\\\\p{L}\\\\p{N}]+'))`;

/** Only what the text can have: an empty one has a length, and no shares. */
const SIGNS: Readonly<Record<Exclude<TextSign, 'script'>, string>> = {
  chars: CHARS,
  tokens: TOKENS,
  token_length: `if(${TOKENS} = 0, nan, (${LETTERS} + ${DIGITS}) / ${TOKENS})`,
  letters: `${LETTERS} / ${CHARS}`,
  digits: `${DIGITS} / ${CHARS}`,
  punctuation: `${PUNCTUATION} / ${CHARS}`,
  upper: `if(${LETTERS} = 0, nan, ${UPPER} / ${LETTERS})`,
  non_ascii: `lengthUTF8(${BEYOND_ASCII}) / ${CHARS}`,
};

const NAMES = SCRIPTS.map((script) => `'${script.name}'`).join(', ');
const COUNTS = SCRIPTS.map(({ name, pattern }) =>
  countOf(name === 'Latin' ? ASCII_LETTERS : '', pattern),
).join(', ');
/** The script with most of its characters. Most texts are ASCII, and need no search. */
const SCRIPT = `if(${IS_ASCII}, if(match(v, '[a-zA-Z]'), 'Latin', 'none'), if(arrayMax([${COUNTS}]) = 0, 'none', arrayElement([${NAMES}], indexOf([${COUNTS}], arrayMax([${COUNTS}])))))`;

/** Every sign of a text, over `v`. */
export const TEXT_SIGNS: Readonly<Record<TextSign, string>> = { ...SIGNS, script: SCRIPT };

const TEXT_VALUES = [
  ...DERIVED.text.filter((name) => name !== 'script').map((name) => number(name, SIGNS[name])),
  category('script', SCRIPT),
].join(', ');
/** What is undefined (a share of nothing) is left out: it is neither missing nor zero. */
const TEXTS = `arrayFilter(x -> not isNaN(x.4), arrayFlatten(arrayMap((k, v) -> [${TEXT_VALUES}], mapKeys(text), mapValues(text))))`;

const EMBEDDINGS = `arrayFlatten(arrayMap((k, v) -> [${number('norm', 'L2Norm(v)')}, ${category('dimension', 'toString(length(v))')}], mapKeys(embedding), mapValues(embedding)))`;

/** Epoch seconds, milliseconds, microseconds and nanoseconds are told apart by size: none of them meets another before 1973 or after 5138. */
const SECONDS = (x: string): string =>
  `multiIf(abs(${x}) < 1e11, ${x}, abs(${x}) < 1e14, ${x} / 1e3, abs(${x}) < 1e17, ${x} / 1e6, ${x} / 1e9)`;
/** 1970 to 2200, as everywhere; beyond it, or unreadable, it is missing. NaN stands for that. */
const LATEST_S = 7_258_118_400;
const READ = `if(mapContains(num, k), ${SECONDS('num[k]')}, ifNull(toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull(toString(cat[k]), 3, 'UTC')) / 1e3, nan))`;
const stampOf = `(k -> if(not mapContains(num, k) AND not mapContains(cat, k), nan, if((${READ}) BETWEEN 0 AND ${LATEST_S}, ${READ}, nan)))`;

/** One number per declared timestamp, in their order; NaN where the decision has none. */
const STAMPS = `arrayMap(${stampOf}, {timestamps:Array(String)})`;

const ASKED = '(mapContains(num, k) OR mapContains(cat, k) OR has(missing, k))';
const WEEKDAYS = "['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']";
const AT = "toDateTime(toUInt32(least(v, 4294967295)), 'UTC')";
const missingAge = `[(concat(k, ':age_s'), toUInt8(${NUMERIC}), toUInt8(1), 0., '')]`;
const stampValues = [
  number('age_s', 'toUnixTimestamp64Milli(time) / 1e3 - v'),
  category('hour', `leftPad(toString(toHour(${AT})), 2, '0')`),
  category('weekday', `${WEEKDAYS}[toDayOfWeek(${AT})]`),
].join(', ');
const TIMESTAMPS = `arrayFlatten(arrayMap((k, v) -> if(not ${ASKED}, [], if(isNaN(v), ${missingAge}, [${stampValues}])), {timestamps:Array(String)}, stamps))`;

/** Seconds between a decision's timestamp and that of the decision before it, inside its minute, so that a minute can be restated alone. */
const GAPS = `arrayFilter(x -> not isNaN(x.4), arrayMap((k, v, b) -> ${number('gap_s', 'v - b')}, {timestamps:Array(String)}, stamps, if(empty(before), arrayMap(x -> nan, stamps), before)))`;

/** What a stretch of decisions has to derive from: names that are declared, and names that were seen. */
export type DerivedFrom = {
  readonly timestamps: readonly string[];
  readonly texts: readonly string[];
  readonly embeddings: readonly string[];
};

/** Names of the texts and embeddings of a stretch: asked first, since what is not there need not be searched for. */
export const derivedNamesSql = (where: string): string =>
  `SELECT arrayMap(k -> toString(k), groupUniqArrayArray(mapKeys(text))) AS texts,
    arrayMap(k -> toString(k), groupUniqArrayArray(mapKeys(embedding))) AS embeddings FROM decisions WHERE ${where}`;

/** Values derived from one row of `decisionsSql`, as profiles-sql.ts has them: nothing where there is nothing to derive. */
export const derivedSql = (from: DerivedFrom): string => {
  const parts = [
    ...(from.texts.length > 0 ? [TEXTS] : []),
    ...(from.embeddings.length > 0 ? [EMBEDDINGS] : []),
    ...(from.timestamps.length > 0 ? [TIMESTAMPS, GAPS] : []),
  ];
  return parts.length === 0 ? '[]' : `arrayConcat([], ${parts.join(', ')})`;
};

/** The table; or, where timestamps are declared, its rows with them read, each beside the one before. Others pay nothing. */
export const decisionsSql = ({ timestamps }: DerivedFrom, where: string): string =>
  timestamps.length > 0
    ? `(SELECT *, lagInFrame(stamps) OVER (PARTITION BY toStartOfMinute(time) ORDER BY time, decision_id) AS before
        FROM (SELECT *, ${STAMPS} AS stamps FROM decisions WHERE ${where} LIMIT 1 BY toStartOfMinute(time), decision_id))`
    : 'decisions';

/** A timestamp as it is always drifts: only what is derived from it is watched. */
export const withoutTimestampsSql = ({ timestamps }: DerivedFrom, values: string): string =>
  timestamps.length > 0 ? `arrayFilter(x -> not has({timestamps:Array(String)}, x.1), ${values})` : values;

/**
 * Under which feature a missing one is counted: a text or embedding that others of the stretch have, beside its length,
 * so that its share of missing is one of all that were asked.
 */
export const missingNameSql = ({ texts, embeddings }: DerivedFrom): string =>
  texts.length + embeddings.length === 0
    ? 'toString(k)'
    : "multiIf(has({texts:Array(String)}, toString(k)), concat(toString(k), ':chars'), has({embeddings:Array(String)}, toString(k)), concat(toString(k), ':norm'), toString(k))";
