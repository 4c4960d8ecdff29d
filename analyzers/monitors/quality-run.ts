import { OTHER_CATEGORY } from '../../model/distribution.ts';
import type { QualityMonitorSpec } from '../../model/documents/monitor/quality.ts';
import { type FeatureSummary, kindOf } from '../../model/feature-summary.ts';
import { totalOf } from '../../model/numeric-bins.ts';
import { VALUE_FEATURE } from '../../model/own-features.ts';
import { DAY_MS, type Window } from '../../model/time.ts';
import type { Delay, Stretch, StretchFacts } from '../../store/ports/samples.ts';
import type { Summarised, TickContext } from '../deps.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { type Asked, countedDraft, toldDraft } from '../quality/check.ts';
import { evaluateQuality } from '../quality/evaluate.ts';
import { askedFor, presence } from '../quality/feature-checks.ts';
import { arrival, copies, future, neverSeen, repeatedIds } from '../quality/sending.ts';
import { volume, volumeLookBackMs } from '../quality/volume.ts';
import { broughtIn, isOdd, openPieces, type Pieces } from './quality-pieces.ts';
import { lookBackOf, openReferences, type ReferenceCache, type ReferenceFound } from './references.ts';
import type { MonitorRun, RunFrom } from './run.ts';
import {
  commonMs,
  dueEnds,
  featureNames,
  featuresBeside,
  loadSlots,
  type SlotSeries,
  type Summaries,
  summaryOf,
} from './window-run.ts';

/** Since when each check that fails now has been failing: `statistic/subject`. */
type Onsets = Readonly<Record<string, number>>;

type Run = {
  readonly context: TickContext;
  readonly spec: QualityMonitorSpec;
  readonly summarised: Summarised;
  /** Decisions per step, as far back as expectations look. */
  readonly countAt: (endMs: number) => number;
  /** By the end of the window. */
  readonly facts: ReadonlyMap<number, StretchFacts>;
  /** Of references, by their stretch; saved, since those that do not move need be asked once. */
  readonly delays: Map<string, Delay>;
  readonly pieces: Pieces;
};

export async function runQuality(
  context: TickContext,
  cache: ReferenceCache,
  spec: QualityMonitorSpec,
  saved: RunFrom,
  summarised: Summarised,
): Promise<MonitorRun> {
  const { endsMs, more } = dueEnds(spec, saved.evaluatedUntilMs, summarised);
  const [first, last] = [endsMs[0], endsMs.at(-1)];
  if (first === undefined || last === undefined) return { kind: 'nothing_due' };
  const lookBackMs = lookBackOf(spec.reference);
  const stepMs = spec.step ?? spec.window;
  const slotMs = commonMs(spec.window, stepMs, ...(lookBackMs > 0 ? [lookBackMs] : []));
  const loaded = { startMs: first - spec.window - lookBackMs, endMs: last };
  const features = spec.features === 'all' ? spec.features : [...spec.features, VALUE_FEATURE];
  const series = await loadSlots(
    context,
    loaded,
    slotMs,
    features,
    {},
    featuresBeside(context.monitors, { ...spec, features }),
  );
  const { reference } = spec;
  const references = reference
    ? await openReferences(context, cache, { monitor: saved.monitor, reference }, summarised)
    : undefined;
  const countAt = await volumes(context, spec, first, last);
  const { project, system } = context;
  const facts = await context.stores.samples.facts(
    { project, system, fromMs: first - stepMs, toMs: last },
    { windowMs: spec.window, stepMs, oneIn: oneInOf(Math.max(...endsMs.map(countAt))) },
  );
  const run: Run = {
    context,
    spec,
    summarised,
    countAt,
    facts,
    delays: delaysOf(saved.state),
    pieces: openPieces(context, spec.window),
  };
  const drafts: FindingDraft[] = [];
  let onsets = (saved.state['onsets'] ?? {}) as Onsets;
  for (const endMs of endsMs) {
    const window = { startMs: endMs - spec.window, endMs };
    const known = onsets;
    // It was well one step ago: it began in the part of the window that is new.
    const since: Asked['since'] = (statistic, subject) => known[`${statistic}/${subject}`] ?? endMs - stepMs;
    const found = await references?.at(window, series);
    const told = await evaluateWindow(run, { spec, window, since }, series, found);
    drafts.push(...told);
    onsets = Object.fromEntries(
      told.flatMap((draft) =>
        draft.verdict === 'breach' && draft.onsetMs !== null
          ? [[`${draft.statistic}/${draft.subject}`, draft.onsetMs]]
          : [],
      ),
    );
  }
  return {
    kind: 'evaluated',
    drafts,
    state: { onsets, delays: Object.fromEntries([...run.delays].slice(-MOST_DELAYS)) },
    evaluatedUntilMs: last,
    more,
  };
}

