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

export const FEATURE_FORMS = ['number', 'category', 'text', 'embedding'] as const;
export type FeatureForm = (typeof FEATURE_FORMS)[number];

/** In which decisions of a sample, in order of time, a feature was seen in one form. */
export type FeatureSeen = {
  readonly feature: string;
  readonly form: FeatureForm;
  readonly decisions: number;
  /** Places in the sample of the first and the last decision with it, from 0. */
  readonly first: number;
  readonly last: number;
  /** Of the decision before the first one with it; its own where it is the first of all. */
  readonly beforeFirstMs: number;
  readonly lastMs: number;
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
  /** Which features a system was sent, and when: of about `limit` decisions of the stretch. */
  features(
    project: ProjectId,
    system: string,
    stretch: { readonly fromMs: number; readonly toMs: number },
    limit: number,
  ): Promise<{ readonly decisions: number; readonly seen: readonly FeatureSeen[] }>;
  /** Other systems whose decisions these name as what they came from; the most named first. */
  upstream(
    project: ProjectId,
    system: string,
    stretch: { readonly fromMs: number; readonly toMs: number },
    lookBackMs: number,
  ): Promise<readonly string[]>;
}
