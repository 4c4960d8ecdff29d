import type { DocumentOf } from '../../model/documents/document.ts';
import { type GateTurn, routedSince } from '../../model/gate.ts';
import { type MinuteSums, minuteSums } from '../../model/minute-sums.ts';
import { DAY_MS, type Window } from '../../model/time.ts';
import type { Stored } from '../../store/ports/documents.ts';
import type { SloCounts } from '../alarm/burn.ts';
import type { TickContext } from '../deps.ts';

/** What a budget burned before is read off so much, or as much as the window where that is longer. */
const BEFORE_MS = DAY_MS;
/** Changes of a gate that are looked through. */
export const GATE_CHANGES = 200;

type Budgets = {
  /** What each SLO of the system counted in the window and before the drift began. */
  around(window: Window, onsetMs: number | null): Promise<readonly SloCounts[]>;
};

/** Read only when there is a drift to weigh; one reading of each SLO for all drifts of a window. */
export function openBudgets(context: TickContext): Budgets {
  const { stores, project, system, slos } = context;
  const known = new Map<string, Promise<MinuteSums>>();
  let turns: Promise<readonly GateTurn[]> | undefined;

  const sumsOf = ({ document }: Stored<DocumentOf<'SLO'>>, window: Window): Promise<MinuteSums> => {
    const { metadata, spec } = document;
    const key = `${metadata.name}/${window.startMs}/${window.endMs}`;
    const found = known.get(key) ?? load(metadata.name, spec.period, window);
    known.set(key, found);
    return found;
  };
  const load = async (slo: string, periodMs: number, window: Window): Promise<MinuteSums> => {
    const lookBackMs = Math.max(periodMs, 2 * (window.endMs - window.startMs) + BEFORE_MS);
    const fromMs = Math.max(0, window.endMs - lookBackMs);
    const minutes = await stores.sloMinutes.series(project, slo, fromMs, window.endMs);
    return minuteSums(minutes.map(({ minuteMs, good, total }) => ({ minuteMs, bad: total - good, total })));
  };

  return {
    around: async (window, onsetMs) => {
      turns ??= stores.gates?.history(project, system, GATE_CHANGES) ?? Promise.resolve([]);
      const routedSinceMs = routedSince(await turns, window);
      const fromMs = Math.min(window.endMs, Math.max(window.startMs, onsetMs ?? window.startMs));
      const beganMs = Math.min(fromMs, onsetMs ?? fromMs);
      const beforeMs = Math.max(BEFORE_MS, window.endMs - window.startMs);
      return Promise.all(
        slos.map(async (stored) => {
          const { metadata, spec } = stored.document;
          const sums = await sumsOf(stored, window);
          return {
            name: metadata.name,
            spec,
            now: sums.window(fromMs, window.endMs),
            before: sums.window(beganMs - beforeMs, beganMs),
            period: sums.window(window.endMs - spec.period, window.endMs),
            routedSinceMs,
          };
        }),
      );
    },
  };
}
