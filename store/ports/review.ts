import type { DecisionId, IncidentId, ProjectId, SystemName } from '../../model/ids.ts';
import type { ReviewItem, ReviewState, Ruling } from '../../model/review.ts';
import type { PostgresTx } from './postgres.ts';

export type NewReviewItem = Pick<
  ReviewItem,
  | 'id'
  | 'project'
  | 'system'
  | 'queue'
  | 'decisionId'
  | 'incident'
  | 'reason'
  | 'priority'
  | 'inclusionProbability'
  | 'createdAtMs'
  | 'dueAtMs'
> & {
  /** Kept beside the item: a ruling becomes an outcome without asking the telemetry store. */
  readonly decisionValue: string;
  readonly decisionTimeMs: number;
};

export type ClaimRefusal = 'not_found' | 'held_by_other' | 'already_ruled' | 'expired';
export type ClaimResult =
  | { readonly kind: 'claimed'; readonly item: ReviewItem }
  | { readonly kind: 'refused'; readonly reason: ClaimRefusal };

export type HoldRefusal = 'not_found' | 'lease_lost' | 'already_ruled' | 'expired';
export type HoldResult =
  | { readonly kind: 'held'; readonly item: ReviewItem }
  | { readonly kind: 'refused'; readonly reason: HoldRefusal };

export type RuleResult =
  | { readonly kind: 'ruled'; readonly item: ReviewItem }
  /** The reviewer could not tell: the item is open again, and is offered to others. */
  | { readonly kind: 'passed_on'; readonly item: ReviewItem }
  | { readonly kind: 'refused'; readonly reason: HoldRefusal };

export type UndoRefusal = 'not_found' | 'not_ruled' | 'ruled_by_other' | 'too_late';
export type UndoResult =
  | { readonly kind: 'undone'; readonly item: ReviewItem }
  | { readonly kind: 'refused'; readonly reason: UndoRefusal };

/** What a reviewer shows to act on a claim. */
export type Hold = { readonly id: string; readonly reviewer: string; readonly fence: number };

export type ReviewFilter = {
  readonly project: ProjectId;
  readonly queue?: string;
  readonly state?: ReviewState;
  readonly incident?: IncidentId;
  readonly limit: number;
};

export type QueueCounts = {
  readonly queue: string;
  readonly waiting: number;
  readonly claimed: number;
  readonly ruledSince: number;
  readonly overturnedSince: number;
  readonly oldestCreatedAtMs: number | null;
  readonly leftOut: number;
};

export type IncidentReviewCounts = {
  readonly reviewed: number;
  readonly overturned: number;
  readonly waiting: number;
  readonly leftOut: number;
};

/** A ruling that is not an outcome row yet. */
export type PendingRuling = WhatWasDecided & {
  readonly item: ReviewItem;
  readonly ruling: Exclude<Ruling, { kind: 'unsure' }>;
};

/** Per loader the newest `loaded_at` (epoch milliseconds) that the intake took. */
export type LoaderCursors = Readonly<Record<string, number>>;

/**
 * Decisions that wait for a person. One reviewer holds an item at any instant: a claim is a lease in wall-clock time with a
 * fencing token that every later claim raises, and whoever acts must show the token of the claim that still stands.
 */
export interface ReviewStore {
  /**
   * An item that is there already is not added again. When it waits without an incident, it is linked to the new one's
   * incident and takes its priority.
   */
  add(
    items: readonly NewReviewItem[],
    tx: PostgresTx,
  ): Promise<{ readonly added: number; readonly linked: number }>;
  /** Places left in a queue; takes the queue's lock for the rest of the transaction, so that two fillers cannot overfill it. */
  roomIn(project: ProjectId, queue: string, capacity: number, tx: PostgresTx): Promise<number>;
  /** Those of the decisions that are items already, in any queue and state. */
  known(
    project: ProjectId,
    decisions: readonly DecisionId[],
    tx: PostgresTx,
  ): Promise<ReadonlySet<DecisionId>>;
  /**
   * Items of resolved incidents that wait and that nobody holds expire, at most `pick.limit`, and count as left out of
   * their own incident; says how many. The incident that was resolved first goes first; of the last one only some
   * go, picked at random, so each that stays was picked twice: its inclusion probability is multiplied by the share that stays. Items
   * that somebody held or ruled were in no danger, and keep theirs. The caller holds the queue's lock (`roomIn`). No other
   * incident is locked, and an item that another transaction holds is passed over instead of waited for.
   */
  giveWay(
    of: { readonly project: ProjectId; readonly queue: string; readonly except: readonly DecisionId[] },
    pick: RandomPick,
    nowMs: number,
    tx: PostgresTx,
  ): Promise<number>;
  /** How many affected decisions found no place. `add` for a stream, `set` for an incident, whose total is known each time. */
  countLeftOut(
    of: { readonly project: ProjectId; readonly queue: string; readonly incident: IncidentId | null },
    leftOut: number,
    how: 'add' | 'set',
    tx: PostgresTx,
  ): Promise<void>;
  /** Items of the incident in the queue, in any state. */
  itemsOf(project: ProjectId, queue: string, incident: IncidentId, tx: PostgresTx): Promise<number>;

