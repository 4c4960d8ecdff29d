import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import type { FeatureKind, FeatureSummary } from '../../model/feature-summary.ts';
import { totalOf } from '../../model/numeric-bins.ts';
import { MINUTE_MS, type Window } from '../../model/time.ts';
import { type Cutoffs, spend, stepLevels } from '../alarm/budget.ts';
import type { Summarised, TickContext } from '../deps.ts';
import {
  type DriftInput,
  type DriftSeen,
  type DriftTold,
  decideDrift,
  lookAtDrift,
  pValueOf,
} from '../drift/evaluate.ts';
import { driftOnset } from '../drift/onset.ts';
import { isTooLittle, type Span, shortestThatTells, spansOf } from '../drift/spans.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { sliceWords } from '../words.ts';
import { openRanking } from './drift-rank.ts';
import { type DriftSlice, openSlices } from './drift-slices.ts';
import type { ReferenceCache } from './references.ts';
import type { MonitorRun, RunFrom } from './run.ts';
import { dueEnds } from './window-run.ts';

/**
 * Drifts that stand, by slice and feature, each with its onset, so that it keeps the start it was first given; and those
 * that ended a few windows ago: a signal recovers after several calm ones, so a part of a system must not fall silent.
 */
type Standing = Readonly<
  Record<
    string,
    {
      readonly onsetMs: number | null;
      readonly calmWindows: number;
      /** Told of a span: it stands until one is looked at again, or a window can tell by itself. */
      readonly bySpan?: boolean;
    }
  >
>;
/** As many calm windows as an incident may ask for before a signal that flapped counts as recovered. */
const TOLD_CALM_WINDOWS = 16;

export async function runDrift(
  context: TickContext,
  cache: ReferenceCache,
  spec: DriftMonitorSpec,
  from: RunFrom,
  summarised: Summarised,
): Promise<MonitorRun> {
  const { endsMs, more } = dueEnds(spec, from.evaluatedUntilMs, summarised);
  const [first, last] = [endsMs[0], endsMs.at(-1)];
  if (first === undefined || last === undefined) return { kind: 'nothing_due' };
  const slices = await openSlices(
    context,
    cache,
    { ...from, spec },
    { firstEndMs: first, lastEndMs: last, summarised },
  );
  const ranker = openRanking(context, spec);
  const levels = stepLevels(
    context.spec.falseAlarms,
    spec,
    context.monitors.map(({ document }) => document.spec),
  );
  const drafts: FindingDraft[] = [];
  let standing = (from.state['standing'] ?? {}) as Standing;
  for (const endMs of endsMs) {
    const window = { startMs: endMs - spec.window, endMs };
    const seen = await lookAtAll(spec, slices, window, standing);
    const stretches = spansOf(spec, endMs, summarised.firstEventMs);
    const spans = await lookAtSpans(spec, slices, stretches);
    const cutoffs = spend(
      [...seen, ...spans].map(({ look }) => pValueOf(look)),
      levels,
    );
    const told = await decideAll(context, { seen, spans }, cutoffs, standing);
    const isAllLooked = stretches.at(-1)?.due.part ?? true;
    const ended = endedOf(spec, window, standing, [...seen, ...spans]).filter(
      ({ key }) => isAllLooked || !isHeld(standing[key]),
    );
    drafts.push(...(await ranker.rank(told, cutoffs)), ...ended.map(({ draft }) => draft));
    const verdicts = told.map(({ input, draft }) => ({
      key: keyOf(input),
      draft,
      bySpan: input.overMs !== undefined,
    }));
    const all = [...verdicts, ...ended.map((one) => ({ ...one, bySpan: false }))];
    standing = stillStanding(standing, all);
  }
  return { kind: 'evaluated', drafts, state: { standing }, evaluatedUntilMs: last, more };
}

async function lookAtAll(
  spec: DriftMonitorSpec,
  slices: readonly DriftSlice[],
  window: Window,
  standing: Standing,
): Promise<readonly DriftSeen[]> {
  const seen: DriftSeen[] = [];
  for (const slice of slices)
    for (const part of await slice.at(window)) {
      const input: DriftInput = { spec, window, ...part };
      const look = lookAtDrift(input);
      // A part of a system that is small for a window is no news, unless it drifted; the whole says so where it matters.
      const stands = standing[keyOf(input)] !== undefined && !isEmpty(input.current);
      if (slice.kind === 'whole' || look.kind === 'compared' || stands) seen.push({ input, look });
    }
  return seen;
}

async function lookAtSpans(
  spec: DriftMonitorSpec,
  slices: readonly DriftSlice[],
  spans: readonly Span[],
): Promise<readonly DriftSeen[]> {
  const seen: DriftSeen[] = [];
  for (const { window, due } of spans)
    for (const slice of slices) {
      if (!due[slice.kind]) continue;
      const overMs = window.endMs - window.startMs;
      for (const part of await slice.over(window)) {
        const input: DriftInput = { spec, window, overMs, ...part };
        const look = lookAtDrift(input);
        if (look.kind === 'compared') seen.push({ input, look });
      }
    }
  return seen;
}

