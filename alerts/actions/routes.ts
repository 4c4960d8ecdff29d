import type { Action, RoutePlan } from '../../model/action.ts';
import { Failure } from '../../model/failure.ts';
import type { ProjectId } from '../../model/ids.ts';
import { type AlertsDeps, LEEWAY } from '../deps.ts';
import { announce } from '../record.ts';
import type { Routing } from '../review/route.ts';

const RUNNING_ROUTES = 100;

/** Decisions already made, of every route that is under way: also of one that a crash left half done. */
export async function finishRoutes(deps: AlertsDeps, project: ProjectId): Promise<void> {
  const running = await deps.actions.list({
    project,
    kind: 'route',
    states: ['running'],
    limit: RUNNING_ROUTES,
  });
  for (const action of running) {
    if (action.plan.kind === 'route') await finishRoute(deps, action, action.plan);
  }
}

/** Under the system's lock and in one transaction: one process does it, and a crash leaves all of it undone. */
async function finishRoute(deps: AlertsDeps, action: Action, plan: RoutePlan): Promise<void> {
  const { project, system, incident: id } = action;
  await deps.db.transaction(async (tx) => {
    await deps.incidents.lockMarks(project, system, tx);
    if ((await deps.actions.get(project, action.id, tx))?.state !== 'running') return;
    const nowMs = deps.nowMs();
    const end = await deps
      .routeToReview(tx, { project, system, incident: id, plan }, nowMs)
      .then(routed, (error: unknown) => notRouted(error));
    await deps.actions.move(
      action.id,
      ['running'],
      { to: end.state, sentence: end.sentence, finishedAtMs: nowMs },
      tx,
    );
    const incident = await deps.incidents.get(project, id, tx);
    if (!incident) return;
    const entry = {
      atMs: action.atMs,
      kind: end.entry,
      by: LEEWAY,
      sentence: end.sentence,
      details: { action: action.id },
    };
    await announce(deps, tx, incident, [entry], [], nowMs);
    const { state, sentence } = end;
    deps.emit({ kind: 'action_moved', project, system, incident: id, action: 'route', state, sentence });
  });
}

const routed = ({ sentence }: Routing) => ({ state: 'done', entry: 'routed_to_review', sentence }) as const;

/** What may work later is tried again at the next tick. */
function notRouted(error: unknown) {
  if (!(error instanceof Failure) || error.retryable) throw error;
  return { state: 'failed', entry: 'action_failed', sentence: `Routing failed: ${error.message}` } as const;
}
