import type { BinKind, Evidence } from '../stats/index.ts';
import type { FineBin } from './bins.ts';
import type { ColumnKind, Facts } from './facts.ts';
import type { Coverage, Numbers, Statistic, What } from './report.ts';

export type Category = { readonly value: string; readonly reference: number; readonly current: number };

/** A check of its own: counts that are still to be judged, or evidence that comes with its own limit. */
export type MoreCheck = {
  readonly what: What;
  /** What is said where it drifted. */
  readonly told: string;
} & (
  | {
      readonly kind: 'counts';
      readonly statistic: Extract<Statistic, 'ks' | 'js_distance'>;
      readonly bins: BinKind;
      readonly reference: readonly number[];
      readonly current: readonly number[];
    }
  | {
      readonly kind: 'evidence';
      readonly statistic: Statistic;
      readonly limit: number;
      readonly evidence: Evidence;
    }
);

/** What was counted of one column that both files have. */
export type Gathered = {
  readonly name: string;
  readonly kind: ColumnKind;
  /** The rule by which it has this kind. */
  readonly because: string;
  readonly reference: Facts;
  readonly current: Facts;
  readonly fine: readonly FineBin[];
  readonly numbers: Numbers | null;
  readonly categories: readonly Category[];
  readonly more: readonly MoreCheck[];
  readonly coverage: Coverage | null;
};
