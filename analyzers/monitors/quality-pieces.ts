import { type FeatureSummary, kindOf } from '../../model/feature-summary.ts';
import { totalOf } from '../../model/numeric-bins.ts';
import { HOUR_MS, MINUTE_MS, type Window } from '../../model/time.ts';
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
  ((kindOf(reference) === 'numeric' ? current.bins : current.categories).size <= 1 ||
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

/** Fewer say too little of how values come (a design effect is known to √(2 / pieces)); then they are cut shorter than a window. */
const LEAST_PIECES = 128;

/** Whole hours where they fit: those are read from profiles by the hour. */
function pieceLengthMs(referenceMs: number, windowMs: number): number {
  const shortMs = referenceMs / LEAST_PIECES;
  const unitMs = shortMs >= HOUR_MS ? HOUR_MS : MINUTE_MS;
  return Math.max(MINUTE_MS, Math.min(windowMs, Math.floor(shortMs / unitMs) * unitMs));
}

export type Pieces = {
  of(reference: ReferenceWindow, feature: string): Promise<readonly FeatureSlot[]>;
};

/** A reference in pieces as long as a window or shorter, back from its end; of a season those of its stretches, one after the other. A file has no time to cut. */
export function openPieces({ project, system, stores }: TickContext, windowMs: number): Pieces {
  const known = new Map<string, Promise<readonly FeatureSlot[]>>();
  const cut = (feature: string, at: Window, pieceMs: number): Promise<readonly FeatureSlot[]> => {
    const fromMs = at.endMs - Math.floor((at.endMs - at.startMs) / pieceMs) * pieceMs;
    const query = { project, system, features: [feature], fromMs, toMs: at.endMs, slotMs: pieceMs };
    return stores.profiles.slots(query);
  };
  const load = ({ startMs, endMs, stretches }: ReferenceWindow, feature: string) => {
    const all = stretches ?? [{ startMs, endMs }];
    const pieceMs = pieceLengthMs(
      all.reduce((sum, at) => sum + at.endMs - at.startMs, 0),
      windowMs,
    );
    return Promise.all(all.map((at) => cut(feature, at, pieceMs))).then((slots) => slots.flat());
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
