import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import type { FeatureKind, FeatureSummary } from '../../model/feature-summary.ts';
import { MINUTE_MS, type Window } from '../../model/time.ts';
import { type Cutoffs, spend, stepLevels } from '../alarm/budget.ts';
import type { Summarised, TickContext } from '../deps.ts';
import { type DriftInput, type DriftLook, decideDrift, lookAtDrift, pValueOf } from '../drift/evaluate.ts';
import { driftOnset } from '../drift/onset.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { openRanking } from './drift-rank.ts';
import { type DriftSlice, openSlices } from './drift-slices.ts';
import type { ReferenceCache } from './references.ts';
import type { MonitorRun, RunFrom } from './run.ts';
import { dueEnds } from './window-run.ts';

/** Drifts that stand, by slice and feature, each with its onset, so that it keeps the start it was first given. */
type Standing = Readonly<Record<string, { readonly onsetMs: number | null }>>;

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
    const seen = await lookAtAll(spec, slices, window);
    const cutoffs = spend(
      seen.map(({ look }) => pValueOf(look)),
      levels,
    );
    const told = await decideAll(context, seen, cutoffs, standing);
    drafts.push(...(await ranker.rank(told, cutoffs)));
    standing = Object.fromEntries(
      told.flatMap(({ input, draft }) =>
        draft.verdict === 'drift' ? [[keyOf(input), { onsetMs: draft.onsetMs }]] : [],
      ),
    );
  }
  return { kind: 'evaluated', drafts, state: { standing }, evaluatedUntilMs: last, more };
}

type Seen = { readonly input: DriftInput; readonly look: DriftLook };
export type Told = Seen & { readonly draft: FindingDraft };

async function lookAtAll(
  spec: DriftMonitorSpec,
  slices: readonly DriftSlice[],
  window: Window,
): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  for (const slice of slices)
    for (const part of await slice.at(window)) {
      const input: DriftInput = { spec, window, ...part };
      const look = lookAtDrift(input);
      // A part of a system that is small for a window is no news; the whole says so where it matters.
      if (slice.kind === 'whole' || look.kind === 'compared') seen.push({ input, look });
    }
  return seen;
}

async function decideAll(
  context: TickContext,
  seen: readonly Seen[],
  cutoffs: Cutoffs,
  standing: Standing,
): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const { input, look } of seen) {
    const known = standing[keyOf(input)];
    const level = { alpha: cutoffs.ticket, isStanding: known !== undefined };
    const draft = decideDrift(input, look, level, () => known?.onsetMs ?? null);
    const needsOnset = draft.verdict === 'drift' && draft.onsetMs === null && look.kind === 'compared';
    if (!needsOnset) {
      told.push({ input, look, draft });
      continue;
    }
    const onsetMs = await findOnset(context, input, look.reference, look.featureKind);
    told.push({ input, look, draft: decideDrift(input, look, level, () => onsetMs) });
  }
  return told;
}

/** JSON, because names may hold any separator. */
const keyOf = ({ modelVersion, segment, current }: DriftInput): string =>
  JSON.stringify([current.feature, modelVersion, segment]);

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
