import type { Side } from '../../model/explanation.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { JudgingRule } from './reads.ts';

/** One decision as an explanation looks at it. */
export type ExplainedRow = {
  /** In which half of the sample: one half looks for segments, the other tests them. */
  readonly half: 0 | 1;
  readonly version: string;
  readonly value: string;
  readonly score: number | null;
  readonly wrong: 0 | 1 | null;
  readonly num: Readonly<Record<string, number>>;
  readonly cat: Readonly<Record<string, string>>;
  readonly segments: Readonly<Record<string, string>>;
};

export type MeanSlot = {
  readonly startMs: number;
  readonly n: number;
  readonly sum: number;
  readonly sumSq: number;
};

/** Decisions as they are: the one place that reads them for an explanation, bounded by what is asked for. */
export interface ExplainStore {
  /** At most about `limit`, always the same ones, by the hash of their id; and how many there are in all. */
  sample(
    project: ProjectId,
    system: string,
    side: Side,
    rule: JudgingRule,
    limit: number,
  ): Promise<{ readonly decisions: number; readonly rows: readonly ExplainedRow[] }>;
  /** Scores, or the share of a value, per slot; over every decision. */
  series(
    project: ProjectId,
    system: string,
    side: Side,
    of: { readonly value?: string },
    slotMs: number,
  ): Promise<MeanSlot[]>;
}
