import type { PerformanceMonitorSpec } from '../../../model/documents/monitor/performance.ts';
import type { ProjectId } from '../../../model/ids.ts';
import type { Window } from '../../../model/time.ts';
import type { Cell, CohortStore, Known } from '../../../store/ports/cohorts.ts';
import type { TickContext } from '../../deps.ts';

/** Everything one step needs, beside its instant. */
export type PerformanceRun = {
  readonly context: TickContext;
  readonly store: CohortStore;
  readonly monitor: string;
  readonly spec: PerformanceMonitorSpec;
  readonly firstEventMs: number;
  /** Every segment of a stretch, read once in a step however many ask. */
  readonly cells: (window: Window, known: Known) => Promise<readonly Cell[]>;
};

export function cellReader(store: CohortStore, project: ProjectId, monitor: string): PerformanceRun['cells'] {
  const read = new Map<string, Promise<readonly Cell[]>>();
  return ({ startMs, endMs }, known) => {
    const key = JSON.stringify([startMs, endMs, known]);
    const cells = read.get(key) ?? store.cells({ project, monitor, fromMs: startMs, toMs: endMs, known });
    read.set(key, cells);
    return cells;
  };
}
