import { unreachable } from '../../model/brand.ts';
import type { Reference } from '../../model/documents/reference.ts';
import type { FeatureSummary } from '../../model/feature-summary.ts';
import { mergeSummaries } from '../../model/feature-summary.ts';
import { DAY_MS, formatDuration, MINUTE_MS, startOf, type Window } from '../../model/time.ts';
import type { ReferenceVersion } from '../../store/ports/references.ts';
import type { Summarised, TickContext } from '../deps.ts';
import { instantWords } from '../words.ts';
import type { Slice, SlotSeries, Summaries } from './window-run.ts';

const WEEK_MS = 7 * DAY_MS;

/** What a window was compared with, as findings carry it. */
export type ReferenceWindow = Window & {
  readonly kind: Reference['kind'];
  /** Of a stored or accepted reference: which one, and what its numbers hash to. */
  readonly name?: string;
  readonly version?: number;
  readonly hash?: string;
  /** Seasonal: each of the stretches. */
  readonly stretches?: readonly Window[];
  readonly modelVersion?: string;
};

export type ReferencePlace =
  | { readonly kind: 'at'; readonly window: Window }
  | { readonly kind: 'none'; readonly because: string };

const none = (because: string) => ({ kind: 'none' as const, because });

/** Where in time the reference of a window lies, or why it has none; for references that are one stretch of time. */
export function referenceOf(reference: Reference, window: Window, firstEventMs: number): ReferencePlace {
  const at = stretchOf(reference, window, firstEventMs);
  if (at === undefined)
    return none(`a ${reference.kind} reference is no stretch of time: use first, fixed or previous here`);
  if (at.endMs <= window.startMs && at.startMs >= startOf(firstEventMs, MINUTE_MS))
    return { kind: 'at', window: at };
  if (reference.kind === 'first')
    return none(
      `the reference is still being collected (the first ${formatDuration(reference.length)}, until ${instantWords(at.endMs)})`,
    );
  if (reference.kind === 'previous')
    return none(`there are not yet ${formatDuration(reference.length)} before the window`);
  // What a person fixed is taken as it is, also when history begins inside it; a window inside it says nothing.
  return at.endMs <= window.startMs
    ? { kind: 'at', window: at }
    : none(`the window is not after its reference, which ends ${instantWords(at.endMs)}`);
}

function stretchOf(reference: Reference, window: Window, firstEventMs: number): Window | undefined {
  switch (reference.kind) {
    case 'fixed':
      return { startMs: startOf(reference.from, MINUTE_MS), endMs: startOf(reference.to, MINUTE_MS) };
    case 'previous':
      return { startMs: window.startMs - reference.length, endMs: window.startMs };
    case 'first': {
      const startMs = startOf(firstEventMs, MINUTE_MS);
      return { startMs, endMs: startMs + reference.length };
    }
    case 'seasonal':
    case 'version':
    case 'stored':
      return undefined;
    default:
      return unreachable(reference);
  }
}

/** The same hours in the weeks before, as far as there is history; the newest first. */
export function seasonOf(weeks: number, window: Window, firstEventMs: number): readonly Window[] {
  return Array.from({ length: weeks }, (_, i) => ({
    startMs: window.startMs - (i + 1) * WEEK_MS,
    endMs: window.endMs - (i + 1) * WEEK_MS,
  })).filter(({ startMs, endMs }) => startMs >= startOf(firstEventMs, MINUTE_MS) && endMs <= window.startMs);
}

/** How far before a window its series must reach, so that the reference can be read from it. */
export const lookBackOf = (reference: Reference | undefined): number =>
  reference?.kind === 'previous' ? reference.length : 0;

export type ReferenceFound =
  | { readonly kind: 'ready'; readonly window: ReferenceWindow; readonly summaries: Summaries }
  | { readonly kind: 'none'; readonly because: string };

