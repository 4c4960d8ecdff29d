import type { PerformanceMonitorSpec } from '../../model/documents/monitor/performance.ts';
import { LABEL_HORIZON_MS } from '../../model/label-delays.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { DAY_MS, startOf, type Window } from '../../model/time.ts';
import type { Cell } from '../../store/ports/cohorts.ts';
import type { Summarised, TickContext } from '../deps.ts';
import type { FindingDraft } from '../finding-draft.ts';
import {
  ageOfMaturity,
  eventualShare,
  type MaturityPoint,
  maturityCurve,
  type Readiness,
  readinessOf,
} from '../performance/maturity.ts';
import { evaluateRealised, onsetKey } from '../performance/realised.ts';
import { waitingDraft } from '../performance/waiting.ts';
import { type CohortProgress, countCohorts, definitionOf } from './performance/cohorts.ts';
import { cellReader, type PerformanceRun } from './performance/context.ts';
import { estimateWindow, settleEstimates } from './performance/estimates.ts';
import { bySegment, referenceAt, referenceOfWindow } from './performance/reference.ts';
import type { MonitorRun, RunFrom } from './run.ts';
import { commonMs, dueEnds } from './window-run.ts';

/** How far back labels are looked at to learn when they come. */
const LEARNT_FROM_MS = LABEL_HORIZON_MS + 30 * DAY_MS;
/** Windows that may wait for their labels at one time; older ones are given up. */
const MOST_WAITING = 64;
/** Steps judged in one tick. */
const STEPS_PER_TICK = 40;

export type PerformanceState = {
  readonly cohorts?: CohortProgress;
  /** Windows that end at or before it are judged, or will never be. */
  readonly judgedUntilMs?: number;
  /** Start of the present run of breaches, by `onsetKey`. */
  readonly onsets?: Readonly<Record<string, number>>;
  /** What was last said about windows that wait. */
  readonly waiting?: string;
};

/** Cohorts first; then each step that is due looks for windows whose labels have come, and estimates the newest one. */
export async function runPerformance(
  context: TickContext,
  spec: PerformanceMonitorSpec,
  from: RunFrom,
  summarised: Summarised,
): Promise<MonitorRun> {
  const { monitor, version } = from;
  const store = context.stores.cohorts;
  const saved = from.state as PerformanceState;
  const isNew = saved.cohorts?.version !== version;
  const hourMs = startOf(summarised.profiledUntilMs, 3_600_000);
  if (!isNew && hourMs <= (saved.cohorts?.countedUntilMs ?? 0)) return { kind: 'nothing_due' };
  const definition = definitionOf(monitor, spec, context.spec.segments);
  const counted = await countCohorts(context, store, definition, saved.cohorts, version, summarised);
  const stepMs = spec.step ?? spec.window;
  const evaluated = isNew ? undefined : from.evaluatedUntilMs;
  const { endsMs, more } = dueEnds(spec, evaluated, {
    ...summarised,
    profiledUntilMs: counted.progress.countedUntilMs,
  });
  let state: PerformanceState = { ...(isNew ? {} : saved), cohorts: counted.progress };
  const drafts: FindingDraft[] = [];
  const steps = endsMs.slice(0, STEPS_PER_TICK);
  for (const atMs of steps) {
    const cells = cellReader(store, context.project, monitor);
    const run = { context, store, monitor, spec, firstEventMs: summarised.firstEventMs, cells };
    const told = await step(run, state, atMs);
    drafts.push(...told.drafts);
    state = told.state;
  }
  return {
    kind: 'evaluated',
    drafts,
    state,
    evaluatedUntilMs: steps.at(-1) ?? evaluated ?? startOf(summarised.firstEventMs, stepMs),
    more: counted.more || more || endsMs.length > steps.length,
  };
}

type Told = { readonly drafts: readonly FindingDraft[]; readonly state: PerformanceState };

async function step(run: PerformanceRun, state: PerformanceState, atMs: number): Promise<Told> {
  const { store, context, monitor } = run;
  const curve = maturityCurve(
    await store.delays({
      project: context.project,
      monitor,
      fromMs: Math.max(0, startOf(atMs - LEARNT_FROM_MS, DAY_MS)),
      atMs,
    }),
  );
  const waiting = await waitingWindows(run, state, curve, atMs);
  const ready = waiting.filter((one) => one.readiness.kind === 'ready');
  // Estimated first: a window whose labels are there at its end is held against what was said without them.
  const estimated = run.spec.estimate ? await estimateWindow(run, state.onsets ?? {}, atMs) : [];
  const judged = ready.length > 0 ? await judge(run, state, ready, curve, atMs) : undefined;
  const note = judged ? undefined : waitingNote(run, state, waiting, curve, atMs);
  const passed = judged?.untilMs ?? note?.passedMs;
  const drafts = [
    ...withCurve(judged?.drafts ?? [], curve),
    ...estimated,
    ...(note?.draft && note.key !== state.waiting ? [note.draft] : []),
  ];
  return {
    drafts,
    state: {
      ...state,
      onsets: onsetsAfter(state.onsets ?? {}, drafts),
      waiting: judged ? '' : (note?.key ?? state.waiting ?? ''),
      ...(passed === undefined ? {} : { judgedUntilMs: passed }),
    },
  };
}

/** The curve belongs to the picture of the monitor, once. */
const withCurve = (
  drafts: readonly FindingDraft[],
  curve: readonly MaturityPoint[],
): readonly FindingDraft[] =>
  drafts.map((draft, i) =>
    i === 0 ? { ...draft, evidence: { ...draft.evidence, maturity: curve } } : draft,
  );

