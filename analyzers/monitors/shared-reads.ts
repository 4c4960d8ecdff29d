import type { ProfileStore, SummaryQuery } from '../../store/ports/profiles.ts';

/**
 * The profiles as one evaluation of a system reads them: what was asked for once is not asked for again. Nothing is
 * summarised while monitors look, so what was read stays true until the tick is over, and is forgotten with it.
 */
export function sharedReads(profiles: ProfileStore): ProfileStore {
  const slots = new Map<string, ReturnType<ProfileStore['slots']>>();
  const merged = new Map<string, ReturnType<ProfileStore['merged']>>();
  const versions = new Map<string, ReturnType<ProfileStore['versions']>>();
  return {
    ...profiles,
    slots: (query) => once(slots, `${keyOf(query)}/${query.slotMs}`, () => profiles.slots(query)),
    merged: (query) => once(merged, keyOf(query), () => profiles.merged(query)),
    versions: (project, system, range) =>
      once(versions, JSON.stringify([project, system, range]), () =>
        profiles.versions(project, system, range),
      ),
  };
}

/** In one order, whatever the order its maker wrote it in. */
const keyOf = (query: SummaryQuery): string =>
  JSON.stringify([
    ...[query.project, query.system, query.segment ?? '', query.modelVersion ?? null],
    ...[query.features ?? null, query.fromMs, query.toMs],
  ]);

/** Failures are kept too: what cannot be read now is not tried once more by each monitor of the tick. */
function once<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const answer = known.get(key) ?? ask();
  known.set(key, answer);
  return answer;
}
