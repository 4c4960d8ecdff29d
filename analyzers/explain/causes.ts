import type { Cause, ExplainQuery, KnownChange, Onset } from '../../model/explanation.ts';
import { DAY_MS } from '../../model/time.ts';
import type { ExplainStore } from '../../store/ports/explain.ts';
import { schemaChanges } from './schema.ts';

/** What was changed in a stretch: of the system (gates, documents, references), and of the systems its decisions come from. */
export type Changes = (
  fromMs: number,
  toMs: number,
  upstream: readonly string[],
) => Promise<readonly KnownChange[]>;

const LOOK_BACK_MS = 7 * DAY_MS;
const MOST_CAUSES = 8;
/** Systems that a decision comes from, the most named first. */
const MOST_UPSTREAM = 8;
/** Decisions whose features are looked at, over the days before and the window itself. */
const SAMPLE = 20_000;

/**
 * What Leeway knows to have changed up to the end of the onset's interval, the nearest first: what came after it did not
 * cause it. Features are looked for to the end of the window, since one that went away is only seen to be gone after it.
 */
export async function causesOf(
  { store, changes }: { readonly store: ExplainStore; readonly changes: Changes },
  { project, system, where }: ExplainQuery,
  onset: Onset,
): Promise<readonly Cause[]> {
  const stretch = {
    fromMs: Math.max(0, onset.fromMs - LOOK_BACK_MS),
    toMs: Math.max(where.toMs, onset.toMs + 1),
  };
  const upstream = (await store.upstream(project, system, stretch, LOOK_BACK_MS)).slice(0, MOST_UPSTREAM);
  const told = await changes(stretch.fromMs, onset.toMs + 1, upstream);
  const { decisions, seen } = await store.features(project, system, stretch, SAMPLE);
  return [...told, ...schemaChanges(decisions, seen)]
    .filter(({ atMs }) => atMs <= onset.toMs)
    .map((change) => ({ ...change, beforeOnsetMs: Math.max(0, onset.atMs - change.atMs) }))
    .sort((a, b) => a.beforeOnsetMs - b.beforeOnsetMs)
    .slice(0, MOST_CAUSES);
}