/** What was told and fires keeps its start; what was told and does not, loses it; what was not looked at stays. */
function onsetsAfter(
  before: Readonly<Record<string, number>>,
  drafts: readonly FindingDraft[],
): Readonly<Record<string, number>> {
  const after = { ...before };
  for (const draft of drafts) {
    const key = onsetKey(draft);
    if (draft.verdict === 'breach' && draft.onsetMs !== null) after[key] ??= draft.onsetMs;
    else if (draft.verdict === 'ok') delete after[key];
  }
  return after;
}

type Waiting = {
  readonly window: Window;
  readonly n: number;
  readonly known: number;
  readonly readiness: Readiness;
};

/** Windows that ended and were not judged yet, oldest first, with the labels that are known of them. */
async function waitingWindows(
  run: PerformanceRun,
  state: PerformanceState,
  curve: readonly MaturityPoint[],
  atMs: number,
): Promise<readonly Waiting[]> {
  const { spec, store, context, monitor, firstEventMs } = run;
  const stepMs = spec.step ?? spec.window;
  const oldestMs = Math.max(
    (state.judgedUntilMs ?? 0) + stepMs,
    startOf(firstEventMs, stepMs) + spec.window,
    atMs - stepMs * (MOST_WAITING - 1),
  );
  const ends: number[] = [];
  for (let endMs = atMs; endMs >= oldestMs; endMs -= stepMs) ends.unshift(endMs);
  const first = ends[0];
  if (first === undefined) return [];
  const fromMs = first - spec.window;
  const slotMs = commonMs(spec.window, stepMs);
  const cells = await store.cells({
    project: context.project,
    monitor,
    fromMs,
    toMs: atMs,
    slotMs,
    segment: '',
    known: { kind: 'as_of', atMs },
  });
  return ends.flatMap((endMs): Waiting[] => {
    const window = { startMs: endMs - spec.window, endMs };
    if (overlapsReference(run, window)) return [];
    const { n, known } = tally(cells, window, context.spec.deferred);
    if (n === 0) return [];
    return [{ window, n, known, readiness: readinessOf({ endMs, n, known }, curve, spec, atMs) }];
  });
}

/** A window inside a fixed reference would be compared with itself. */
const overlapsReference = ({ spec, firstEventMs }: PerformanceRun, window: Window): boolean => {
  const place = referenceOfWindow(spec.reference, window, firstEventMs);
  return place.kind === 'at' && spec.reference?.kind !== 'previous' && place.window.endMs > window.startMs;
};

function tally(cells: readonly Cell[], { startMs, endMs }: Window, deferred: readonly string[]) {
  let [n, known] = [0, 0];
  for (const cell of cells) {
    if (cell.slotMs < startMs || cell.slotMs >= endMs || deferred.includes(cell.value)) continue;
    n += cell.n;
    known += cell.known;
  }
  return { n, known };
}

/** Every window that became ready, oldest first; of several one is told: one that breaks its limit, else the newest. */
async function judge(
  run: PerformanceRun,
  state: PerformanceState,
  ready: readonly Waiting[],
  curve: readonly MaturityPoint[],
  atMs: number,
): Promise<{ readonly drafts: readonly FindingDraft[]; readonly untilMs: number }> {
  const { spec, context } = run;
  const told = new Map<string, FindingDraft>();
  let onsets = state.onsets ?? {};
  let untilMs = state.judgedUntilMs ?? 0;
  for (const { window, readiness } of ready) {
    if (readiness.kind !== 'ready') continue;
    const reference = await referenceAt(run, window, curve, readiness, atMs);
    const cells = await run.cells(window, { kind: 'as_of', atMs });
    const drafts = evaluateRealised({
      spec,
      system: context.spec,
      window,
      atMs,
      readiness,
      current: bySegment(cells),
      reference,
      random: seededRandom(Math.floor(window.endMs / 60_000)),
      onsetMs: (key) => onsets[key] ?? null,
    });
    await settleEstimates(run, window, drafts);
    onsets = onsetsAfter(onsets, drafts);
    for (const draft of drafts) {
      const before = told.get(onsetKey(draft));
      if (before?.verdict !== 'breach' || draft.verdict === 'breach') told.set(onsetKey(draft), draft);
    }
    untilMs = Math.max(untilMs, window.endMs);
  }
  return { drafts: [...told.values()], untilMs };
}

/** A window that should have its labels and has fewer than this share of them: they are not late, they stopped. */
const STARVED = 0.5;

/** Said once until it changes: that there is not enough yet and when there will be, that there never will, or that labels stopped. */
function waitingNote(
  run: PerformanceRun,
  state: PerformanceState,
  waiting: readonly Waiting[],
  curve: readonly MaturityPoint[],
  atMs: number,
) {
  const { spec, context } = run;
  const usualMs = ageOfMaturity(curve, spec.maturity);
  const isDue = ({ window }: Waiting): boolean =>
    usualMs !== null && atMs - window.endMs > usualMs + spec.window;
  const never = waiting.filter((one) => one.readiness.kind === 'never' && isDue(one)).at(-1);
  const about = never ?? waiting[0];
  if (!about || about.readiness.kind === 'ready') return undefined;
  const { window, readiness } = about;
  const passed = never ? { passedMs: window.endMs } : {};
  const expected = about.n * (eventualShare(curve) ?? 0);
  const stopped = isDue(about) && about.known < STARVED * expected;
  // Windows that wait for their labels as they always do are no news, once there was a first judgement.
  if (!stopped && !never && state.judgedUntilMs !== undefined) return undefined;
  const said = { spec, system: context.system, window, readiness, atMs };
  return {
    ...passed,
    key: stopped ? 'stopped' : readiness.kind,
    draft: waitingDraft(stopped ? { ...said, overdueMs: atMs - window.endMs } : said),
  };
}
