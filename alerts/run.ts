import type { ProjectId } from '../model/ids.ts';
import type { Incident } from '../model/incident.ts';
import { eventClock } from './actions/hold.ts';
import { followPolicies } from './actions/policies.ts';
import { finishRoutes } from './actions/routes.ts';
import { verifyRollback, watchRoute } from './actions/verification.ts';
import { createCommands, type IncidentCommands } from './commands/commands.ts';
import { eventNowMs } from './decide/transition.ts';
import type { AlertsDeps } from './deps.ts';
import { createReader } from './read.ts';
import { type Step, stepsOf } from './steps.ts';
import { takeFindings } from './take.ts';
import { inTurns } from './turns.ts';

export type Alerts = {
  start(): void;
  /** Waits for the tick that is under way. */
  stop(): Promise<void>;
  /** Takes what is new, and does what follows from it. */
  tickOnce(): Promise<void>;
  readonly commands: IncidentCommands;
};

const TICK_EVERY_MS = 1_000;
/** Pages of findings in one tick: a long catch-up gives way to actions in between. */
const MAX_PAGES = 10;
const MAX_OPEN_INCIDENTS = 1_000;

/**
 * Findings → incidents → actions, for every project, in this order. Any number of processes may run it: everything that must
 * happen once happens under the system's lock, against a revision that was read, or under a key that is unique.
 */
export function createAlerts(given: AlertsDeps): Alerts {
  const deps: AlertsDeps = { ...given, db: inTurns(given.db) };
  const reader = createReader(deps);
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let underWay: Promise<void> = Promise.resolve();
  let subscribed: Promise<(() => Promise<void>) | undefined> = Promise.resolve(undefined);

  const failed = (error: unknown): void => deps.emit({ kind: 'tick_failed', error });

  const takeNew = async (project: ProjectId): Promise<void> => {
    for (let page = 0; page < MAX_PAGES && !isStopped; page += 1) {
      const batch = await reader.next(project);
      if (batch.bySystem.size === 0) return;
      const open = await openIncidents(deps, project);
      const inTrouble = new Set<string>();
      for (const step of stepsOf(batch.bySystem, new Set(open.map(({ system }) => String(system)))))
        await takeStep(deps, project, step, { inTrouble, failed });
      // One system in trouble holds up no other; the page is read again, and what was taken of it is recognised.
      if (inTrouble.size > 0) return;
      await reader.taken(project, batch);
    }
  };

  const tickOnce = async (): Promise<void> => {
    const startedAtMs = deps.nowMs();
    for (const project of await deps.projects()) {
      await takeNew(project);
      await tendAll(deps, project, failed);
      await finishRoutes(deps, project);
    }
    deps.emit({ kind: 'tick_done', tookMs: deps.nowMs() - startedAtMs });
  };

  const loop = (): void => {
    timer = undefined;
    underWay = tickOnce()
      .catch(failed)
      .finally(() => {
        if (!isStopped) timer = setTimeout(loop, deps.tickEveryMs ?? TICK_EVERY_MS);
      });
  };
  /** New findings are taken at once: what a page costs is counted in seconds. A tick that is under way sees them, or the next. */
  const wake = (): void => {
    if (timer === undefined || isStopped) return;
    clearTimeout(timer);
    loop();
  };

  return {
    start() {
      loop();
      // Without it the clock alone sees to everything, a little later.
      subscribed = deps.live
        .subscribe(({ topic }) => (topic === 'analysis' ? wake() : undefined))
        .catch((error: unknown) => {
          failed(error);
          return undefined;
        });
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await (await subscribed)?.();
      await underWay;
    },
    tickOnce,
    commands: createCommands(deps),
  };
}

const openIncidents = (deps: AlertsDeps, project: ProjectId): Promise<readonly Incident[]> =>
  deps.incidents.list({
    project,
    states: ['open', 'acknowledged', 'mitigating', 'verifying'],
    limit: MAX_OPEN_INCIDENTS,
  });

/** Takes a step's findings, and acts on what stands then, at that instant of event time: late or not, it comes to the same. */
async function takeStep(
  deps: AlertsDeps,
  project: ProjectId,
  { endMs, bySystem }: Step,
  trouble: { readonly inTrouble: Set<string>; readonly failed: (error: unknown) => void },
): Promise<void> {
  const failedOn = (system: string) => (error: unknown) => {
    trouble.inTrouble.add(system);
    trouble.failed(error);
  };
  // Later windows of a system must not be taken before earlier ones: those would be stale when they are read again.
  for (const [system, findings] of bySystem)
    if (!trouble.inTrouble.has(system))
      await takeFindings(deps, project, system, findings).catch(failedOn(system));
  let tended = 0;
  for (const incident of await openIncidents(deps, project)) {
    if (!bySystem.has(incident.system) || trouble.inTrouble.has(incident.system)) continue;
    await tend(deps, incident, Math.max(endMs, eventNowMs(incident))).catch(failedOn(incident.system));
    tended += 1;
  }
  if (tended > 0) await finishRoutes(deps, project);
}

async function tendAll(
  deps: AlertsDeps,
  project: ProjectId,
  failed: (error: unknown) => void,
): Promise<void> {
  for (const incident of await openIncidents(deps, project))
    await eventClock(deps, incident)
      .then((nowMs) => tend(deps, incident, nowMs))
      .catch(failed);
}

/** What an open incident asks for at an instant. Each step reads the incident anew when the step before has changed it. */
async function tend(deps: AlertsDeps, incident: Incident, nowMs: number): Promise<void> {
  if (incident.state === 'verifying') await verifyRollback(deps, incident, nowMs);
  else await watchRoute(deps, incident, nowMs);
  const current = await deps.incidents.get(incident.project, incident.id);
  if (current && current.state !== 'resolved') await followPolicies(deps, current, nowMs);
}