const decisionsIn = (summaries: Summaries | undefined): number =>
  totalOf(summaryOf(summaries, VALUE_FEATURE).categories);

async function evaluateWindow(
  run: Run,
  asked: Asked,
  series: SlotSeries,
  found: ReferenceFound | undefined,
): Promise<FindingDraft[]> {
  const { context, spec } = run;
  const current = series.merge(asked.window);
  const before = found?.kind === 'ready' ? found : undefined;
  const decisions = decisionsIn(current);
  const referenceDecisions = decisionsIn(before?.summaries);
  const names = featureNames(spec.features, [
    current.keys(),
    Object.keys(context.spec.features).filter((name) => isOwnFeature(context, name)),
    before?.summaries.keys() ?? [],
  ]);
  const drafts: FindingDraft[] = [];
  for (const name of names) {
    const sides = { current: summaryOf(current, name), reference: before?.summaries.get(name) };
    const referenceParts = before && isOdd(sides) ? await run.pieces.of(before.window, name) : [];
    const input = { ...asked, ...sides, feature: context.spec.features[name], referenceParts };
    const isGone = before !== undefined && askedFor(sides.current) === 0 && askedFor(sides.reference) > 0;
    const pieces = isGone ? broughtIn(referenceParts, await run.pieces.of(before.window, VALUE_FEATURE)) : [];
    const there = presence({ ...input, decisions, referenceDecisions, pieces });
    // Gone is said once: not as missing, stuck and vanished too.
    if (there) drafts.push(toldDraft(asked, there));
    if (there?.evidence?.['schema'] === 'gone') continue;
    if (current.has(name) || context.spec.features[name] !== undefined)
      drafts.push(...evaluateQuality(input));
    if (before && hidesValues(input.current, input.reference))
      drafts.push(
        ...(await evaluateNovelty(run, asked, before.window, { name, decisions, referenceDecisions })),
      );
  }
  return [...drafts, ...(await evaluateSending(run, asked, before?.window))];
}

async function evaluateNovelty(
  run: Run,
  asked: Asked,
  reference: Window,
  of: { readonly name: string; readonly decisions: number; readonly referenceDecisions: number },
): Promise<readonly FindingDraft[]> {
  const { startMs, endMs } = endOf(reference, boundedMs(reference, of.referenceDecisions));
  if (endMs <= startMs) return [];
  const { samples } = run.context.stores;
  const window = endOf(asked.window, boundedMs(asked.window, of.decisions));
  const novelty = await samples.novelty(stretchOf(run, window), { fromMs: startMs, toMs: endMs }, of.name);
  return [toldDraft(asked, neverSeen(asked, of.name, novelty))];
}

/** New values are looked for at the end of what is long or busy: raw rows of a month, for every window, would cost too much. */
const NOVELTY_MS = 7 * DAY_MS;
const NOVELTY_ROWS = 2_000_000;
const boundedMs = ({ startMs, endMs }: Window, decisions: number): number =>
  Math.min(NOVELTY_MS, Math.ceil(((endMs - startMs) * NOVELTY_ROWS) / Math.max(NOVELTY_ROWS, decisions)));

