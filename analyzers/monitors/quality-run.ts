import type { QualityMonitorSpec } from '../../model/documents/monitor/quality.ts';
import type { Window } from '../../model/time.ts';
import type { Summarised, TickContext } from '../deps.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { evaluateQuality } from '../quality/evaluate.ts';
import type { MonitorRun, RunFrom } from './run.ts';
import {
  commonMs,
  dueEnds,
  featureNames,
  fixedReference,
  loadSlots,
  type ReferenceCache,
  referenceOf,
  type SlotSeries,
  type Summaries,
  summaryOf,
} from './window-run.ts';

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
  const lookBackMs = spec.reference?.kind === 'previous' ? spec.reference.length : 0;
  const slotMs = commonMs(spec.window, spec.step ?? spec.window, ...(lookBackMs > 0 ? [lookBackMs] : []));
  const loaded = { startMs: first - spec.window - lookBackMs, endMs: last };
  const series = await loadSlots(context, loaded, slotMs, spec.features);
  const drafts: FindingDraft[] = [];
  for (const endMs of endsMs) {
    const window = { startMs: endMs - spec.window, endMs };
    const reference = await referenceAt(context, cache, spec, window, series, summarised);
    const current = series.merge(window);
    const names = featureNames(spec.features, [current.keys(), Object.keys(context.spec.features)]);
    for (const name of names)
      drafts.push(
        ...evaluateQuality({
          spec,
          window,
          current: summaryOf(current, name),
          feature: context.spec.features[name],
          reference: reference?.get(name),
        }),
      );
  }
  return { kind: 'evaluated', drafts, state: {}, evaluatedUntilMs: last, more };
}

async function referenceAt(
  context: TickContext,
  cache: ReferenceCache,
  spec: QualityMonitorSpec,
  window: Window,
  series: SlotSeries,
  summarised: Summarised,
): Promise<Summaries | undefined> {
  if (!spec.reference) return undefined;
  const place = referenceOf(spec.reference, window, summarised.firstEventMs);
  if (place.kind === 'none') return undefined;
  return spec.reference.kind === 'previous'
    ? series.merge(place.window)
    : await fixedReference(context, cache, place.window);
}
