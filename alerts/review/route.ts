import type { RoutePlan } from '../../model/action.ts';
import type { IncidentId, ProjectId, SystemName } from '../../model/ids.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import type { NewReviewItem, ReviewCandidate } from '../../store/ports/review.ts';
import type { ReviewDeps } from './deps.ts';
import { fillQueue, PRIORITY, reach } from './fill.ts';
import { queueOf } from './queue.ts';

export type RouteRequest = {
  readonly project: ProjectId;
  readonly system: SystemName;
  readonly incident: IncidentId;
  readonly plan: RoutePlan;
};
export type Routing = {
  /** Decisions of that version since the onset, and what became of them: items new, items that waited already, no place. */
  readonly affected: number;
  readonly added: number;
  readonly linked: number;
  readonly leftOut: number;
  /** Cases of resolved incidents that left the queue for these. */
  readonly gaveWay: number;
  readonly inclusionProbability: number;
  readonly sentence: string;
};
export type RouteToReview = (
  tx: PostgresTx | undefined,
  request: RouteRequest,
  nowMs: number,
) => Promise<Routing>;

/**
 * Decisions already made become review items: up to the plan's number and the queue's room, each with the same chance,
 * which is recorded. Doing it again picks the same ones. Where an open incident finds too little room, cases of resolved
 * ones that nobody has taken up give way, as many as are needed. It adds rows that point at the incident: a caller that holds
 * the incident's row locked passes its transaction.
 */
export const routeToReview =
  (deps: ReviewDeps): RouteToReview =>
  async (tx, request, nowMs) => {
    const { project, system, incident, plan } = request;
    const spec = await queueOf(deps.documents, project, plan.queue);
    const of = { project, system, modelVersion: plan.modelVersion, sinceMs: plan.sinceMs };
    const affected = await deps.source.countAffected(of);
    const limit = Math.min(plan.maxItems, spec.capacity);
    const candidates = await deps.source.pickAffected(of, { seed: `incident ${incident}`, limit });
    const write = async (within: PostgresTx): Promise<Routing> => {
      // Incident, queue, items, journal: everybody locks in this order.
      const found = await deps.incidents.get(project, incident, within);
      const isOpen = found !== undefined && found.state !== 'resolved';
      const room = await deps.store.roomIn(project, plan.queue, spec.capacity, within);
      const { places, gaveWay, isNew } = await makeRoom(
        deps,
        { request, isOpen, room, candidates, nowMs },
        within,
      );
      const { take, inclusionProbability } = fillQueue(affected, reach(isNew, places));
      const since = instant(plan.sinceMs);
      const items = candidates.slice(0, take).map(
        (candidate): NewReviewItem => ({
          id: deps.newId(),
          project,
          system,
          queue: plan.queue,
          decisionId: candidate.decisionId,
          decisionValue: candidate.value,
          decisionTimeMs: candidate.timeMs,
          incident,
          reason: `Incident ${incident}: decided by ${plan.modelVersion || 'this system'} since ${since} UTC.`,
          priority: PRIORITY.incident,
          inclusionProbability,
          createdAtMs: nowMs,
          dueAtMs: nowMs + spec.due,
        }),
      );
      const { added, linked } = await deps.store.add(items, within);
      const held = await deps.store.itemsOf(project, plan.queue, incident, within);
      const leftOut = Math.max(0, affected - held);
      await deps.store.countLeftOut({ project, queue: plan.queue, incident }, leftOut, 'set', within);
      await deps.live.publish(project, 'review', '', nowMs, within);
      const sentence = sentenceOf(plan, { affected, held, leftOut, gaveWay });
      return { affected, added, linked, leftOut, gaveWay, inclusionProbability, sentence };
    };
    const routing = await (tx === undefined ? deps.db.transaction(write) : write(tx));
    const { added, leftOut, gaveWay } = routing;
    deps.emit({ kind: 'review_items_added', project, queue: plan.queue, incident, added, leftOut });
    if (gaveWay > 0) deps.emit({ kind: 'review_items_expired', items: gaveWay });
    return routing;
  };

type Wish = {
  readonly request: RouteRequest;
  readonly isOpen: boolean;
  readonly room: number;
  readonly candidates: readonly ReviewCandidate[];
  readonly nowMs: number;
};

/** `isNew`: which of the candidates need a place. What waits for a resolved incident and is a candidate too stays. */
async function makeRoom(
  deps: ReviewDeps,
  { request, isOpen, room, candidates, nowMs }: Wish,
  tx: PostgresTx,
): Promise<{ readonly places: number; readonly gaveWay: number; readonly isNew: readonly boolean[] }> {
  const { project, incident, plan } = request;
  const decisions = candidates.map(({ decisionId }) => decisionId);
  const known = await deps.store.known(project, decisions, tx);
  const isNew = decisions.map((decision) => !known.has(decision));
  const short = isNew.filter(Boolean).length - room;
  if (!isOpen || short <= 0) return { places: room, gaveWay: 0, isNew };
  const spare = { project, queue: plan.queue, except: decisions };
  const gaveWay = await deps.store.giveWay(spare, { seed: `incident ${incident}`, limit: short }, nowMs, tx);
  return { places: room + gaveWay, gaveWay, isNew };
}

const instant = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

function sentenceOf(
  plan: RoutePlan,
  { affected, held, leftOut, gaveWay }: Pick<Routing, 'affected' | 'leftOut' | 'gaveWay'> & { held: number },
): string {
  const whose = plan.modelVersion === '' ? '' : ` by ${plan.modelVersion}`;
  const rest = leftOut === 0 ? '' : `; ${leftOut} found no place and were left out at random`;
  const cases = gaveWay === 1 ? 'case' : 'cases';
  const gone = gaveWay === 0 ? '' : `; ${gaveWay} ${cases} of resolved incidents gave way`;
  const made = `${held} of ${affected} decisions made${whose} since ${instant(plan.sinceMs)} UTC`;
  return `${made} are in review queue ${plan.queue}${rest}${gone}.`;
}