/** Texts, embeddings and timestamps are watched by what is derived from them. */
const isOwnFeature = ({ spec }: TickContext, name: string): boolean => {
  const type = spec.features[name]?.type;
  return type !== 'text' && type !== 'embedding' && type !== 'timestamp';
};

/** Some of its categories are known only as "another one". */
const hidesValues = (current: FeatureSummary, reference: FeatureSummary | undefined): boolean =>
  !current.feature.startsWith('@') &&
  kindOf(current) === 'categorical' &&
  (current.categories.has(OTHER_CATEGORY) || reference?.categories.has(OTHER_CATEGORY) === true);

const NOTHING: StretchFacts = { decisions: 0, repeatedIds: 0, whole: 0, copies: 0, future: 0, delayMs: null };

/** Rows of a window that are looked at for what profiles do not hold: a share of 1 % is then known to 0.02 %. */
const LOOKED_AT = 250_000;
const oneInOf = (decisions: number): number => Math.max(1, Math.ceil(decisions / LOOKED_AT));

async function evaluateSending(
  run: Run,
  asked: Asked,
  reference: Window | undefined,
): Promise<FindingDraft[]> {
  const { spec, summarised } = run;
  const facts = run.facts.get(asked.window.endMs) ?? NOTHING;
  const usual = reference && spec.limits.delay === undefined ? await delayOf(run, reference) : undefined;
  const told = [
    volume({
      limit: spec.limits.volume,
      windowMs: spec.window,
      stepMs: spec.step ?? spec.window,
      endMs: asked.window.endMs,
      firstEventMs: summarised.firstEventMs,
      countAt: run.countAt,
    }),
    arrival(asked, facts, usual),
  ];
  return [
    ...[repeatedIds, copies, future].map((check) => countedDraft(asked, check(asked, facts))),
    ...told.flatMap((one) => (one ? [toldDraft(asked, one)] : [])),
  ];
}

const stretchOf = ({ context }: Run, window: Window): Stretch => ({
  project: context.project,
  system: context.system,
  fromMs: window.startMs,
  toMs: window.endMs,
});

/** How late a reference was is read off the end of it: that is newest, and a day says enough. */
const DELAY_MS = DAY_MS;
const MOST_DELAYS = 4;

const endOf = (window: Window, lengthMs: number): Window => ({
  startMs: Math.max(window.startMs, window.endMs - lengthMs),
  endMs: window.endMs,
});

const delaysOf = (state: RunFrom['state']): Map<string, Delay> =>
  new Map(Object.entries((state['delays'] ?? {}) as Readonly<Record<string, Delay>>));

async function delayOf(run: Run, reference: Window): Promise<Delay | undefined> {
  const window = endOf(reference, DELAY_MS);
  if (window.endMs <= window.startMs) return undefined;
  const key = `${window.startMs}/${window.endMs}`;
  const known = run.delays.get(key) ?? (await run.context.stores.samples.delay(stretchOf(run, window)));
  run.delays.set(key, known);
  return known;
}

/** Counts of whole steps, added up; from profiles, so that weeks of history cost no raw row. */
async function volumes(
  context: TickContext,
  spec: QualityMonitorSpec,
  firstEndMs: number,
  lastEndMs: number,
): Promise<(endMs: number) => number> {
  const stepMs = commonMs(spec.window, spec.step ?? spec.window);
  const startMs = firstEndMs - Math.ceil(volumeLookBackMs(spec.window) / stepMs) * stepMs;
  const slots = await context.stores.profiles.slots({
    project: context.project,
    system: context.system,
    features: [VALUE_FEATURE],
    fromMs: Math.max(startMs, firstEndMs - Math.floor(firstEndMs / stepMs) * stepMs),
    toMs: lastEndMs,
    slotMs: stepMs,
  });
  const byStart = new Map(slots.map((slot) => [slot.startMs, totalOf(slot.categories)]));
  return (endMs) => {
    let sum = 0;
    for (let at = endMs - spec.window; at < endMs; at += stepMs) sum += byStart.get(at) ?? 0;
    return sum;
  };
}
