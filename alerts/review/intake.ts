import type { Gate } from '../../model/gate.ts';
import type { IncidentId, ProjectId, SystemName } from '../../model/ids.ts';
import type { PostgresTx } from '../../store/ports/postgres.ts';
import type { LoadedBetween, NewReviewItem, ReviewCandidate } from '../../store/ports/review.ts';
import type { ReviewDeps } from './deps.ts';
import { fillQueue, PRIORITY, STREAM_CAPACITY_SHARE } from './fill.ts';
import { queueOf } from './queue.ts';

/** An insert's rows may become visible one partition after the other; younger segments wait for the next look. */
const SETTLE_MS = 3_000;
const GATE_CHANGES = 50;
const DEFAULT_QUEUE = 'default';

export type IntakeResult =
  | { readonly kind: 'nothing_new' }
  | { readonly kind: 'taken'; readonly added: number; readonly leftOut: number }
  /** Another process took the same arrivals first. */
  | { readonly kind: 'raced' };

type Arrived = {
  readonly system: SystemName;
  readonly queue: string;
  readonly affected: number;
  readonly places: number;
  readonly dueMs: number;
  readonly candidates: readonly ReviewCandidate[];
  readonly routed: Routed | undefined;
};

/**
 * Decisions marked `route: review` become items. The engine is asked first and without a lock; then one
 * transaction moves the cursors and adds what there is room for, or finds that somebody else did.
 */
export async function takeArrivals(deps: ReviewDeps, project: ProjectId): Promise<IntakeResult> {
  const nowMs = deps.nowMs();
  const after = await deps.store.cursors(project);
  const { systems, cursors } = await deps.source.arrivals(project, after, nowMs - SETTLE_MS);
  if (systems.length === 0) return { kind: 'nothing_new' };
  const groups: Arrived[] = [];
  for (const { system, decisions } of systems) {
    groups.push(await lookAt(deps, project, system, decisions, { after, upTo: cursors }));
  }
  groups.sort((a, b) => a.queue.localeCompare(b.queue));
  return deps.db.transaction(async (tx): Promise<IntakeResult> => {
    const moved = await deps.store.moveCursors(project, after, cursors, tx);
    if (moved === 'raced') return { kind: 'raced' };
    await lockIncidents(deps, project, groups, tx);
    let [added, leftOut] = [0, 0];
    for (const group of groups) {
      const filled = await fill(deps, project, group, nowMs, tx);
      added += filled.added;
      leftOut += filled.leftOut;
    }
    await deps.live.publish(project, 'review', '', nowMs, tx);
    return { kind: 'taken', added, leftOut };
  });
}

async function lookAt(
  deps: ReviewDeps,
  project: ProjectId,
  system: SystemName,
  affected: number,
  between: LoadedBetween,
): Promise<Arrived> {
  const stored = await deps.documents.get(project, 'System', system);
  const queue = stored?.document.spec.queue ?? DEFAULT_QUEUE;
  const spec = await queueOf(deps.documents, project, queue);
  const routed = routedBy(await deps.gates.history(project, system, GATE_CHANGES));
  const places = Math.floor(spec.capacity * STREAM_CAPACITY_SHARE);
  // As many as an empty queue would take; the fewer that it takes now are the first of the same random order.
  const seed = JSON.stringify(between.upTo);
  const candidates = await deps.source.pickArrivals({ project, system }, between, { seed, limit: places });
  return { system, queue, affected, places, dueMs: spec.due, candidates, routed };
}

/** Before any queue, and always in the same order: items point at incidents, and whoever routes one locks it first. */
async function lockIncidents(
  deps: ReviewDeps,
  project: ProjectId,
  groups: readonly Arrived[],
  tx: PostgresTx,
): Promise<void> {
  const routed = new Set(groups.flatMap((group) => group.routed?.incident ?? []));
  for (const incident of [...routed].sort((a, b) => a - b)) await deps.incidents.get(project, incident, tx);
}

async function fill(deps: ReviewDeps, project: ProjectId, of: Arrived, nowMs: number, tx: PostgresTx) {
  const { queue, system } = of;
  const room = await deps.store.roomIn(project, queue, of.places, tx);
  const { take, inclusionProbability, leftOut } = fillQueue(of.affected, room);
  const items = of.candidates.slice(0, take).map((candidate): NewReviewItem => {
    const incident = incidentOf(candidate, of.routed);
    return {
      id: deps.newId(),
      project,
      system,
      queue,
      decisionId: candidate.decisionId,
      decisionValue: candidate.value,
      decisionTimeMs: candidate.timeMs,
      incident,
      reason:
        incident === null
          ? 'The deciding service asked for a person.'
          : `Incident ${incident} sends this system's decisions to people.`,
      priority: incident === null ? PRIORITY.stream : PRIORITY.incident,
      inclusionProbability,
      createdAtMs: nowMs,
      dueAtMs: nowMs + of.dueMs,
    };
  });
  const { added } = await deps.store.add(items, tx);
  if (leftOut > 0) await deps.store.countLeftOut({ project, queue, incident: null }, leftOut, 'add', tx);
  deps.emit({ kind: 'review_items_added', project, queue, incident: null, added, leftOut });
  return { added, leftOut };
}

type Routed = { readonly incident: IncidentId; readonly sinceMs: number };

/** The incident for which the gate sends decisions to people now, and since which event time. `history`: newest first. */
export function routedBy(history: readonly (Gate & { readonly atMs: number })[]): Routed | undefined {
  const incident = history[0]?.route === 'review' ? history[0].incident : null;
  if (incident === null) return undefined;
  let sinceMs = Number.POSITIVE_INFINITY;
  for (const gate of history) {
    if (gate.route !== 'review' || gate.incident !== incident) break;
    sinceMs = Math.min(sinceMs, gate.atMs);
  }
  return { incident, sinceMs };
}

const incidentOf = ({ timeMs }: ReviewCandidate, routed: Routed | undefined): IncidentId | null =>
  routed !== undefined && timeMs >= routed.sinceMs ? routed.incident : null;
