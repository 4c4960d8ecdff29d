import type { FeatureSummary } from '../../model/feature-summary.ts';
import { totalOf } from '../../model/numeric-bins.ts';
import { MINUTE_MS, type Window } from '../../model/time.ts';
import type { FeatureSlot } from '../../store/ports/profiles.ts';
import type { TickContext } from '../deps.ts';
import { askedFor, type Brought } from '../quality/feature-checks.ts';
import type { ReferenceWindow } from './references.ts';

/** A category of the reference is not in the window, or one value only: a reason to ask whether its values come in spells. */
export const isOdd = ({
  current,
  reference,
}: {
  readonly current: FeatureSummary;
  readonly reference: FeatureSummary | undefined;
}): boolean =>
  reference !== undefined &&
  (current.bins.size <= 1 ||
    [...reference.categories.keys()].some((category) => !current.categories.has(category)));

/** A piece in which the feature never came has decisions, and no values. */
export function broughtIn(
  values: readonly FeatureSlot[],
  decisions: readonly FeatureSlot[],
): readonly Brought[] {
  const brought = new Map(values.map((slot) => [slot.startMs, askedFor(slot)]));
  return decisions.map((slot) => ({
    brought: brought.get(slot.startMs) ?? 0,
    all: totalOf(slot.categories),
  }));
}

/** Fewer say too little of how values come; then the pieces are cut shorter than a window. */
const LEAST_PIECES = 8;

export type Pieces = {
  of(reference: ReferenceWindow, feature: string): Promise<readonly FeatureSlot[]>;
};

/** A reference in pieces as long as a window, back from its end, or shorter ones. Of a season each stretch is one; a file has no time to cut. */
export function openPieces({ project, system, stores }: TickContext, windowMs: number): Pieces {
  const known = new Map<string, Promise<readonly FeatureSlot[]>>();
  const cut = (feature: string, at: Window, pieceMs: number): Promise<readonly FeatureSlot[]> => {
    const fromMs = at.endMs - Math.floor((at.endMs - at.startMs) / pieceMs) * pieceMs;
    const query = { project, system, features: [feature], fromMs, toMs: at.endMs, slotMs: pieceMs };
    return stores.profiles.slots(query);
  };
  const load = ({ startMs, endMs, stretches }: ReferenceWindow, feature: string) => {
    if (stretches !== undefined)
      return Promise.all(stretches.map((at) => cut(feature, at, windowMs))).then((slots) => slots.flat());
    const shortMs = Math.floor((endMs - startMs) / LEAST_PIECES / MINUTE_MS) * MINUTE_MS;
    return cut(feature, { startMs, endMs }, Math.max(MINUTE_MS, Math.min(windowMs, shortMs)));
  };
  return {
    of: async (reference, feature) => {
      if (reference.kind === 'stored') return [];
      const key = `${reference.startMs}/${reference.endMs}/${feature}`;
      const found = known.get(key) ?? load(reference, feature);
      known.set(key, found);
      return found;
    },
  };
}
