import { unreachable } from '../../model/brand.ts';
import type { Reference } from '../../model/documents/reference.ts';
import type { FeatureSummary } from '../../model/feature-summary.ts';
import { mergeSummaries } from '../../model/feature-summary.ts';
import { DAY_MS, type Window } from '../../model/time.ts';
import type { MinuteRange } from '../../store/ports/profiles.ts';
import type { ReferenceVersion } from '../../store/ports/references.ts';
import type { Summarised, TickContext } from '../deps.ts';
import {
  none,
  ofVersionNothing,
  openPlaces,
  type ReferencePlace,
  type ReferenceWindow,
} from './reference-places.ts';
import type { Slice, SlotSeries, Summaries } from './window-run.ts';

export type { ReferenceWindow } from './reference-places.ts';

/** How far before a window its series must reach, so that the reference can be read from it. */
export const lookBackOf = (reference: Reference | undefined): number =>
  reference?.kind === 'previous' ? reference.length : 0;

export type ReferenceFound =
  | { readonly kind: 'ready'; readonly window: ReferenceWindow; readonly summaries: Summaries }
  | { readonly kind: 'none'; readonly because: string };

/** References that do not move are kept between ticks, each with its stretch; a restatement drops those that it falls into. */
export type ReferenceCache = Map<
  string,
  { readonly window?: Window; readonly summaries: Promise<Summaries> }
>;

/** Of what was restated. Whole days around it: where finer profiles are gone, coarser ones stand in. */
export function forget(cache: ReferenceCache, { fromMs, toMs }: MinuteRange): void {
  for (const [key, { window }] of cache)
    if (window && window.startMs < toMs + DAY_MS && window.endMs > fromMs - DAY_MS) cache.delete(key);
}

export type References = {
  /** `series` holds the windows and what `lookBackOf` asks for, of the same slice. */
  at(window: Window, series: SlotSeries, slice?: Slice): Promise<ReferenceFound>;
};

/** The references of one monitor, for the windows of one run, as profiles have them. */
export async function openReferences(
  context: TickContext,
  cache: ReferenceCache,
  of: { readonly monitor: string; readonly reference: Reference },
  summarised: Summarised,
): Promise<References> {
  const places = await openPlaces(context, of, summarised);
  const reader = { context, cache };
  return {
    at: async (window, series, slice = {}) => {
      const place = await places.at(window, slice);
      switch (place.kind) {
        case 'none':
          return place;
        case 'stored':
          return stored(reader, place, slice);
        case 'history':
          return past(reader, place, series, slice);
        default:
          return unreachable(place);
      }
    },
  };
}

type Reader = { readonly context: TickContext; readonly cache: ReferenceCache };

async function past(
  reader: Reader,
  { window, stretches, modelVersion }: Extract<ReferencePlace, { kind: 'history' }>,
  series: SlotSeries,
  slice: Slice,
): Promise<ReferenceFound> {
  if (window.kind === 'previous') return { kind: 'ready', window, summaries: series.merge(window) };
  const of = modelVersion === undefined ? slice : { ...slice, modelVersion };
  const parts = await Promise.all(stretches.map((part) => stretch(reader, part, of)));
  const [only] = parts;
  const summaries = only !== undefined && parts.length === 1 ? only : mergeAll(parts);
  return modelVersion !== undefined && summaries.size === 0
    ? none(ofVersionNothing(modelVersion, window.endMs - window.startMs))
    : { kind: 'ready', window, summaries };
}

/** Named slice of a stretch, kept while nothing of it is restated. */
function stretch({ context, cache }: Reader, window: Window, slice: Slice): Promise<Summaries> {
  const { project, system, stores } = context;
  const key = `${project}/${system}/${window.startMs}/${window.endMs}/${slice.segment ?? ''}/${slice.modelVersion ?? ''}`;
  return remembered(
    cache,
    key,
    () => stores.profiles.merged({ project, system, ...slice, fromMs: window.startMs, toMs: window.endMs }),
    window,
  );
}

/** A moving reference leaves one entry per window behind; so many are enough for a catch-up. */
const MOST_REMEMBERED = 2_000;

function remembered(
  cache: ReferenceCache,
  key: string,
  load: () => Promise<readonly FeatureSummary[]>,
  window?: Window,
): Promise<Summaries> {
  const known = cache.get(key);
  if (known) return known.summaries;
  const loaded = load().then((rows): Summaries => new Map(rows.map((row) => [row.feature, row])));
  const [oldest] = cache.keys();
  if (cache.size >= MOST_REMEMBERED && oldest !== undefined) cache.delete(oldest);
  cache.set(key, { summaries: loaded, ...(window ? { window } : {}) });
  loaded.catch(() => cache.delete(key));
  return loaded;
}

function mergeAll(parts: readonly Summaries[]): Summaries {
  const features = new Set(parts.flatMap((part) => [...part.keys()]));
  return new Map(
    [...features].map((feature) => [
      feature,
      mergeSummaries(
        feature,
        parts.flatMap((part) => part.get(feature) ?? []),
      ),
    ]),
  );
}

async function stored(
  { context, cache }: Reader,
  { window, version }: { readonly window: ReferenceWindow; readonly version: ReferenceVersion },
  slice: Slice,
): Promise<ReferenceFound> {
  const profiles = context.stores.references?.profiles;
  if (!profiles) return none('this process cannot read stored references');
  const key = `stored/${version.id}/${slice.segment ?? ''}/${slice.modelVersion ?? ''}`;
  const summaries = await remembered(cache, key, () => profiles.read(context.project, version.id, slice));
  return summaries.size === 0
    ? none(`reference ${version.name} version ${version.version} holds nothing of ${sliceWords(slice)}`)
    : { kind: 'ready', window, summaries };
}

const sliceWords = ({ segment, modelVersion }: Slice): string =>
  [segment ? `segment ${segment}` : '', modelVersion ? `version ${modelVersion}` : '']
    .filter((word) => word !== '')
    .join(', ') || 'the whole system';
