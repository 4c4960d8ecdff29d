/** What stands where a number is not known. Never a zero. */
export const NO_DATA = '–';
/** A hyphen before a number is easily missed. */
const MINUS = '−';

type Maybe = number | null | undefined;
const known = (value: Maybe): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** 12430 → "12,430". */
export const count = (value: Maybe): string => (known(value) ? whole.format(value) : NO_DATA);

/** 1_284_330 → "1.3M"; below ten thousand every digit counts. */
export const compact = (value: Maybe): string => {
  if (!known(value)) return NO_DATA;
  return Math.abs(value) < 10_000 ? whole.format(value) : short.format(value);
};

/** 0.1234 → "12.3 %". Near the ends more digits are kept: 0.99953 must not read as 100 %. */
export function share(value: Maybe): string {
  if (!known(value)) return NO_DATA;
  const percent = value * 100;
  const edge = Math.min(Math.abs(percent), Math.abs(100 - percent));
  const digits = edge === 0 ? 0 : edge < 0.1 ? 3 : edge < 1 ? 2 : 1;
  return `${percent
    .toLocaleString('en-GB', { minimumFractionDigits: digits === 1 ? 1 : 0, maximumFractionDigits: digits })
    .replace('-', MINUS)} %`;
}

/** On an axis the ticks are round: no digits that say nothing. */
export const axisShare = (value: Maybe): string =>
  known(value) ? `${Number((value * 100).toPrecision(4))} %` : NO_DATA;

/** Three significant digits, and no exponent between 0.001 and a million. */
export function decimal(value: Maybe): string {
  if (!known(value)) return NO_DATA;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1_000_000 || size < 0.001) return value.toExponential(1).replace('e+', 'e');
  if (size >= 1_000) return whole.format(value);
  return String(Number(value.toPrecision(3))).replace('-', MINUS);
}

/** A burn rate: "14.2×". */
export const times = (value: Maybe): string => (known(value) ? `${decimal(value)}×` : NO_DATA);

export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** A feature's value, with its unit where it has one. */
export function featureText(value: number | string | null, unit: string): string {
  if (value === null) return 'missing';
  const text = typeof value === 'number' ? decimal(value) : value;
  return unit === '' ? text : `${text} ${unit}`;
}

const OWN_WORDS: Readonly<Record<string, string>> = {
  '@score': 'model score',
  '@confidence': 'confidence',
  '@value': 'decision',
  '@volume': 'volume',
  '@features': 'features together',
  '@predictions': 'predictions together',
};
/** `@score` and its like are Leeway's own; people read a word. */
export const featureName = (feature: string): string => OWN_WORDS[feature] ?? feature;

const OWN_NAME = /@[a-z]+/g;

/** A sentence of Leeway's with words for its own names, and a capital where they begin it. */
export const said = (sentence: string): string => {
  const text = sentence.replace(OWN_NAME, (name) => OWN_WORDS[name] ?? name);
  return sentence.startsWith('@') ? text.charAt(0).toUpperCase() + text.slice(1) : text;
};

/** `new_category_share` → "new category share". */
export const words = (identifier: string): string => identifier.replaceAll('_', ' ');

const STATISTICS: Readonly<Record<string, string>> = {
  psi: 'PSI',
  js_distance: 'Jensen–Shannon distance',
  ks: 'KS distance',
  burn_rate: 'burn rate',
  domain_auc: 'told apart by a classifier',
  reconstruction: 'reconstruction error',
  correlation: 'correlation change',
  mean_distance: 'distance of means',
  mmd: 'kernel distance',
  out_of_vocabulary: 'unknown words',
};
export const statisticName = (statistic: string): string => STATISTICS[statistic] ?? words(statistic);
