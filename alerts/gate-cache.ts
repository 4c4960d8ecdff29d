import type { Gate } from '../model/gate.ts';
import type { ProjectId } from '../model/ids.ts';
import type { GateStore } from '../store/ports/gates.ts';
import type { LiveBus } from '../store/ports/live.ts';

export type GateCache = {
  /** From memory. The first call for a project reads it. */
  get(project: ProjectId, system: string): Promise<Gate | undefined>;
  list(project: ProjectId): Promise<readonly Gate[]>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type GateCacheDeps = {
  readonly gates: Pick<GateStore, 'get' | 'list'>;
  readonly live: Pick<LiveBus, 'subscribe'>;
  /** A read that failed: the cache answers what it knew, and reads again at the next refresh. */
  readonly onError: (error: unknown) => void;
  readonly refreshEveryMs?: number;
};

/** A notification can be lost with its connection; no answer is older than this for that reason. */
const REFRESH_EVERY_MS = 5_000;

/**
 * Gates are asked before every decision, and change a few times a year: they are answered from memory. A change is told by
 * the store (NOTIFY) within milliseconds and read again; a newer revision always wins over an older one that arrives late.
 */
export function createGateCache(deps: GateCacheDeps): GateCache {
  const projects = new Map<ProjectId, Promise<Map<string, Gate>>>();
  let unsubscribe: (() => Promise<void>) | undefined;
  let timer: NodeJS.Timeout | undefined;

  const load = (project: ProjectId): Promise<Map<string, Gate>> => {
    const known = projects.get(project);
    if (known) return known;
    const loading = deps.gates
      .list(project)
      .then((gates) => new Map(gates.map((gate) => [String(gate.system), gate])));
    projects.set(project, loading);
    // A failed first read must not be remembered: the next question asks again.
    loading.catch(() => projects.delete(project));
    return loading;
  };

  const keepNewest = (gates: Map<string, Gate>, gate: Gate): void => {
    const held = gates.get(gate.system);
    if (!held || held.revision <= gate.revision) gates.set(gate.system, gate);
  };

  const refresh = async (project: ProjectId, system?: string): Promise<void> => {
    const gates = await projects.get(project);
    if (!gates) return;
    const read = system ? [await deps.gates.get(project, system)] : await deps.gates.list(project);
    for (const gate of read) if (gate) keepNewest(gates, gate);
  };

  return {
    get: async (project, system) => (await load(project)).get(system),
    list: async (project) =>
      [...(await load(project)).values()].sort((a, b) => (a.system < b.system ? -1 : 1)),
    async start() {
      unsubscribe = await deps.live.subscribe((event) => {
        if (event.topic === 'gate') refresh(event.project, event.ref || undefined).catch(deps.onError);
      });
      timer = setInterval(() => {
        for (const project of projects.keys()) refresh(project).catch(deps.onError);
      }, deps.refreshEveryMs ?? REFRESH_EVERY_MS);
    },
    async stop() {
      clearInterval(timer);
      await unsubscribe?.();
    },
  };
}
