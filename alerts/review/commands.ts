import type { ProjectId } from '../../model/ids.ts';
import type { ReviewItem, Ruling } from '../../model/review.ts';
import type { NewTimelineEntry } from '../../store/ports/incidents.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import type { ClaimResult, Hold, HoldResult, RuleResult, UndoResult } from '../../store/ports/review.ts';
import { type ReviewDeps, UNDO_WINDOW_MS } from './deps.ts';
import { queueOf } from './queue.ts';
import { judgeRuling, knownAtMs, type RulingVerdict, rulingSentence } from './rulings.ts';

export type ReviewCommands = {
  claim(project: ProjectId, id: string, reviewer: string): Promise<ClaimResult>;
  /** undefined: nothing waits for this reviewer. */
  next(project: ProjectId, queue: string, reviewer: string): Promise<ReviewItem | undefined>;
  renew(project: ProjectId, hold: Hold): Promise<HoldResult>;
  release(project: ProjectId, hold: Hold): Promise<HoldResult>;
  rule(
    project: ProjectId,
    hold: Hold,
    ruling: Ruling,
  ): Promise<RuleResult | Extract<RulingVerdict, { kind: 'refused' }>>;
  undo(project: ProjectId, id: string, reviewer: string): Promise<UndoResult>;
};

export function reviewCommands(deps: ReviewDeps): ReviewCommands {
  const { store, documents, db, emit } = deps;
  const leaseOf = async (project: ProjectId, id: string): Promise<number | undefined> => {
    const item = await store.get(project, id);
    return item === undefined ? undefined : (await queueOf(documents, project, item.queue)).lease;
  };
  const hint = (item: ReviewItem): Promise<void> =>
    deps.live.publish(item.project, 'review', item.id, deps.nowMs());

  return {
    async claim(project, id, reviewer) {
      const leaseMs = await leaseOf(project, id);
      if (leaseMs === undefined) return { kind: 'refused', reason: 'not_found' };
      const result = await store.claim(project, id, reviewer, leaseMs, deps.nowMs());
      if (result.kind === 'refused') return result;
      await hint(result.item);
      emit({ kind: 'review_claimed', project, queue: result.item.queue });
      return result;
    },
    async next(project, queue, reviewer) {
      const { lease } = await queueOf(documents, project, queue);
      const item = await store.claimNext(project, queue, reviewer, lease, deps.nowMs());
      if (item === undefined) return undefined;
      await hint(item);
      emit({ kind: 'review_claimed', project, queue });
      return item;
    },
    async renew(project, hold) {
      const leaseMs = await leaseOf(project, hold.id);
      if (leaseMs === undefined) return { kind: 'refused', reason: 'not_found' };
      return store.renew(project, hold, leaseMs, deps.nowMs());
    },
    async release(project, hold) {
      const result = await store.release(project, hold, deps.nowMs());
      if (result.kind === 'held') await hint(result.item);
      return result;
    },
    async rule(project, hold, ruling) {
      const found = await store.get(project, hold.id);
      if (found === undefined) return { kind: 'refused', reason: 'not_found' };
      const { values } = await queueOf(documents, project, found.queue);
      const verdict = judgeRuling(ruling, found.decisionValue, values);
      if (verdict.kind === 'refused') return verdict;
      const nowMs = deps.nowMs();
      const sentence = rulingSentence(hold.reviewer, found.decisionId, found.decisionValue, ruling);
      const result = await db.transaction(async (tx) => {
        await lockIncident(deps, found, tx);
        const ruled = await store.rule(project, hold, ruling, nowMs, tx);
        if (ruled.kind === 'refused') return ruled;
        const entry = { kind: 'ruling', atMs: knownAtMs(found, nowMs), by: hold.reviewer, sentence } as const;
        await record(deps, ruled.item, { what: 'review.ruled', entry, ruling }, nowMs, tx);
        return ruled;
      });
      if (result.kind === 'refused') return result;
      const waitedMs = nowMs - found.createdAtMs;
      emit({ kind: 'review_ruled', project, queue: found.queue, ruling: ruling.kind, waitedMs });
      return result;
    },
    async undo(project, id, reviewer) {
      const found = await store.get(project, id);
      if (found === undefined) return { kind: 'refused', reason: 'not_found' };
      const { lease: leaseMs } = await queueOf(documents, project, found.queue);
      const nowMs = deps.nowMs();
      const windowMs = deps.undoWindowMs ?? UNDO_WINDOW_MS;
      const result = await db.transaction(async (tx) => {
        await lockIncident(deps, found, tx);
        const undone = await store.undo(project, id, reviewer, { windowMs, leaseMs }, nowMs, tx);
        if (undone.kind === 'refused') return undone;
        const sentence = `${reviewer} took back the ruling on decision ${found.decisionId}.`;
        const entry = { kind: 'note', atMs: knownAtMs(found, nowMs), by: reviewer, sentence } as const;
        await record(deps, undone.item, { what: 'review.undone', entry, ruling: found.ruling }, nowMs, tx);
        return undone;
      });
      if (result.kind === 'undone') emit({ kind: 'review_undone', project, queue: found.queue });
      return result;
    },
  };
}

/** Incident before item, as everybody who locks both does it. */
async function lockIncident(deps: ReviewDeps, item: ReviewItem, tx: PostgresTx): Promise<void> {
  if (item.incident !== null) await deps.incidents.get(item.project, item.incident, tx);
}

type Recorded = {
  readonly what: 'review.ruled' | 'review.undone';
  readonly entry: NewTimelineEntry;
  readonly ruling: Ruling | null;
};

/** Timeline, audit and live hint, in the ruling's transaction. */
async function record(
  deps: ReviewDeps,
  item: ReviewItem,
  { what, entry, ruling }: Recorded,
  nowMs: number,
  tx: PostgresTx,
): Promise<void> {
  const { project, incident, decisionId, system, queue, fence, id } = item;
  if (incident !== null) {
    const details = { item: id, decision: decisionId, ruling };
    await deps.incidents.append(incident, [{ ...entry, details }], nowMs, tx);
  }
  const details = { system, queue, decision: decisionId, fence, ruling };
  await deps.audit.append({ project, by: entry.by, what, subject: id, details }, nowMs, tx);
  await deps.live.publish(project, 'review', id, nowMs, tx);
  if (incident !== null) await deps.live.publish(project, 'incident', String(incident), nowMs, tx);
}
