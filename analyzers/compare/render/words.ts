import type { ColumnKind } from '../facts.ts';
import type { ColumnVerdict, Judged, Report } from '../report.ts';

/** A shape and a word beside every colour. */
export const VERDICT_WORDS: Readonly<
  Record<ColumnVerdict, { readonly mark: string; readonly word: string }>
> = {
  drift: { mark: '⬣', word: 'drift' },
  not_enough_data: { mark: '◌', word: 'not enough data' },
  ok: { mark: '✓', word: 'no drift' },
  not_compared: { mark: '–', word: 'not compared' },
};

export const KIND_WORDS: Readonly<Record<ColumnKind, string>> = {
  numeric: 'numbers',
  discrete: 'numbers with few values',
  categorical: 'categories',
  text: 'free text',
  time: 'times',
  identifier: 'identifiers',
  empty: 'empty',
};

export const CHECK_WORDS: Readonly<Record<Judged['what'], string>> = {
  cells: 'kinds of cells',
  values: 'values',
  hours: 'hours of the day',
  weekdays: 'days of the week',
  words: 'words',
  vocabulary: 'vocabulary',
  tokens: 'number of words',
  token_length: 'length of words',
  letters: 'share of letters',
  digits: 'share of digits',
  punctuation: 'share of punctuation',
  upper: 'share of capitals',
  non_ascii: 'share beyond ASCII',
  script: 'script',
};

export const STATISTIC_WORDS: Readonly<Record<Judged['statistic'], string>> = {
  ks: 'Kolmogorov-Smirnov D',
  js_distance: 'Jensen-Shannon distance (base 2)',
  domain_auc: 'Classifier two-sample test (2 · AUC − 1)',
  out_of_vocabulary: 'Change of the share of unknown words',
};

export const count = (value: number): string => value.toLocaleString('en');
/** A p-value as people read it: never 0. */
export const chance = (p: number): string =>
  p < 0.0001 ? 'below 0.0001' : p.toLocaleString('en', { maximumSignificantDigits: 2 });
export const effectText = (effect: number | null): string => (effect === null ? '–' : effect.toFixed(3));

export const filesLine = ({ reference, current }: Report): string =>
  `${reference.name} (${count(reference.rows)} rows, ${reference.columns} columns) → ${current.name} (${count(current.rows)} rows, ${current.columns} columns)`;

export const howJudged = ({ limits }: Report): string =>
  `Drift is a change of at least ${limits.limit} (Kolmogorov-Smirnov D or Jensen-Shannon distance, 0 to 1) that chance does not explain: the chance of any false drift in this whole report is at most ${limits.alpha * 100} % (Holm). "No drift" is said only where a change of that size would have shown in four of five cases.`;
