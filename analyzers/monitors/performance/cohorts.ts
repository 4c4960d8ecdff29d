import type { PerformanceMonitorSpec } from '../../../model/documents/monitor/performance.ts';
import { DAY_MS, HOUR_MS, startOf } from '../../../model/time.ts';
import type { CohortDefinition, CohortStore } from '../../../store/ports/cohorts.ts';
import type { MinuteRange } from '../../../store/ports/profiles.ts';
import type { Cursors } from '../../../store/ports/progress.ts';
import type { Summarised, TickContext } from '../../deps.ts';
import { chunksOf, VOLUME_BUCKET_MS } from '../../profile/plan.ts';

/** How far decisions are counted in cohorts, and which rows they were counted with. */
export type CohortProgress = {
  readonly version: number;
  /** Which sums were counted; left out: the first set. */
  readonly sums?: number;
  readonly countedUntilMs: number;
  /** Stamp of the newest count; rises, so that a later one always wins. */
  readonly computedAtMs: number;
  readonly decisions: Cursors;
  readonly outcomes: Cursors;
};

/** Rises when a task needs a sum that was not counted before: then its history is counted again. */
const SUMS = { binary: 1, multiclass: 1, regression: 2 } as const;
/** Statements in one tick, so that a long history shares its time with others. */
const CHUNKS_PER_TICK = 24;
/** Hours restated in one statement. */
const RESTATED_MS = 2 * DAY_MS;

/** The monitor's, or the system's, and those whose groups are held against each other. */
export const definitionOf = (
  monitor: string,
  spec: PerformanceMonitorSpec,
  systemSegments: readonly string[],
): CohortDefinition => ({
  monitor,
  task: spec.task,
  segments: [...new Set([...(spec.segments ?? systemSegments), ...spec.protected])],
});

/**
 * Counts hours that have closed since, and counts anew those that late decisions or labels touch. With a new version of
 * the document all of history is counted again. Rows that come while it works are seen as new next time.
 */
export async function countCohorts(
  context: TickContext,
  store: CohortStore,
  definition: CohortDefinition,
  saved: CohortProgress | undefined,
  version: number,
  summarised: Summarised,
): Promise<{ readonly progress: CohortProgress; readonly more: boolean }> {
  const { project, system } = context;
  const { progress } = summarised;
  const sums = SUMS[definition.task.kind];
  const known = saved?.version === version && (saved.sums ?? 1) === sums ? saved : undefined;
  const computedAtMs = Math.max(context.nowMs(), (saved?.computedAtMs ?? 0) + 1);
  const fromMs = known?.countedUntilMs ?? startOf(summarised.firstEventMs, HOUR_MS);
  const closedMs = startOf(summarised.profiledUntilMs, HOUR_MS);
  const touched =
    known === undefined
      ? []
      : await store.touchedHours({
          project,
          system,
          decisions: known.decisions,
          outcomes: known.outcomes,
          closedBeforeMs: fromMs,
        });
  for (const range of hourRanges(touched))
    await store.count(project, system, definition, [range], computedAtMs);
  let countedUntilMs = fromMs;
  let more = false;
  if (closedMs > fromMs) {
    const range = { fromMs, toMs: closedMs };
    const volume = await context.stores.profiles.volume(project, system, range, VOLUME_BUCKET_MS);
    const chunks = chunksOf(range, volume);
    for (const chunk of chunks.slice(0, CHUNKS_PER_TICK)) {
      await store.count(project, system, definition, [chunk], computedAtMs);
      countedUntilMs = chunk.toMs;
    }
    more = countedUntilMs < closedMs;
  }
  return {
    progress: {
      version,
      sums,
      countedUntilMs,
      computedAtMs,
      decisions: progress.decisions.cursors,
      outcomes: progress.outcomes.cursors,
    },
    more,
  };
}

function hourRanges(hoursMs: readonly number[]): readonly MinuteRange[] {
  const ranges: { fromMs: number; toMs: number }[] = [];
  for (const hourMs of hoursMs) {
    const last = ranges.at(-1);
    if (last && hourMs === last.toMs && last.toMs - last.fromMs < RESTATED_MS) last.toMs += HOUR_MS;
    else ranges.push({ fromMs: hourMs, toMs: hourMs + HOUR_MS });
  }
  return ranges;
}
