import type { ProjectId } from '../../model/ids.ts';
import type { DecisionCursor, TimeRange } from './reads.ts';

/** Decisions of one system that broke a promise, by their event time. */
export type ReplayScope = TimeRange & { readonly project: ProjectId; readonly system: string };

/** What a decision was found to keep or break. */
export type HeldAgainst = {
  /** Names and versions of the contracts; '' where nobody promised anything. */
  readonly contract: string;
  readonly violations: readonly string[];
  readonly quarantined: boolean;
  /** Names what was done to its features first; '' when nothing was. */
  readonly mapping: string;
};

/** A decision that broke a promise, how it stands, and its features as they came. */
export type ReplayCandidate = HeldAgainst & {
  readonly id: string;
  readonly timeNs: string;
  readonly num: Readonly<Record<string, number>>;
  readonly cat: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  readonly texts: Readonly<Record<string, string>>;
  readonly embeddings: Readonly<Record<string, readonly number[]>>;
};

export type Features = Pick<ReplayCandidate, 'num' | 'cat' | 'missing'>;

export type Restated = HeldAgainst & {
  readonly id: string;
  readonly timeNs: string;
  /** undefined: as they came. */
  readonly features: Features | undefined;
};

/** One line of a decision's history with its contract. */
export type ReplayRecord = HeldAgainst & {
  /** null: when it came in. */
  readonly replayedAtMs: number | null;
};

export interface ReplayStore {
  count(scope: ReplayScope): Promise<number>;
  /** Oldest first, at most `limit`. */
  candidates(scope: ReplayScope, limit: number, after?: DecisionCursor): Promise<ReplayCandidate[]>;
  /** Adds a row per decision that counts from now on; the rows before it stay. */
  restate(
    scope: ReplayScope,
    rows: readonly Restated[],
    load: { readonly loader: string; readonly batch: string; readonly atMs: number },
  ): Promise<void>;
  /** Oldest first. */
  history(project: ProjectId, id: string): Promise<ReplayRecord[]>;
}