/** One verdict for each check: of the shortest stretch that can tell. */
async function decideAll(
  context: TickContext,
  { seen, spans }: { readonly seen: readonly DriftSeen[]; readonly spans: readonly DriftSeen[] },
  cutoffs: Cutoffs,
  standing: Standing,
): Promise<readonly DriftTold[]> {
  const levelOf = (key: string) => ({ alpha: cutoffs.ticket, isStanding: isStanding(standing[key]) });
  const onsetOf = (key: string) => (isStanding(standing[key]) ? (standing[key]?.onsetMs ?? null) : null);
  const tell = ({ input, look }: DriftSeen): DriftTold => {
    const key = keyOf(input);
    return { input, look, draft: decideDrift(input, look, levelOf(key), () => onsetOf(key)) };
  };
  const longer = Map.groupBy(spans.map(tell), ({ input }) => keyOf(input));
  const verdicts = seen
    .map((one) => shortestThatTells(tell(one), longer.get(keyOf(one.input)) ?? []))
    .filter((one) => !(isHeld(standing[keyOf(one.input)]) && isTooLittle(one.draft)));
  // A part that is too small for a window is no news, unless it drifts.
  const looked = new Set(seen.map(({ input }) => keyOf(input)));
  for (const [key, own] of longer) {
    const first = looked.has(key) ? undefined : own.find(({ draft }) => draft.verdict !== 'not_enough_data');
    if (first?.draft.verdict === 'drift') verdicts.push(first);
  }
  const told: DriftTold[] = [];
  for (const one of verdicts) {
    const { input, look, draft } = one;
    const needsOnset = draft.verdict === 'drift' && draft.onsetMs === null && look.kind === 'compared';
    const onsetMs = needsOnset ? await findOnset(context, input, look.reference, look.featureKind) : null;
    const level = levelOf(keyOf(input));
    told.push(needsOnset ? { input, look, draft: decideDrift(input, look, level, () => onsetMs) } : one);
  }
  return told;
}

const isStanding = (before: Standing[string] | undefined): boolean => before?.calmWindows === 0;
/** It stands by a span, which a window that cannot tell says nothing against. */
const isHeld = (before: Standing[string] | undefined): boolean =>
  isStanding(before) && before?.bySpan === true;

const isEmpty = ({ bins, categories, missing }: FeatureSummary): boolean =>
  totalOf(bins) + totalOf(categories) + missing === 0;

/** A blind window ends nothing and calms nothing. */
function stillStanding(
  before: Standing,
  told: readonly { readonly key: string; readonly draft: FindingDraft; readonly bySpan: boolean }[],
): Standing {
  const next: Record<string, Standing[string]> = Object.fromEntries(
    Object.entries(before).filter(([, one]) => isHeld(one)),
  );
  for (const { key, draft, bySpan } of told) {
    delete next[key];
    const known = before[key];
    if (draft.verdict === 'drift')
      next[key] = { onsetMs: draft.onsetMs, calmWindows: 0, ...(bySpan ? { bySpan } : {}) };
    else if (known !== undefined && draft.verdict !== 'ok') next[key] = known;
    else if (known !== undefined && known.calmWindows + 1 < TOLD_CALM_WINDOWS)
      next[key] = { ...known, calmWindows: known.calmWindows + 1 };
  }
  return next;
}

/** A segment or a version that is no part of its own any more: its drift ended with it, and somebody must say so. */
function endedOf(
  spec: DriftMonitorSpec,
  window: Window,
  standing: Standing,
  seen: readonly DriftSeen[],
): readonly { readonly key: string; readonly draft: FindingDraft }[] {
  const looked = new Set(seen.map(({ input }) => keyOf(input)));
  return Object.keys(standing)
    .filter((key) => !looked.has(key))
    .map((key) => {
      const [subject, modelVersion, segment] = partsOf(key);
      const sentence = `${subject}${sliceWords({ modelVersion, segment })}: it is no part of its own any more; what it decides is looked at in the whole.`;
      return { key, draft: { ...endedDraft(spec, window), subject, modelVersion, segment, sentence } };
    });
}

const endedDraft = (spec: DriftMonitorSpec, { startMs, endMs }: Window) => ({
  verdict: 'ok' as const,
  severity: spec.severity,
  statistic: spec.statistic,
  value: null,
  limit: spec.limit,
  n: 0,
  nReference: 0,
  onsetMs: null,
  windowStartMs: startMs,
  windowEndMs: endMs,
  evidence: { reason: 'part_ended' },
});

/** JSON, because names may hold any separator. */
const keyOf = ({ modelVersion, segment, current }: DriftInput): string =>
  JSON.stringify([current.feature, modelVersion, segment]);

const partsOf = (key: string): readonly [string, string, string] => JSON.parse(key);

/** A window is looked through in this many slots, and as far back again before it. */
const ONSET_SLOTS = 144;

async function findOnset(
  context: TickContext,
  { window, modelVersion, segment }: DriftInput,
  reference: FeatureSummary,
  kind: FeatureKind,
): Promise<number | null> {
  const lengthMs = window.endMs - window.startMs;
  const slotMs = Math.max(MINUTE_MS, Math.ceil(lengthMs / ONSET_SLOTS / MINUTE_MS) * MINUTE_MS);
  const slots = await context.stores.profiles.slots({
    project: context.project,
    system: context.system,
    features: [reference.feature],
    ...(modelVersion === '' ? {} : { modelVersion }),
    ...(segment === '' ? {} : { segment }),
    fromMs: window.startMs - lengthMs,
    toMs: window.endMs,
    slotMs,
  });
  return driftOnset(reference, slots, kind);
}
