import { unreachable } from '../../model/brand.ts';
import type { Reference } from '../../model/documents/reference.ts';
import { DAY_MS, formatDuration, MINUTE_MS, startOf, type Window } from '../../model/time.ts';
import type { ReferenceVersion } from '../../store/ports/references.ts';
import type { Summarised, TickContext } from '../deps.ts';
import { instantWords } from '../words.ts';
import type { Slice } from './window-run.ts';

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

type None = { readonly kind: 'none'; readonly because: string };
export type InTime = { readonly kind: 'at'; readonly window: Window } | None;

export const none = (because: string): None => ({ kind: 'none', because });

type OneStretch = Extract<Reference, { kind: 'fixed' | 'first' | 'previous' }>;

/** Where in time the reference of a window lies, or why it has none; for references that are one stretch of time. */
export function referenceOf(reference: OneStretch, window: Window, firstEventMs: number): InTime {
  const at = stretchOf(reference, window, firstEventMs);
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

function stretchOf(reference: OneStretch, window: Window, firstEventMs: number): Window {
  switch (reference.kind) {
    case 'fixed':
      return { startMs: startOf(reference.from, MINUTE_MS), endMs: startOf(reference.to, MINUTE_MS) };
    case 'previous':
      return { startMs: window.startMs - reference.length, endMs: window.startMs };
    case 'first': {
      const startMs = startOf(firstEventMs, MINUTE_MS);
      return { startMs, endMs: startMs + reference.length };
    }
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

/** Where the decisions of a reference are: in the history of the system, or kept under a name of their own. */
export type ReferencePlace =
  | {
      readonly kind: 'history';
      readonly window: ReferenceWindow;
      /** The newest first. */
      readonly stretches: readonly Window[];
      /** Of this version only. */
      readonly modelVersion?: string;
    }
  | { readonly kind: 'stored'; readonly window: ReferenceWindow; readonly version: ReferenceVersion }
  | None;

export type ReferencePlaces = { at(window: Window, slice?: Slice): Promise<ReferencePlace> };

/** The references of one monitor: its own, or what was accepted under its name. */
export async function openPlaces(
  context: TickContext,
  of: { readonly monitor: string; readonly reference: Reference },
  { firstEventMs }: Pick<Summarised, 'firstEventMs'>,
): Promise<ReferencePlaces> {
  const { monitor, reference } = of;
  const accepted = (await context.stores.references?.book.active(context.project, context.system)) ?? [];
  const own = accepted.find(({ name }) => name === monitor);
  return {
    at: async (window, slice = {}) => {
      if (own) return stored(own);
      switch (reference.kind) {
        case 'fixed':
        case 'first':
        case 'previous': {
          const place = referenceOf(reference, window, firstEventMs);
          if (place.kind === 'none') return place;
          return history({ ...place.window, kind: reference.kind }, [place.window]);
        }
        case 'seasonal':
          return seasonal(reference.weeks, window, firstEventMs);
        case 'version':
          return ofVersion(context, reference, window, { slice, firstEventMs });
        case 'stored':
          return byName(context, reference, accepted);
        default:
          return unreachable(reference);
      }
    },
  };
}

const history = (window: ReferenceWindow, stretches: readonly Window[]): ReferencePlace => ({
  kind: 'history',
  window,
  stretches,
});

function seasonal(weeks: number, window: Window, firstEventMs: number): ReferencePlace {
  if (window.endMs - window.startMs > WEEK_MS)
    return none(
      'its window is longer than the week that the reference compares: take a window of 7d or less',
    );
  const stretches = seasonOf(weeks, window, firstEventMs);
  const [newest] = stretches;
  const oldest = stretches.at(-1);
  if (newest === undefined || oldest === undefined)
    return none(
      `there is no full week before the window yet; the same hours are first known ${instantWords(startOf(firstEventMs, MINUTE_MS) + WEEK_MS)}`,
    );
  return history({ kind: 'seasonal', startMs: oldest.startMs, endMs: newest.endMs, stretches }, stretches);
}

async function ofVersion(
  context: TickContext,
  reference: Extract<Reference, { kind: 'version' }>,
  window: Window,
  { slice, firstEventMs }: { readonly slice: Slice; readonly firstEventMs: number },
): Promise<ReferencePlace> {
  const version = reference.version ?? (await versionBefore(context, window, slice.modelVersion));
  if (version === undefined)
    return none('no model version served before the one in the window, so there is none to compare with');
  if (version === slice.modelVersion) return none(`version ${version} would be compared with itself`);
  const startMs = Math.max(startOf(firstEventMs, MINUTE_MS), window.startMs - reference.length);
  const at = { startMs, endMs: window.startMs };
  if (at.endMs <= at.startMs) return none(ofVersionNothing(version, reference.length));
  return {
    kind: 'history',
    window: { ...at, kind: 'version', modelVersion: version },
    stretches: [at],
    modelVersion: version,
  };
}

export const ofVersionNothing = (version: string, lengthMs: number): string =>
  `version ${version} decided nothing in the ${formatDuration(lengthMs)} before the window`;

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
  context: TickContext,
  { name, version }: Extract<Reference, { kind: 'stored' }>,
  active: readonly ReferenceVersion[],
): Promise<ReferencePlace> {
  const found =
    version === undefined
      ? active.find((one) => one.name === name)
      : await context.stores.references?.book.get(context.project, context.system, name, version);
  if (found) return stored(found);
  const known = [...new Set(active.map((one) => one.name))];
  return none(
    `${context.system} has no reference "${name}"${version === undefined ? '' : ` version ${version}`}: load one with leeway reference load, or accept a window with leeway reference accept${known.length === 0 ? '' : ` (there are: ${known.join(', ')})`}`,
  );
}

function stored(reference: ReferenceVersion): ReferencePlace {
  const { name, version, hash, origin, acceptedAtMs } = reference;
  const at =
    origin.kind === 'window'
      ? { startMs: origin.fromMs, endMs: origin.toMs }
      : { startMs: acceptedAtMs, endMs: acceptedAtMs };
  return { kind: 'stored', window: { ...at, kind: 'stored', name, version, hash }, version: reference };
}
