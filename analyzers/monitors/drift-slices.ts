import { CONTRACT_FEATURE } from '../../model/contract-features.ts';
import { turnsWithin } from '../../model/derived-features.ts';
import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import { kindOf } from '../../model/feature-summary.ts';
import { totalOf } from '../../model/numeric-bins.ts';
import type { Window } from '../../model/time.ts';
import type { Summarised, TickContext } from '../deps.ts';
import type { DriftInput } from '../drift/evaluate.ts';
import { lookBackOf, openReferences, type ReferenceCache, type References } from './references.ts';
import type { RunFrom } from './run.ts';
import {
  commonMs,
  featureNames,
  featuresBeside,
  loadSlots,
  type Slice,
  type SlotSeries,
  type Summaries,
  summaryOf,
} from './window-run.ts';

/** Segments that are looked at one by one, the largest; each costs a part of the budget and a read. */
const MOST_SEGMENTS = 40;
/** Versions that decide at once, likewise. */
const MOST_VERSIONS = 10;

export type SlicePart = Pick<DriftInput, 'modelVersion' | 'segment' | 'current' | 'reference'>;
/** The whole of a system's decisions, or a part of them, feature by feature in a window. */
export type DriftSlice = {
  readonly kind: 'whole' | 'part';
  at(window: Window): Promise<readonly SlicePart[]>;
  /** Of a span, which is too long to be held slot by slot. A version has none: it comes and goes. */
  over(span: Window): Promise<readonly SlicePart[]>;
};

type Due = { readonly firstEndMs: number; readonly lastEndMs: number; readonly summarised: Summarised };

/** The whole, each segment of the monitor's keys, and each version while more than one decides. */
export async function openSlices(
  context: TickContext,
  cache: ReferenceCache,
  of: RunFrom & { readonly spec: DriftMonitorSpec },
  due: Due,
): Promise<readonly DriftSlice[]> {
  const { spec, monitor } = of;
  const references = await openReferences(
    context,
    cache,
    { monitor, reference: spec.reference },
    due.summarised,
  );
  const load = (slice: Slice): Promise<SlotSeries> => loadSeries(context, spec, due, slice);
  const series = await load({});
  const open = (kind: DriftSlice['kind'], slice: Slice, own: SlotSeries): DriftSlice => ({
    kind,
    at: (window) => partsOf(context, spec, references, { slice, series: own }, window),
    over: async (span) => {
      if (slice.modelVersion !== undefined) return [];
      const merged = await loadSpan(context, spec, slice, span);
      const parts = await partsOf(context, spec, references, { slice, series: merged }, span);
      return parts.filter(({ reference }) => reference.kind === 'ready' && !overlaps(reference.window, span));
    },
  });
  const slices = [open('whole', {}, series)];
  for (const segment of await segmentsOf(context, spec, due))
    slices.push(open('part', { segment }, await load({ segment })));
  const versions = spec.versions ? await versionsOf(context, spec, due) : [];
  for (const modelVersion of versions)
    slices.push(
      sharing(series, spec, modelVersion, open('part', { modelVersion }, await load({ modelVersion }))),
    );
  return slices;
}

function loadSeries(
  context: TickContext,
  spec: DriftMonitorSpec,
  { firstEndMs, lastEndMs }: Due,
  slice: Slice,
): Promise<SlotSeries> {
  const stepMs = spec.step ?? spec.window;
  const lookBackMs = lookBackOf(spec.reference);
  const slotMs = commonMs(spec.window, stepMs, ...(lookBackMs > 0 ? [lookBackMs] : []));
  const startMs = firstEndMs - spec.window - lookBackMs;
  const asked = askedOf(context, spec, slice);
  return loadSlots(context, { startMs, endMs: lastEndMs }, slotMs, spec.features, slice, asked);
}

/** Of the whole, monitors of the same windows ask for the same; a part is few monitors' own. */
const askedOf = (context: TickContext, spec: DriftMonitorSpec, slice: Slice) =>
  slice.segment === undefined && slice.modelVersion === undefined
    ? featuresBeside(context.monitors, spec)
    : spec.features;

