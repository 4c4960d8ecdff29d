import type { FeatureMapping } from '../../model/contract-replay.ts';
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

/** What one part of a replay is asked. */
export type ReplayRequest = {
  readonly scope: ReplayScope;
  readonly mapping?: FeatureMapping;
  readonly dryRun: boolean;
  /** Who asked. */
  readonly by: string;
  /** Where the last part ended. */
  readonly after?: DecisionCursor;
};

/** What became of one part of the decisions that broke a promise. */
export type ReplayPart = {
  /** What they were held against; '' when nobody promises anything any more. */
  readonly contract: string;
  /** They break nothing now. */
  readonly released: number;
  /** They still break a promise, and are counted. */
  readonly marked: number;
  /** They still break a promise, and are kept apart. */
  readonly quarantined: number;
  /** A value that the mapping moved cannot be masked as asked: they stay as they were. */
  readonly unmaskable: number;
  /** How many stand otherwise than before, or would. */
  readonly changed: number;
  /** Where the next part starts; null at the end. */
  readonly next: DecisionCursor | null;
};

/** Holds decisions against their contract again; the same twice changes nothing the second time. */
export interface ContractReplay {
  count(scope: ReplayScope): Promise<number>;
  part(request: ReplayRequest): Promise<ReplayPart>;
}

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
