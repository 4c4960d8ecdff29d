import type { QualityMonitorSpec } from '../../model/documents/monitor/quality.ts';
import type { Summarised, TickContext } from '../deps.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { evaluateQuality } from '../quality/evaluate.ts';
import { lookBackOf, openReferences, type ReferenceCache } from './references.ts';
import type { MonitorRun, RunFrom } from './run.ts';
import { commonMs, dueEnds, featureNames, loadSlots, summaryOf } from './window-run.ts';

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
  const slotMs = commonMs(spec.window, spec.step ?? spec.window, ...(lookBackMs > 0 ? [lookBackMs] : []));
  const loaded = { startMs: first - spec.window - lookBackMs, endMs: last };
  const series = await loadSlots(context, loaded, slotMs, spec.features);
  const { reference } = spec;
  const references = reference
    ? await openReferences(context, cache, { monitor: saved.monitor, reference }, summarised)
    : undefined;
  const drafts: FindingDraft[] = [];
  for (const endMs of endsMs) {
    const window = { startMs: endMs - spec.window, endMs };
    const found = await references?.at(window, series);
    const current = series.merge(window);
    const names = featureNames(spec.features, [current.keys(), Object.keys(context.spec.features)]);
    for (const name of names)
      drafts.push(
        ...evaluateQuality({
          spec,
          window,
          current: summaryOf(current, name),
          feature: context.spec.features[name],
          reference: found?.kind === 'ready' ? found.summaries.get(name) : undefined,
        }),
      );
  }
  return { kind: 'evaluated', drafts, state: {}, evaluatedUntilMs: last, more };
}