  claim(
    project: ProjectId,
    id: string,
    reviewer: string,
    leaseMs: number,
    nowMs: number,
  ): Promise<ClaimResult>;
  /** Highest priority first, then oldest; skips what the reviewer has passed on. undefined: nothing waits. */
  claimNext(
    project: ProjectId,
    queue: string,
    reviewer: string,
    leaseMs: number,
    nowMs: number,
  ): Promise<ReviewItem | undefined>;
  renew(project: ProjectId, hold: Hold, leaseMs: number, nowMs: number): Promise<HoldResult>;
  release(project: ProjectId, hold: Hold, nowMs: number): Promise<HoldResult>;
  rule(project: ProjectId, hold: Hold, ruling: Ruling, nowMs: number, tx: PostgresTx): Promise<RuleResult>;
  /** Back to a claim of the same reviewer, with a new fence; refused once the window is over or the outcome is written. */
  undo(
    project: ProjectId,
    id: string,
    reviewer: string,
    options: { readonly windowMs: number; readonly leaseMs: number },
    nowMs: number,
    tx: PostgresTx,
  ): Promise<UndoResult>;

  /** Claims whose lease ran out are open again; items that waited too long are expired. Both are returned. */
  expire(nowMs: number): Promise<{ readonly reopened: ReviewItem[]; readonly expired: ReviewItem[] }>;

  /** The oldest ruling given before the instant that is no outcome yet, locked until the transaction ends; others' are skipped. */
  lockPendingRuling(
    ruledBeforeMs: number,
    tx: PostgresTx,
    except?: readonly string[],
  ): Promise<PendingRuling | undefined>;
  outcomeWritten(id: string, tx: PostgresTx): Promise<void>;

  cursors(project: ProjectId): Promise<LoaderCursors>;
  /** Compare-and-set; `raced` when another process has moved them meanwhile. */
  moveCursors(
    project: ProjectId,
    from: LoaderCursors,
    to: LoaderCursors,
    tx: PostgresTx,
  ): Promise<'moved' | 'raced'>;

  get(project: ProjectId, id: string): Promise<(ReviewItem & WhatWasDecided) | undefined>;
  ofDecision(project: ProjectId, decisionId: DecisionId): Promise<ReviewItem | undefined>;
  list(filter: ReviewFilter): Promise<{ readonly rows: ReviewItem[]; readonly total: number }>;
  /** Only queues that hold or held something. `sinceMs` bounds what counts as ruled lately. */
  queues(project: ProjectId, sinceMs: number, nowMs: number): Promise<QueueCounts[]>;
  incidentCounts(project: ProjectId, incident: IncidentId): Promise<IncidentReviewCounts>;
}

export type WhatWasDecided = {
  readonly decisionValue: string;
  readonly decisionTimeMs: number;
  /** How far analysis of the system has come, event time; null before its first step. */
  readonly watermarkMs: number | null;
};

/** A decision that may become a review item. */
export type ReviewCandidate = {
  readonly decisionId: DecisionId;
  readonly value: string;
  readonly timeMs: number;
};

export type ReviewArrivals = { readonly system: SystemName; readonly decisions: number };

/** Rows of each loader: beyond `after`, up to and including `upTo`. */
export type LoadedBetween = { readonly after: LoaderCursors; readonly upTo: LoaderCursors };
/** The seed makes another pick of the same decisions; the same seed makes the same one. */
export type RandomPick = { readonly seed: string; readonly limit: number };

/** Where decisions come from. Picks are uniform over the decisions, by a hash of their ids and the seed, hence repeatable. */
export interface ReviewSource {
  /**
   * Decisions marked `route: review` that arrived behind the cursors, and how far the cursors move when they are taken.
   * Segments loaded after `settledBeforeMs` wait: some of their rows may not be visible yet.
   */
  arrivals(
    project: ProjectId,
    after: LoaderCursors,
    settledBeforeMs: number,
  ): Promise<{ readonly systems: readonly ReviewArrivals[]; readonly cursors: LoaderCursors }>;
  pickArrivals(
    of: { readonly project: ProjectId; readonly system: SystemName },
    between: LoadedBetween,
    pick: RandomPick,
  ): Promise<ReviewCandidate[]>;
  /** Decisions made at or after the instant by that model version. */
  countAffected(of: AffectedDecisions): Promise<number>;
  pickAffected(of: AffectedDecisions, pick: RandomPick): Promise<ReviewCandidate[]>;
  /** Values that the system has decided, most frequent first. */
  valuesOf(project: ProjectId, system: SystemName, limit: number): Promise<string[]>;
}
export type AffectedDecisions = {
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly modelVersion: string;
  readonly sinceMs: number;
  /** Exclusive; left out: up to now. */
  readonly untilMs?: number;
};
