import type { IncidentId, ProjectId } from '../../model/ids.ts';
import type { ReviewItem } from '../../model/review.ts';
import type { IncidentReviewCounts, QueueCounts, ReviewFilter } from '../../store/ports/review.ts';
import { type ReviewCommands, reviewCommands } from './commands.ts';
import { POLL_MS, type ReviewDeps } from './deps.ts';
import { type IntakeResult, takeArrivals } from './intake.ts';
import { queueOf } from './queue.ts';
import { type RelayState, relayRulings } from './relay.ts';
import { type RouteToReview, routeToReview } from './route.ts';

export type QueueState = QueueCounts & { readonly description: string; readonly capacity: number };

export type ReviewReads = {
  /** Every queue that has a document or holds something. `sinceMs`: from when rulings count as lately given. */
  queues(project: ProjectId, sinceMs: number): Promise<QueueState[]>;
  list(filter: ReviewFilter): Promise<{ readonly rows: ReviewItem[]; readonly total: number }>;
  get(project: ProjectId, id: string): Promise<ReviewItem | undefined>;
  /** What a reviewer may choose: the queue's values, or what the system has decided and not handed to a person. */
  valuesFor(item: ReviewItem): Promise<string[]>;
  incidentCounts(project: ProjectId, incident: IncidentId): Promise<IncidentReviewCounts>;
};

export type Review = {
  readonly commands: ReviewCommands;
  readonly reads: ReviewReads;
  readonly routeToReview: RouteToReview;
  start(): void;
  stop(): Promise<void>;
  /** Intake, expiry, relay: once each, for every project. */
  tickOnce(): Promise<void>;
};

const MAX_VALUES = 50;

/** The people's side of decisions. Any number of processes may run it. */
export function createReview(deps: ReviewDeps): Review {
  const relay: RelayState = { lastLoadedAtMs: 0 };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;

  const tick = async (): Promise<void> => {
    for (const project of deps.projects) await guarded('intake', () => takeArrivals(deps, project));
    await guarded('expiry', () => expire(deps));
    await guarded('relay', () => relayRulings(deps, relay));
  };
  const guarded = async (
    step: 'intake' | 'expiry' | 'relay',
    work: () => Promise<IntakeResult | number | undefined>,
  ): Promise<void> => {
    try {
      await work();
    } catch (error) {
      deps.emit({ kind: 'review_failed', step, error });
    }
  };
  // Ticks of one process never overlap: rows that it writes become visible in the order of their loaded_at.
  const tickOnce = (): Promise<void> => {
    running ??= tick().finally(() => {
      running = undefined;
    });
    return running;
  };
  const loop = (): void => {
    void tickOnce().finally(() => {
      if (!stopped) timer = setTimeout(loop, deps.pollMs ?? POLL_MS);
    });
  };
  return {
    commands: reviewCommands(deps),
    reads: reviewReads(deps),
    routeToReview: routeToReview(deps),
    start: loop,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
    tickOnce,
  };
}

async function expire(deps: ReviewDeps): Promise<undefined> {
  const nowMs = deps.nowMs();
  const { reopened, expired } = await deps.store.expire(nowMs);
  if (reopened.length > 0) deps.emit({ kind: 'review_leases_expired', items: reopened.length });
  if (expired.length > 0) deps.emit({ kind: 'review_items_expired', items: expired.length });
  const projects = new Set([...reopened, ...expired].map(({ project }) => project));
  for (const project of projects) await deps.live.publish(project, 'review', '', nowMs);
  return undefined;
}

const EMPTY: Omit<QueueCounts, 'queue'> = {
  waiting: 0,
  claimed: 0,
  ruledSince: 0,
  overturnedSince: 0,
  oldestCreatedAtMs: null,
  leftOut: 0,
};

function reviewReads({ store, documents, source, nowMs }: ReviewDeps): ReviewReads {
  return {
    async queues(project, sinceMs) {
      const [stored, counts] = await Promise.all([
        documents.list(project, 'Queue'),
        store.queues(project, sinceMs, nowMs()),
      ]);
      const counted = new Map(counts.map((row) => [row.queue, row]));
      const names = new Set([
        ...stored.map(({ document }) => String(document.metadata.name)),
        ...counted.keys(),
      ]);
      const rows = [...names].sort().map(async (queue): Promise<QueueState> => {
        const { description, capacity } = await queueOf(documents, project, queue);
        return { queue, ...EMPTY, ...counted.get(queue), description, capacity };
      });
      return Promise.all(rows);
    },
    list: (filter) => store.list(filter),
    get: (project, id) => store.get(project, id),
    async valuesFor(item) {
      const { values } = await queueOf(documents, item.project, item.queue);
      if (values.length > 0) return values;
      const system = await documents.get(item.project, 'System', item.system);
      const deferred = system?.document.spec.deferred ?? [];
      const decided = await source.valuesOf(item.project, item.system, MAX_VALUES);
      return decided.filter((value) => !deferred.includes(value));
    },
    incidentCounts: (project, incident) => store.incidentCounts(project, incident),
  };
}
