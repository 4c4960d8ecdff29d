import type { FeatureChoice } from '../../model/documents/monitor/common.ts';
import type { MonitorSpec } from '../../model/documents/monitor.ts';
import type { FeatureSummary } from '../../model/feature-summary.ts';
import { emptySummary, mergeSummaries } from '../../model/feature-summary.ts';
import { byNearnessToHarm, VALUE_FEATURE } from '../../model/own-features.ts';
import { startOf, type Window } from '../../model/time.ts';
import type { FeatureSlot } from '../../store/ports/profiles.ts';
import type { Summarised, TickContext } from '../deps.ts';

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

export type Summaries = ReadonlyMap<string, FeatureSummary>;

/** Part of a system's decisions; left out: all of them. */
export type Slice = { readonly segment?: string; readonly modelVersion?: string };

/** Summaries of any stretch whose edges are slot edges, from one load. */
export type SlotSeries = { merge(window: Window): Summaries };

export async function loadSlots(
  context: TickContext,
  window: Window,
  slotMs: number,
  features: FeatureChoice,
  slice: Slice = {},
  /** What is read, of which `features` are taken. */
  asked: FeatureChoice = features,
): Promise<SlotSeries> {
  const slots = await context.stores.profiles.slots({
    project: context.project,
    system: context.system,
    ...slice,
    ...(asked === 'all' ? {} : { features: asked }),
    fromMs: window.startMs,
    toMs: window.endMs,
    slotMs,
  });
  const own = features === 'all' ? undefined : new Set(features);
  const taken = own ? slots.filter(({ feature }) => own.has(feature)) : slots;
  const byFeature = Map.groupBy(taken, (slot) => slot.feature);
  return { merge: (part) => mergePart(byFeature, part) };
}

/**
 * Features that any drift or quality monitor of the same windows looks at, in one order whoever asks: so that all of them
 * ask the same of the profiles, and one statement serves them (`sharedReads`).
 */
export function featuresBeside(
  monitors: TickContext['monitors'],
  own: { readonly window: number; readonly step?: number | undefined; readonly features: FeatureChoice },
): FeatureChoice {
  if (own.features === 'all') return 'all';
  const stepOf = ({ window, step }: Pick<typeof own, 'window' | 'step'>): number => step ?? window;
  const named = new Set(own.features);
  for (const { spec } of monitors.map(({ document }) => document)) {
    if (spec.kind !== 'drift' && spec.kind !== 'quality') continue;
    if (spec.window !== own.window || stepOf(spec) !== stepOf(own)) continue;
    if (spec.features === 'all') return 'all';
    for (const feature of spec.features) named.add(feature);
    // Quality counts its windows by it.
    if (spec.kind === 'quality') named.add(VALUE_FEATURE);
  }
  return [...named].sort();
}

function mergePart(byFeature: ReadonlyMap<string, readonly FeatureSlot[]>, part: Window): Summaries {
  const merged = new Map<string, FeatureSummary>();
  for (const [feature, slots] of byFeature) {
    const inside = slots.filter((slot) => slot.startMs >= part.startMs && slot.startMs < part.endMs);
    if (inside.length > 0) merged.set(feature, mergeSummaries(feature, inside));
  }
  return merged;
}

/** Names to look at, predictions first: those that are asked for, or all that the window, the reference or the contract know. */
export function featureNames(features: FeatureChoice, known: readonly Iterable<string>[]): readonly string[] {
  if (features !== 'all') return features;
  return [...new Set(known.flatMap((names) => [...names]))].sort(byNearnessToHarm);
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
