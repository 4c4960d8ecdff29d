import type { ProjectId } from './ids.ts';

/** Some decisions of a system. */
export type Side = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly version?: string;
  /** Segment key → value. */
  readonly segments: Readonly<Record<string, string>>;
};

/** What moved: the mean score, the share of one value, or the share of judged decisions that were wrong. */
export type Target =
  | { readonly kind: 'score' }
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'wrong' };

export type ExplainQuery = {
  readonly project: ProjectId;
  readonly system: string;
  readonly where: Side;
  readonly baseline: Side;
  /** Left out: the score where decisions have one, else the value whose share moved most. */
  readonly target?: Target;
};

export type SideFacts = {
  readonly decisions: number;
  /** Looked at: all, or a sample by the hash of the id. */
  readonly sampled: number;
  readonly mean: number | null;
};

export type Onset = { readonly atMs: number; readonly fromMs: number; readonly toMs: number };

export type MovedFeature = {
  readonly feature: string;
  /** Total variation distance on shared bins, 0..1. */
  readonly distance: number;
  /** Benjamini-Hochberg over all features. */
  readonly pValue: number;
  readonly sentence: string;
  /** Part of the target's change that comes with this feature's values; null where no model of the target could be made. */
  readonly contribution: number | null;
  readonly contributionError: number | null;
  /** Features of one number move together. */
  readonly cluster: number;
};

export type CarryingSegment = {
  /** For example `region=north and amount > 1200`. */
  readonly segment: string;
  readonly decisions: number;
  readonly share: number;
  readonly baselineShare: number;
  readonly mean: number;
  readonly baselineMean: number;
  /** Part of the whole change that is gone when these decisions are left out on both sides. */
  readonly carries: number;
  /** On the half of the sample that did not choose it, times the number of segments that were tried there. */
  readonly pValue: number;
};

export type Cause = {
  readonly atMs: number;
  readonly kind: string;
  readonly label: string;
  readonly beforeOnsetMs: number;
};
/** A change before anybody asked what it may have caused. */
export type KnownChange = Omit<Cause, 'beforeOnsetMs'>;

export type Explanation = {
  readonly system: string;
  readonly target: Target;
  readonly where: SideFacts;
  readonly baseline: SideFacts;
  readonly change: {
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly pValue: number;
  } | null;
  readonly onset: Onset | null;
  readonly features: readonly MovedFeature[];
  readonly segments: readonly CarryingSegment[];
  /** Of the change: what comes with other inputs, and what comes from other answers to the same inputs. */
  readonly parts: { readonly inputs: number; readonly answers: number; readonly fit: number } | null;
  readonly causes: readonly Cause[];
  /** The answer first, then what it rests on. */
  readonly sentences: readonly string[];
};
