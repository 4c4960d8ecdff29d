import type { RoutePlan } from '../../model/action.ts';
import type { IncidentId, ProjectId, SystemName } from '../../model/ids.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import type { NewReviewItem } from '../../store/ports/review.ts';
import type { ReviewDeps } from './deps.ts';
import { fillQueue, PRIORITY } from './fill.ts';
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
 * which is recorded. Doing it again picks the same ones. It adds rows that point at the incident: a caller that holds
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
      await deps.incidents.get(project, incident, within);
      const room = await deps.store.roomIn(project, plan.queue, spec.capacity, within);
      const { take, inclusionProbability } = fillQueue(affected, Math.min(room, limit));
      const since = new Date(plan.sinceMs).toISOString().slice(0, 16).replace('T', ' ');
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
      const sentence = sentenceOf(plan, { affected, held, leftOut });
      return { affected, added, linked, leftOut, inclusionProbability, sentence };
    };
    const routing = await (tx === undefined ? deps.db.transaction(write) : write(tx));
    const { added, leftOut } = routing;
    deps.emit({ kind: 'review_items_added', project, queue: plan.queue, incident, added, leftOut });
    return routing;
  };

function sentenceOf(
  plan: RoutePlan,
  { affected, held, leftOut }: { affected: number; held: number; leftOut: number },
): string {
  const whose = plan.modelVersion === '' ? '' : ` by ${plan.modelVersion}`;
  const since = new Date(plan.sinceMs).toISOString().slice(0, 16).replace('T', ' ');
  const rest = leftOut === 0 ? '' : `; ${leftOut} found no place and were left out at random`;
  return `${held} of ${affected} decisions made${whose} since ${since} UTC are in review queue ${plan.queue}${rest}.`;
}