/** The span, and what lies before it where that is its reference. */
async function loadSpan(
  context: TickContext,
  spec: DriftMonitorSpec,
  slice: Slice,
  span: Window,
): Promise<SlotSeries> {
  const lengthMs = span.endMs - span.startMs;
  const asked = askedOf(context, spec, slice);
  const now = await loadSlots(context, span, lengthMs, spec.features, slice, asked);
  const lookBackMs = lookBackOf(spec.reference);
  if (lookBackMs === 0) return now;
  const earlier = { startMs: span.startMs - lookBackMs, endMs: span.startMs };
  const before = await loadSlots(context, earlier, lookBackMs, spec.features, slice, asked);
  return { merge: (part) => (part.startMs === span.startMs ? now : before).merge(part) };
}

/** A reference that was accepted from these very days would be compared with itself. */
const overlaps = (reference: Window, span: Window): boolean =>
  reference.endMs > reference.startMs && reference.startMs < span.endMs && reference.endMs > span.startMs;

async function segmentsOf(
  context: TickContext,
  spec: DriftMonitorSpec,
  due: Due,
): Promise<readonly string[]> {
  const { project, system, stores } = context;
  const declared = context.spec.segments;
  const { segments } = spec;
  const keys = segments === 'all' ? declared : declared.filter((key) => segments.includes(key));
  const range = { fromMs: due.firstEndMs - spec.window, toMs: due.lastEndMs };
  return stores.impact.segments({ project, system, range }, keys, MOST_SEGMENTS);
}

async function versionsOf(
  context: TickContext,
  spec: DriftMonitorSpec,
  due: Due,
): Promise<readonly string[]> {
  const { project, system, stores } = context;
  const range = { fromMs: due.firstEndMs - spec.window, toMs: due.lastEndMs };
  const found = await stores.profiles.versions(project, system, range);
  return found.length < 2 ? [] : found.slice(-MOST_VERSIONS).map(({ version }) => version);
}

/** A version that made all of a window's decisions is the whole of it, and was looked at as such. */
const sharing = (
  whole: SlotSeries,
  spec: DriftMonitorSpec,
  modelVersion: string,
  slice: DriftSlice,
): DriftSlice => ({
  kind: 'part',
  at: async (window) => {
    const summaries = whole.merge(window);
    const alone = [...summaries.values()].every(
      ({ versions }) => (versions.get(modelVersion) ?? 0) >= totalOf(versions) - spec.minimumN,
    );
    return alone ? [] : slice.at(window);
  },
  over: slice.over,
});

async function partsOf(
  context: TickContext,
  spec: DriftMonitorSpec,
  references: References,
  { slice, series }: { readonly slice: Slice; readonly series: SlotSeries },
  window: Window,
): Promise<readonly SlicePart[]> {
  const current = series.merge(window);
  // A version is held against what all versions were: a new one has no reference of its own.
  const compared = slice.modelVersion !== undefined && spec.reference.kind !== 'previous' ? {} : slice;
  const found = await references.at(window, series, compared);
  const reference = found.kind === 'ready' ? found.summaries : undefined;
  const names = featureNames(spec.features, [
    current.keys(),
    reference?.keys() ?? [],
    ...(slice.segment === undefined && slice.modelVersion === undefined
      ? [Object.keys(context.spec.features)]
      : []),
  ]);
  return names
    .filter((name) => !isSkipped(spec, reference, name))
    .map((name) => ({
      modelVersion: slice.modelVersion ?? '',
      segment: slice.segment ?? '',
      current: summaryOf(current, name),
      reference:
        found.kind === 'none'
          ? { kind: 'absent', because: found.because }
          : { kind: 'ready', window: found.window, summary: summaryOf(reference, name) },
    }));
}

/**
 * Kolmogorov-Smirnov over all features means all that have an order. An hour of the day is no drift in a window of hours. A broken contract is no drift: the quality
 * monitor has a verdict for it.
 */
const isSkipped = (spec: DriftMonitorSpec, reference: Summaries | undefined, name: string): boolean =>
  spec.features === 'all' &&
  (name === CONTRACT_FEATURE ||
    (spec.reference.kind !== 'seasonal' && turnsWithin(name, spec.window)) ||
    (spec.statistic === 'ks' && kindOf(summaryOf(reference, name)) === 'categorical'));
