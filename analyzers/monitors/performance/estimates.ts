import type { Metric } from '../../../model/documents/monitor/performance.ts';
import { seededRandom } from '../../../model/seeded-random.ts';
import { DAY_MS, type Window } from '../../../model/time.ts';
import type { EstimateRow } from '../../../store/ports/cohorts.ts';
import type { FindingDraft } from '../../finding-draft.ts';
import { evaluateEstimated } from '../../performance/estimated.ts';
import { expectedMeasures } from '../../performance/expected.ts';
import { expectedError, MOST_ERROR_ROWS } from '../../performance/expected-error.ts';
import { type Measure, measure } from '../../performance/measure.ts';
import { onsetKey } from '../../performance/realised.ts';
import { type SegmentCells, sizeOf } from '../../performance/strata.ts';
import { outsideOf } from '../../performance/support.ts';
import type { PerformanceRun } from './context.ts';
import { bySegment, referenceOfWindow } from './reference.ts';

/** Estimates whose record is looked at. */
const RECORD_MS = 180 * DAY_MS;

/** Performance of the window that ends at the instant, from the reference's labels and its own scores. */
export async function estimateWindow(
  run: PerformanceRun,
  onsets: Readonly<Record<string, number>>,
  atMs: number,
): Promise<readonly FindingDraft[]> {
  const { spec, store, context, monitor } = run;
  const window = { startMs: atMs - spec.window, endMs: atMs };
  const place = referenceOfWindow(spec.reference, window, run.firstEventMs);
  if (place.kind !== 'at' || place.window.endMs > window.startMs) return [];
  const cellsOf = async (of: Window): Promise<SegmentCells> =>
    bySegment(await run.cells(of, { kind: 'as_of', atMs }));
  const [reference, current] = [await cellsOf(place.window), await cellsOf(window)];
  const n = sizeOf(current.get('') ?? []);
  if (n < spec.minimumN) return [];
  const random = seededRandom(Math.floor(atMs / 60_000));
  const { measures: estimates, splitBy } =
    spec.task.kind === 'regression'
      ? { measures: await errorsOf(run, place.window, window, n, atMs), splitBy: null }
      : expectedMeasures(spec.task.metrics, spec.task, reference, current, context.spec, random);
  if (estimates.size === 0) return [];
  const history = await store.estimates(context.project, monitor, Math.max(0, atMs - RECORD_MS), atMs - 1);
  const outside = outsideOf(reference, current);
  const drafts: FindingDraft[] = [];
  const rows: EstimateRow[] = [];
  for (const [metric, estimate] of estimates) {
    const then = measure(metric, spec.task, reference.get('') ?? [], context.spec, random);
    if (then === null) continue;
    const key = onsetKey({ subject: `@${metric}`, statistic: `estimated_${metric}`, segment: '' });
    const told = evaluateEstimated({
      spec,
      window,
      metric,
      estimate,
      reference: then,
      splitBy,
      outside,
      history: history.filter((row) => row.metric === metric),
      alpha: spec.alpha / estimates.size,
      onsetMs: onsets[key] ?? null,
    });
    drafts.push(told.draft);
    rows.push(told.row);
  }
  await store.saveEstimates(context.project, context.system, monitor, rows, context.nowMs());
  return drafts;
}

/** Reads a sample of decisions: errors of numbers hang on features, which cohorts do not hold. */
async function errorsOf(
  { spec, store, context }: PerformanceRun,
  reference: Window,
  window: Window,
  decisions: number,
  atMs: number,
): Promise<ReadonlyMap<Metric, Measure>> {
  const load = ({ startMs, endMs }: Window) =>
    store.errorRows(
      context.project,
      context.system,
      spec.task,
      { fromMs: startMs, toMs: endMs },
      { limit: MOST_ERROR_ROWS, knownAtMs: atMs },
    );
  const [labelled, current] = [await load(reference), await load(window)];
  return new Map(
    spec.task.metrics.flatMap((metric): [Metric, Measure][] => {
      const estimate = expectedError(metric, labelled, current, decisions);
      return estimate ? [[metric, estimate]] : [];
    }),
  );
}

/** Labels have come: what was estimated for the window gets what was true beside it. */
export async function settleEstimates(
  { store, context, monitor }: PerformanceRun,
  window: Window,
  drafts: readonly FindingDraft[],
): Promise<void> {
  const said = await store.estimates(context.project, monitor, window.endMs - 1, window.endMs);
  const settled = said.flatMap((row): EstimateRow[] => {
    const came = drafts.find((draft) => draft.statistic === row.metric && draft.segment === '');
    return row.windowStartMs === window.startMs && came && came.value !== null
      ? [{ ...row, realised: came.value, realisedN: came.n }]
      : [];
  });
  await store.saveEstimates(context.project, context.system, monitor, settled, context.nowMs() + 1);
}
