import { longestWindowMs } from '../../model/burn-rate.ts';
import type { DocumentOf } from '../../model/documents/document.ts';
import type { SloSpec } from '../../model/documents/slo.ts';
import type { GateTurn } from '../../model/gate.ts';
import { minuteSums } from '../../model/minute-sums.ts';
import { DAY_MS, startOf } from '../../model/time.ts';
import type { Stored } from '../../store/ports/documents.ts';
import type { EvaluationProgress } from '../../store/ports/progress.ts';
import type { SloMinute } from '../../store/ports/slo-minutes.ts';
import type { Summarised, TickContext } from '../deps.ts';
import { evaluateSlo, SLO_START, type SloState } from '../slo/evaluate.ts';
import { GATE_CHANGES } from './drift-budgets.ts';
import type { MonitorRun } from './run.ts';

/** Event time evaluated in one tick. */
const SPAN_PER_TICK_MS = 14 * DAY_MS;
/** Minutes counted anew in one statement when an SLO is new or was changed. */
const BACKFILL_CHUNK_MS = 7 * DAY_MS;

export async function runSlo(
  context: TickContext,
  stored: Stored<DocumentOf<'SLO'>>,
  saved: EvaluationProgress | undefined,
  summarised: Summarised,
): Promise<MonitorRun> {
  const { spec } = stored.document;
  const isNew = saved?.version !== stored.version;
  if (isNew) await backfill(context, stored, summarised);
  const fromMs = saved?.evaluatedUntilMs ?? startOf(summarised.firstEventMs, spec.step);
  const toMs = Math.min(startOf(summarised.profiledUntilMs, spec.step), fromMs + SPAN_PER_TICK_MS);
  if (toMs <= fromMs && !isNew) return { kind: 'nothing_due' };
  const lookBackMs = Math.max(spec.period, longestWindowMs(spec));
  const name = stored.document.metadata.name;
  const minutes =
    toMs > fromMs
      ? await context.stores.sloMinutes.series(context.project, name, Math.max(0, fromMs - lookBackMs), toMs)
      : [];
  const result = evaluateSlo({
    name,
    spec,
    ...sumsOf(minutes),
    fromMs,
    toMs,
    turns: await turnsOf(context, spec),
    state: isNew ? SLO_START : (saved.state as SloState),
  });
  return {
    kind: 'evaluated',
    drafts: result.drafts,
    state: result.state,
    evaluatedUntilMs: Math.max(fromMs, toMs),
    more: toMs + spec.step <= summarised.profiledUntilMs,
  };
}

/** Only an automation SLO asks who was told to decide. */
const turnsOf = async (
  { stores, project, system }: TickContext,
  { sli }: SloSpec,
): Promise<readonly GateTurn[]> =>
  sli.kind === 'automation' ? ((await stores.gates?.history(project, system, GATE_CHANGES)) ?? []) : [];

/** What an SLO says of the time before it was written, or before it was changed, within its period. */
async function backfill(
  context: TickContext,
  { document }: Stored<DocumentOf<'SLO'>>,
  summarised: Summarised,
): Promise<void> {
  const { stores, project, system, spec } = context;
  const untilMs = summarised.profiledUntilMs;
  const lookBackMs = Math.max(document.spec.period, longestWindowMs(document.spec));
  const definition = { slo: document.metadata.name, sli: document.spec.sli, system: spec };
  const computedAtMs = summarised.progress.computedAtMs;
  let fromMs = Math.max(0, startOf(summarised.firstEventMs, DAY_MS), startOf(untilMs - lookBackMs, DAY_MS));
  for (; fromMs < untilMs; fromMs += BACKFILL_CHUNK_MS) {
    const range = { fromMs, toMs: Math.min(untilMs, fromMs + BACKFILL_CHUNK_MS) };
    await stores.sloMinutes.count(project, system, definition, [range], computedAtMs);
  }
}

function sumsOf(minutes: readonly SloMinute[]) {
  const rows = minutes.map((row) => ({
    minuteMs: row.minuteMs,
    bad: row.total - row.good,
    total: row.total,
    version: row.modelVersion,
  }));
  const versions = [...Map.groupBy(rows, (row) => row.version)].map(
    ([version, own]) => [version, minuteSums(own)] as const,
  );
  return { sums: minuteSums(rows), versions: new Map(versions) };
}
