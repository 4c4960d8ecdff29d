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
  | 'column_new'
  | UndefinedReason;

export const VERDICTS = ['drift', 'not_enough_data', 'ok', 'not_compared'] as const;
export type ColumnVerdict = (typeof VERDICTS)[number];

/** `cells`: numbers, texts, missing, NaN, infinite. `values`: the values themselves. */
export type Judged = {
  readonly what: 'cells' | 'values';
  readonly statistic: 'js_distance' | 'ks';
  readonly effect: number;
  /** Adjusted for all checks of the comparison (Holm). */
  readonly pValue: number;
  readonly minimumDetectableEffect: number;
  readonly verdict: 'drift' | 'ok' | 'not_enough_data';
};

export type ColumnResult = {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly verdict: ColumnVerdict;
  readonly reason: Reason;
  readonly sentence: string;
  /** The largest effect of its checks; null where there is none. */
  readonly effect: number | null;
  readonly checks: readonly Judged[];
  readonly facts: { readonly reference: Facts | null; readonly current: Facts | null };
  readonly numbers: Numbers | null;
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
