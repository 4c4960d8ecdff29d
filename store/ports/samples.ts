import type { ProjectId } from '../../model/ids.ts';

/** Half-open, in event time. */
export type Stretch = {
  readonly project: ProjectId;
  readonly system: string;
  readonly fromMs: number;
  readonly toMs: number;
};

/** A decision as it was made, for what must see the features of one case together. */
export type SampledDecision = {
  readonly id: string;
  readonly value: string;
  readonly score: number | null;
  readonly confidence: number | null;
  readonly num: Readonly<Record<string, number>>;
  readonly cat: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  readonly text: Readonly<Record<string, string>>;
  readonly embedding: Readonly<Record<string, readonly number[]>>;
};

type Draw = {
  readonly project: ProjectId;
  /** At most so many decisions. */
  readonly rows: number;
  /** Another seed draws another sample; the same one always the same. */
  readonly seed: number;
  /** Columns that are large: read only where they are looked at. */
  readonly with: { readonly text: boolean; readonly embedding: boolean };
};

export type SampleQuery = Draw & {
  readonly system: string;
  /** Half-open, in event time, apart from each other. */
  readonly stretches: readonly { readonly startMs: number; readonly endMs: number }[];
  /** Of this version only. */
  readonly modelVersion?: string | undefined;
};

/** What a stretch says about the sending, not the sent. */
export type StretchFacts = {
  /** Different ids that were looked at. */
  readonly decisions: number;
  /** Rows whose id another row of the stretch has. */
  readonly repeatedIds: number;
  /** Decisions that were looked at whole. */
  readonly whole: number;
  /** Of these, those that equal another one in everything but the id, the instant included. */
  readonly copies: number;
  /** Of these, those dated after their receipt by more than clocks differ. */
  readonly future: number;
  /** Of the time from the event to its receipt, the 95 % quantile; null when there is none. */
  readonly delayMs: number | null;
};

export type FactsWindows = {
  readonly windowMs: number;
  readonly stepMs: number;
  /** One id of so many is looked at, and one moment of so many; 1 is all of them. */
  readonly oneIn: number;
};

export type Delay = Pick<StretchFacts, 'decisions' | 'delayMs'>;

/** How much of a categorical feature was never seen before, where it has too many values to list. */
export type Novelty = {
  readonly n: number;
  readonly distinct: number;
  /** Of n: values that the reference does not have. */
  readonly unseen: number;
  readonly referenceDistinct: number;
  /** The same for the reference itself: its second half against its first. */
  readonly baselineN: number;
  readonly baselineUnseen: number;
  /** The reference has more different values than are compared; `unseen` is then an upper bound. */
  readonly truncated: boolean;
};

/** Questions that profiles cannot answer. Each reads raw rows of its stretches only, and answers with few. */
export interface SampleStore {
  /** The decisions with the lowest hashes of their ids: the same ones on every call, whatever the order they came in. */
  sample(query: SampleQuery): Promise<readonly SampledDecision[]>;
  /** Keeps the sample of a window that became a reference, for as long as the reference is there. */
  keep(reference: string, query: SampleQuery): Promise<void>;
  /** Of what was kept, in the same order as `sample`. */
  kept(query: Draw & { readonly reference: string }): Promise<readonly SampledDecision[]>;
  /** By the end of each window of this length that ends in the stretch, on a multiple of the step; windows without a decision are left out. */
  facts(stretch: Stretch, windows: FactsWindows): Promise<ReadonlyMap<number, StretchFacts>>;
  /** `decisions` and `delayMs` of the facts alone, which cost far less. */
  delay(stretch: Stretch): Promise<Delay>;
  novelty(
    stretch: Stretch,
    reference: { readonly fromMs: number; readonly toMs: number },
    feature: string,
  ): Promise<Novelty>;
}
