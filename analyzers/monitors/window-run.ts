import type { FeatureChoice } from '../../model/documents/monitor/common.ts';
import type { MonitorSpec } from '../../model/documents/monitor.ts';
import type { Reference } from '../../model/documents/reference.ts';
import type { FeatureSummary } from '../../model/feature-summary.ts';
import { emptySummary, mergeSummaries } from '../../model/feature-summary.ts';
import { formatDuration, MINUTE_MS, startOf, type Window } from '../../model/time.ts';
import type { FeatureSlot } from '../../store/ports/profiles.ts';
import type { Summarised, TickContext } from '../deps.ts';
import { instantWords } from '../words.ts';

/** Steps evaluated in one tick, so that a catch-up over months shares its time with others. */
const STEPS_PER_TICK = 200;

/** Ends of the windows that are due. */
export function dueEnds(
  spec: MonitorSpec,
  evaluatedUntilMs: number | undefined,
  summarised: Summarised,
): { readonly endsMs: readonly number[]; readonly more: boolean } {
  const stepMs = spec.step ?? spec.window;
  const fromMs = evaluatedUntilMs ?? startOf(summarised.firstEventMs, stepMs);
  const endsMs: number[] = [];
  let endMs = startOf(fromMs, stepMs) + stepMs;
  for (; endMs <= summarised.profiledUntilMs && endsMs.length < STEPS_PER_TICK; endMs += stepMs)
    endsMs.push(endMs);
  return { endsMs, more: endMs <= summarised.profiledUntilMs };
}

/** Where the reference of a window lies, or why it has none. */
export function referenceOf(
  reference: Reference,
  window: Window,
  firstEventMs: number,
): { readonly kind: 'at'; readonly window: Window } | { readonly kind: 'none'; readonly because: string } {
  const at = place(reference, window, firstEventMs);
  if (at.endMs <= window.startMs && at.startMs >= startOf(firstEventMs, MINUTE_MS))
    return { kind: 'at', window: at };
  if (reference.kind === 'first')
    return {
      kind: 'none',
      because: `the reference is still being collected (the first ${formatDuration(reference.length)}, until ${instantWords(at.endMs)})`,
    };
  if (reference.kind === 'previous')
    return {
      kind: 'none',
      because: `there are not yet ${formatDuration(reference.length)} before the window`,
    };
  // What a person fixed is taken as it is, also when history begins inside it; a window inside it says nothing.
  return at.endMs <= window.startMs
    ? { kind: 'at', window: at }
    : {
        kind: 'none',
        because: `the window is not after its reference, which ends ${instantWords(at.endMs)}`,
      };
}

function place(reference: Reference, window: Window, firstEventMs: number): Window {
  switch (reference.kind) {
    case 'fixed':
      return { startMs: startOf(reference.from, MINUTE_MS), endMs: startOf(reference.to, MINUTE_MS) };
    case 'previous':
      return { startMs: window.startMs - reference.length, endMs: window.startMs };
    case 'first': {
      const startMs = startOf(firstEventMs, MINUTE_MS);
      return { startMs, endMs: startMs + reference.length };
    }
  }
}

export type Summaries = ReadonlyMap<string, FeatureSummary>;

/** Summaries of any stretch whose edges are slot edges, from one load. */
export type SlotSeries = { merge(window: Window): Summaries };

export async function loadSlots(
  context: TickContext,
  window: Window,
  slotMs: number,
  features: FeatureChoice,
): Promise<SlotSeries> {
  const slots = await context.stores.profiles.slots({
    project: context.project,
    system: context.system,
    ...(features === 'all' ? {} : { features }),
    fromMs: window.startMs,
    toMs: window.endMs,
    slotMs,
  });
  const byFeature = Map.groupBy(slots, (slot) => slot.feature);
  return { merge: (part) => mergePart(byFeature, part) };
}

function mergePart(byFeature: ReadonlyMap<string, readonly FeatureSlot[]>, part: Window): Summaries {
  const merged = new Map<string, FeatureSummary>();
  for (const [feature, slots] of byFeature) {
    const inside = slots.filter((slot) => slot.startMs >= part.startMs && slot.startMs < part.endMs);
    if (inside.length > 0) merged.set(feature, mergeSummaries(feature, inside));
  }
  return merged;
}

/** Names to look at: those that are asked for, or all that the window, the reference or the contract know. */
export function featureNames(features: FeatureChoice, known: readonly Iterable<string>[]): readonly string[] {
  if (features !== 'all') return features;
  return [...new Set(known.flatMap((names) => [...names]))].sort();
}

export const summaryOf = (summaries: Summaries | undefined, feature: string): FeatureSummary =>
  summaries?.get(feature) ?? emptySummary(feature);

/** The largest length of which all are multiples. */
export const commonMs = (...lengths: readonly number[]): number =>
  lengths.reduce((a, b) => {
    let [x, y] = [a, b];
    while (y > 0) [x, y] = [y, x % y];
    return x;
  });

/** References that do not move are kept between ticks; a restatement of the system drops them. */
export type ReferenceCache = Map<string, Promise<Summaries>>;

export function fixedReference(
  context: TickContext,
  cache: ReferenceCache,
  window: Window,
): Promise<Summaries> {
  const key = `${context.project}/${context.system}/${window.startMs}/${window.endMs}`;
  const known = cache.get(key);
  if (known) return known;
  const { project, system, stores } = context;
  const loaded = stores.profiles
    .merged({ project, system, fromMs: window.startMs, toMs: window.endMs })
    .then((rows): Summaries => new Map(rows.map((row) => [row.feature, row])));
  cache.set(key, loaded);
  loaded.catch(() => cache.delete(key));
  return loaded;
}