/** References that do not move are kept between ticks; a restatement of the system drops them. */
export type ReferenceCache = Map<string, Promise<Summaries>>;

export type References = {
  /** `series` holds the windows and what `lookBackOf` asks for, of the same slice. */
  at(window: Window, series: SlotSeries, slice?: Slice): Promise<ReferenceFound>;
};

/** The references of one monitor, for the windows of one run. */
export async function openReferences(
  context: TickContext,
  cache: ReferenceCache,
  of: { readonly monitor: string; readonly reference: Reference },
  summarised: Summarised,
): Promise<References> {
  const { monitor, reference } = of;
  const accepted = (await context.stores.references?.book.active(context.project, context.system)) ?? [];
  const own = accepted.find(({ name }) => name === monitor);
  const reader = { context, cache };
  return {
    at: async (window, series, slice = {}) => {
      if (own) return stored(reader, own, slice);
      switch (reference.kind) {
        case 'fixed':
        case 'first':
        case 'previous':
          return inTime(reader, reference, window, { series, slice, summarised });
        case 'seasonal':
          return seasonal(reader, reference.weeks, window, { slice, summarised });
        case 'version':
          return ofVersion(reader, reference, window, { slice, summarised });
        case 'stored':
          return byName(reader, reference, accepted, slice);
        default:
          return unreachable(reference);
      }
    },
  };
}

type Reader = { readonly context: TickContext; readonly cache: ReferenceCache };
type Around = { readonly slice: Slice; readonly summarised: Summarised };

async function inTime(
  reader: Reader,
  reference: Extract<Reference, { kind: 'fixed' | 'first' | 'previous' }>,
  window: Window,
  around: Around & { readonly series: SlotSeries },
): Promise<ReferenceFound> {
  const place = referenceOf(reference, window, around.summarised.firstEventMs);
  if (place.kind === 'none') return place;
  const summaries =
    reference.kind === 'previous'
      ? around.series.merge(place.window)
      : await stretch(reader, place.window, around.slice);
  return { kind: 'ready', window: { ...place.window, kind: reference.kind }, summaries };
}

/** Named slice of a stretch, kept while nothing of the system is restated. */
function stretch({ context, cache }: Reader, window: Window, slice: Slice): Promise<Summaries> {
  const { project, system, stores } = context;
  const key = `${project}/${system}/${window.startMs}/${window.endMs}/${slice.segment ?? ''}/${slice.modelVersion ?? ''}`;
  return remembered(cache, key, () =>
    stores.profiles.merged({ project, system, ...slice, fromMs: window.startMs, toMs: window.endMs }),
  );
}

/** A moving reference leaves one entry per window behind; so many are enough for a catch-up. */
const MOST_REMEMBERED = 2_000;

function remembered(
  cache: ReferenceCache,
  key: string,
  load: () => Promise<readonly FeatureSummary[]>,
): Promise<Summaries> {
  const known = cache.get(key);
  if (known) return known;
  const loaded = load().then((rows): Summaries => new Map(rows.map((row) => [row.feature, row])));
  const [oldest] = cache.keys();
  if (cache.size >= MOST_REMEMBERED && oldest !== undefined) cache.delete(oldest);
  cache.set(key, loaded);
  loaded.catch(() => cache.delete(key));
  return loaded;
}

