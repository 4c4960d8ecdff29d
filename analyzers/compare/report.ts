import type { TextSign } from '../../model/derived-features.ts';
import type { UndefinedReason } from '../stats/index.ts';
import type { ColumnKind, Facts } from './facts.ts';

/** Counts of both sides between two numbers, or of one value. */
export type Bin = {
  readonly label: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly reference: number;
  readonly current: number;
};

export type SideNumbers = {
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
  /** At LEVELS: 5, 25, 50, 75 and 95 %. */
  readonly levels: readonly number[];
};

/** Of two numbers columns: where each side lies, and how far apart they are. */
export type Numbers = {
  readonly reference: SideNumbers;
  readonly current: SideNumbers;
  /** How far the average value would have to be moved, in standard deviations of the reference. */
  readonly moveSd: number | null;
};

export type Reason =
  | 'values_moved'
  | 'cells_changed'
  | 'type_changed'
  | 'column_gone'
  | 'no_evidence'
  | 'too_small_to_matter'
  | 'constant'
  | 'could_not_have_seen_it'
  | 'all_missing'
  | 'reference_empty'
  | 'current_empty'
  | 'identifier'
  | 'time'
  | 'reference_newer'
  | 'column_new'
  | UndefinedReason;

export const VERDICTS = ['drift', 'not_enough_data', 'ok', 'not_compared'] as const;
export type ColumnVerdict = (typeof VERDICTS)[number];

/**
 * `cells`: numbers, texts, missing, NaN, infinite. `values`: the values themselves, of a text its length. `hours`, `weekdays`:
 * of times. `words`: whether a classifier tells the texts apart. `vocabulary`: words that the reference does not know. The
 * others are signs of texts.
 */
export type What =
  | 'cells'
  | 'values'
  | 'hours'
  | 'weekdays'
  | 'words'
  | 'vocabulary'
  | Exclude<TextSign, 'chars'>;
export type Statistic = 'js_distance' | 'ks' | 'domain_auc' | 'out_of_vocabulary';

export type Judged = {
  readonly what: What;
  readonly statistic: Statistic;
  readonly effect: number;
  /** Adjusted for all checks of the comparison (Holm). */
  readonly pValue: number;
  readonly minimumDetectableEffect: number;
  /** What the effect is held against. */
  readonly limit: number;
  readonly verdict: 'drift' | 'ok' | 'not_enough_data';
};

/** From the first hour to the end of the last. `clocked`: with a time of day. */
export type Stretch = { readonly fromMs: number; readonly toMs: number; readonly clocked: boolean };

/** What a column of times covers: expected to differ, so told and not judged. */
export type Coverage = {
  readonly reference: Stretch;
  readonly current: Stretch;
  /** Over whole days and whole weeks; empty, or without rows, where there is none. */
  readonly hours: readonly Bin[];
  readonly weekdays: readonly Bin[];
  readonly sentence: string;
};

export type ColumnResult = {
  readonly name: string;
  readonly kind: ColumnKind;
  /** The rule by which it has this kind. */
  readonly because: string;
  readonly verdict: ColumnVerdict;
  readonly reason: Reason;
  readonly sentence: string;
  /** The largest effect of its checks; null where there is none. */
  readonly effect: number | null;
  readonly checks: readonly Judged[];
  readonly facts: { readonly reference: Facts | null; readonly current: Facts | null };
  readonly numbers: Numbers | null;
  readonly coverage: Coverage | null;
  readonly psi: number | null;
  /** What to draw: even bins of numbers, or the largest categories. */
  readonly bins: readonly Bin[];
  readonly newValues: readonly string[];
  readonly goneValues: readonly string[];
};

export type FileFacts = { readonly name: string; readonly rows: number; readonly columns: number };
export type Limits = { readonly alpha: number; readonly limit: number };

export type Report = {
  readonly schemaVersion: 1;
  readonly verdict: 'drift' | 'ok' | 'not_enough_data';
  readonly sentence: string;
  readonly madeAt: string;
  readonly reference: FileFacts;
  readonly current: FileFacts;
  readonly limits: Limits;
  /** The worst first. */
  readonly columns: readonly ColumnResult[];
};
