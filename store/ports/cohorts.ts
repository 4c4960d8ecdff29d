import type { PerformanceTask } from '../../model/documents/monitor/performance.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { MinuteRange } from './profiles.ts';
import type { Cursors } from './progress.ts';

/** What is counted for one performance monitor. */
export type CohortDefinition = {
  readonly monitor: string;
  readonly task: PerformanceTask;
  /** Segment keys by which cohorts are split, beside the whole. */
  readonly segments: readonly string[];
};

/** Which labels count. `as_of`: known for certain at that instant. `within`: known so long after the decision. */
export type Known =
  | { readonly kind: 'all' }
  | { readonly kind: 'as_of'; readonly atMs: number }
  | { readonly kind: 'within'; readonly ms: number };

export type CellQuery = {
  readonly project: ProjectId;
  readonly monitor: string;
  /** Whole hours, of the decisions' time. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Cells of each stretch of this length, counted from `fromMs`; left out: of the whole. */
  readonly slotMs?: number;
  readonly known: Known;
  /** `''`: the whole alone. Left out: every segment. */
  readonly segment?: string;
  readonly modelVersion?: string;
};

/** Decisions that share value, truth and bin. Sums of errors are over those whose label is known. */
export type Cell = {
  readonly slotMs: number;
  readonly segment: string;
  readonly value: string;
  /** '' while nothing is known. */
  readonly truth: string;
  readonly by: 'none' | 'label' | 'ruling';
  readonly bin: number;
  readonly n: number;
  readonly known: number;
  /** Means over the cell of the probability p, of p², ln p and ln(1 − p). */
  readonly p: number;
  readonly pSq: number;
  readonly logP: number;
  readonly logQ: number;
  readonly errorSum: number;
  readonly errorAbs: number;
  readonly errorSq: number;
  readonly errorQuad: number;
  readonly apeN: number;
  readonly apeSum: number;
  readonly apeSq: number;
  readonly truthSum: number;
  readonly truthSq: number;
  /** Of y³, y⁴, e²y and e²y²: what the spread of R² hangs on. */
  readonly truthCu: number;
  readonly truthQuad: number;
  readonly errorSqTruth: number;
  readonly errorSqTruthSq: number;
};

/** Decisions of cohorts of one age whose label came in one stretch; `delay` null: it has not come. */
export type DelayCount = { readonly ageMs: number; readonly delay: number | null; readonly n: number };

/** One decision as a model of its error sees it. */
export type ErrorRow = {
  readonly num: Readonly<Record<string, number>>;
  readonly cat: Readonly<Record<string, string>>;
  readonly prediction: number;
  readonly truth: number | null;
};

export type EstimateRow = {
  readonly metric: string;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly realised: number | null;
  readonly realisedN: number;
};

/** Decisions and their outcomes in hourly cohorts of decision time. Answers cost cohorts and bins, not decisions, but for what says otherwise. */
export interface CohortStore {
  /** Counts whole hours anew, every decision once; the later `computedAtMs` replaces the earlier. Idempotent. Reads decisions. */
  count(
    project: ProjectId,
    system: string,
    definition: CohortDefinition,
    ranges: readonly MinuteRange[],
    computedAtMs: number,
  ): Promise<void>;
  /** Hours before `closedBeforeMs` whose cohorts change through rows beyond the cursors. */
  touchedHours(query: {
    readonly project: ProjectId;
    readonly system: string;
    readonly decisions: Cursors;
    readonly outcomes: Cursors;
    readonly closedBeforeMs: number;
  }): Promise<number[]>;
  cells(query: CellQuery): Promise<Cell[]>;
  /** Of the whole, at the instant: cohorts that were over by then. */
  delays(query: {
    readonly project: ProjectId;
    readonly monitor: string;
    readonly fromMs: number;
    readonly atMs: number;
  }): Promise<DelayCount[]>;
  /** At most `limit` decisions, always the same ones (by a hash of their id). Reads decisions. */
  errorRows(
    project: ProjectId,
    system: string,
    task: PerformanceTask,
    range: MinuteRange,
    options: { readonly limit: number; readonly knownAtMs: number },
  ): Promise<ErrorRow[]>;
  saveEstimates(
    project: ProjectId,
    system: string,
    monitor: string,
    rows: readonly EstimateRow[],
    computedAtMs: number,
  ): Promise<void>;
  /** By window end, the newest last; of each window what was said last. */
  estimates(project: ProjectId, monitor: string, fromMs: number, toMs: number): Promise<EstimateRow[]>;
}