async function seasonal(
  reader: Reader,
  weeks: number,
  window: Window,
  { slice, summarised }: Around,
): Promise<ReferenceFound> {
  if (window.endMs - window.startMs > WEEK_MS)
    return none(
      'its window is longer than the week that the reference compares: take a window of 7d or less',
    );
  const stretches = seasonOf(weeks, window, summarised.firstEventMs);
  const [newest] = stretches;
  const oldest = stretches.at(-1);
  if (newest === undefined || oldest === undefined)
    return none(
      `there is no full week before the window yet; the same hours are first known ${instantWords(startOf(summarised.firstEventMs, MINUTE_MS) + WEEK_MS)}`,
    );
  const parts = await Promise.all(stretches.map((part) => stretch(reader, part, slice)));
  return {
    kind: 'ready',
    window: { kind: 'seasonal', startMs: oldest.startMs, endMs: newest.endMs, stretches },
    summaries: mergeAll(parts),
  };
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

async function ofVersion(
  reader: Reader,
  reference: Extract<Reference, { kind: 'version' }>,
  window: Window,
  { slice, summarised }: Around,
): Promise<ReferenceFound> {
  const { context } = reader;
  const version = reference.version ?? (await versionBefore(context, window, slice.modelVersion));
  if (version === undefined)
    return none('no model version served before the one in the window, so there is none to compare with');
  if (version === slice.modelVersion) return none(`version ${version} would be compared with itself`);
  const startMs = Math.max(startOf(summarised.firstEventMs, MINUTE_MS), window.startMs - reference.length);
  const at = { startMs, endMs: window.startMs };
  const summaries =
    at.endMs > at.startMs ? await stretch(reader, at, { ...slice, modelVersion: version }) : new Map();
  return summaries.size === 0
    ? none(`version ${version} decided nothing in the ${formatDuration(reference.length)} before the window`)
    : { kind: 'ready', window: { ...at, kind: 'version', modelVersion: version }, summaries };
}

/** Of the versions that were seen before the window ended, the one before the newest, or before the one asked about. */
async function versionBefore(
  { stores, project, system }: TickContext,
  window: Window,
  current: string | undefined,
): Promise<string | undefined> {
  const seen = ((await stores.gates?.versions(project, system)) ?? [])
    .filter(({ firstSeenMs }) => firstSeenMs < window.endMs)
    .sort((a, b) => a.firstSeenMs - b.firstSeenMs)
    .map(({ version }) => version);
  const at = current === undefined ? seen.length - 1 : seen.indexOf(current);
  return at > 0 ? seen[at - 1] : undefined;
}

async function byName(
  reader: Reader,
  { name, version }: Extract<Reference, { kind: 'stored' }>,
  active: readonly ReferenceVersion[],
  slice: Slice,
): Promise<ReferenceFound> {
  const { context } = reader;
  const found =
    version === undefined
      ? active.find((one) => one.name === name)
      : await context.stores.references?.book.get(context.project, context.system, name, version);
  if (found) return stored(reader, found, slice);
  const known = [...new Set(active.map((one) => one.name))];
  return none(
    `${context.system} has no reference "${name}"${version === undefined ? '' : ` version ${version}`}: load one with leeway reference load, or accept a window with leeway reference accept${known.length === 0 ? '' : ` (there are: ${known.join(', ')})`}`,
  );
}

async function stored(
  { context, cache }: Reader,
  reference: ReferenceVersion,
  slice: Slice,
): Promise<ReferenceFound> {
  const { id, name, version, hash, origin, acceptedAtMs } = reference;
  const profiles = context.stores.references?.profiles;
  if (!profiles) return none('this process cannot read stored references');
  const key = `stored/${id}/${slice.segment ?? ''}/${slice.modelVersion ?? ''}`;
  const summaries = await remembered(cache, key, () => profiles.read(context.project, id, slice));
  if (summaries.size === 0)
    return none(`reference ${name} version ${version} holds nothing of ${sliceWords(slice)}`);
  const at =
    origin.kind === 'window'
      ? { startMs: origin.fromMs, endMs: origin.toMs }
      : { startMs: acceptedAtMs, endMs: acceptedAtMs };
  return { kind: 'ready', window: { ...at, kind: 'stored', name, version, hash }, summaries };
}

const sliceWords = ({ segment, modelVersion }: Slice): string =>
  [segment ? `segment ${segment}` : '', modelVersion ? `version ${modelVersion}` : '']
    .filter((word) => word !== '')
    .join(', ') || 'the whole system';
