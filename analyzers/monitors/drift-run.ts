import { CONTRACT_FEATURE } from '../../model/contract-features.ts';
import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import type { FeatureKind, FeatureSummary } from '../../model/feature-summary.ts';
import { kindOf } from '../../model/feature-summary.ts';
import { MINUTE_MS, type Window } from '../../model/time.ts';
import type { Summarised, TickContext } from '../deps.ts';
import { evaluateDrift, type ReferenceData } from '../drift/evaluate.ts';
import { driftOnset } from '../drift/onset.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { lookBackOf, openReferences, type ReferenceCache, type References } from './references.ts';
import type { MonitorRun, RunFrom } from './run.ts';
import {
  commonMs,
  dueEnds,
  featureNames,
  loadSlots,
  type SlotSeries,
  type Summaries,
  summaryOf,
} from './window-run.ts';

/** Onsets of the features that drift now, so that a drift keeps the start it was first given. */
type Onsets = Readonly<Record<string, number>>;

export async function runDrift(
  context: TickContext,
  cache: ReferenceCache,
  spec: DriftMonitorSpec,
  saved: RunFrom,
  summarised: Summarised,
): Promise<MonitorRun> {
  const { endsMs, more } = dueEnds(spec, saved.evaluatedUntilMs, summarised);
  const [first, last] = [endsMs[0], endsMs.at(-1)];
  if (first === undefined || last === undefined) return { kind: 'nothing_due' };
  const series = await loadDriftSlots(context, spec, first, last);
  const { reference } = spec;
  const references = await openReferences(context, cache, { monitor: saved.monitor, reference }, summarised);
  const drafts: FindingDraft[] = [];
  let onsets = (saved.state['onsets'] ?? {}) as Onsets;
  for (const endMs of endsMs) {
    const window = { startMs: endMs - spec.window, endMs };
    const told = await evaluateWindow(context, spec, { window, series, references, onsets });
    drafts.push(...told);
    onsets = Object.fromEntries(
      told.flatMap((draft) =>
        draft.verdict === 'drift' && draft.onsetMs !== null ? [[draft.subject, draft.onsetMs]] : [],
      ),
    );
  }
  return { kind: 'evaluated', drafts, state: { onsets }, evaluatedUntilMs: last, more };
}

function loadDriftSlots(
  context: TickContext,
  spec: DriftMonitorSpec,
  firstEndMs: number,
  lastEndMs: number,
): Promise<SlotSeries> {
  const stepMs = spec.step ?? spec.window;
  const lookBackMs = lookBackOf(spec.reference);
  const slotMs = commonMs(spec.window, stepMs, ...(lookBackMs > 0 ? [lookBackMs] : []));
  const startMs = firstEndMs - spec.window - lookBackMs;
  return loadSlots(context, { startMs, endMs: lastEndMs }, slotMs, spec.features);
}

type Step = {
  readonly window: Window;
  readonly series: SlotSeries;
  readonly references: References;
  readonly onsets: Onsets;
};

async function evaluateWindow(
  context: TickContext,
  spec: DriftMonitorSpec,
  step: Step,
): Promise<FindingDraft[]> {
  const { window, series } = step;
  const current = series.merge(window);
  const found = await step.references.at(window, series);
  const reference = found.kind === 'none' ? undefined : found.summaries;
  const names = featureNames(spec.features, [
    current.keys(),
    reference?.keys() ?? [],
    Object.keys(context.spec.features),
  ]);
  const drafts: FindingDraft[] = [];
  for (const name of names) {
    if (isSkipped(spec, reference, name)) continue;
    const data: ReferenceData =
      found.kind === 'none'
        ? { kind: 'absent', because: found.because }
        : { kind: 'ready', window: found.window, summary: summaryOf(reference, name) };
    drafts.push(await evaluateFeature(context, spec, step, summaryOf(current, name), data));
  }
  return drafts;
}

/**
 * Kolmogorov-Smirnov over all features means all that have an order. A broken contract is no drift: the quality
 * monitor has a verdict for it.
 */
const isSkipped = (spec: DriftMonitorSpec, reference: Summaries | undefined, name: string): boolean =>
  spec.features === 'all' &&
  (name === CONTRACT_FEATURE ||
    (spec.statistic === 'ks' && kindOf(summaryOf(reference, name)) === 'categorical'));

async function evaluateFeature(
  context: TickContext,
  spec: DriftMonitorSpec,
  step: Step,
  current: FeatureSummary,
  reference: ReferenceData,
): Promise<FindingDraft> {
  const known = step.onsets[current.feature] ?? null;
  const input = { spec, window: step.window, current, reference };
  const draft = evaluateDrift({ ...input, onset: () => known });
  if (draft.verdict !== 'drift' || known !== null || reference.kind === 'absent') return draft;
  const onsetMs = await findOnset(context, step.window, reference.summary, kindOf(reference.summary));
  return evaluateDrift({ ...input, onset: () => onsetMs });
}

/** A window is looked through in this many slots, and as far back again before it. */
const ONSET_SLOTS = 144;

async function findOnset(
  context: TickContext,
  window: Window,
  reference: FeatureSummary,
  kind: FeatureKind,
): Promise<number | null> {
  const lengthMs = window.endMs - window.startMs;
  const slotMs = Math.max(MINUTE_MS, Math.ceil(lengthMs / ONSET_SLOTS / MINUTE_MS) * MINUTE_MS);
  const slots = await context.stores.profiles.slots({
    project: context.project,
    system: context.system,
    features: [reference.feature],
    fromMs: window.startMs - lengthMs,
    toMs: window.endMs,
    slotMs,
  });
  return driftOnset(reference, slots, kind);
}
