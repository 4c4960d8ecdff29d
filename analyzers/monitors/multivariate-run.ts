import type { MultivariateMonitorSpec } from '../../model/documents/monitor/multivariate.ts';
import type { Window } from '../../model/time.ts';
import type { SampledDecision } from '../../store/ports/samples.ts';
import type { Summarised, TickContext } from '../deps.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { FEATURES_SUBJECT } from '../multivariate/evaluate.ts';
import { openPlaces, type ReferencePlace, type ReferencePlaces } from './reference-places.ts';
import type { MonitorRun, RunFrom } from './run.ts';
import { dueEnds } from './window-run.ts';

/** A window costs a second or so: a catch-up lets other monitors have their turn. */
const WINDOWS_PER_TICK = 4;

/** Since when each check has been drifting, so that a drift keeps the start it was first given. */
type Onsets = Readonly<Record<string, number>>;

export async function runMultivariate(
  context: TickContext,
  spec: MultivariateMonitorSpec,
  saved: RunFrom,
  summarised: Summarised,
): Promise<MonitorRun> {
  const due = dueEnds(spec, saved.evaluatedUntilMs, summarised);
  const endsMs = due.endsMs.slice(0, WINDOWS_PER_TICK);
  const last = endsMs.at(-1);
  if (last === undefined) return { kind: 'nothing_due' };
  const { monitor } = saved;
  const places = await openPlaces(context, { monitor, reference: spec.reference }, summarised);
  const run = { context, monitor, spec, places, drawn: new Map() };
  const drafts: FindingDraft[] = [];
  let onsets = (saved.state['onsets'] ?? {}) as Onsets;
  for (const endMs of endsMs) {
    const known = onsets;
    const told = (await evaluateWindow(run, { startMs: endMs - spec.window, endMs })).map((draft) =>
      draft.onsetMs === null ? draft : { ...draft, onsetMs: known[keyOf(draft)] ?? draft.onsetMs },
    );
    drafts.push(...told);
    onsets = Object.fromEntries(
      told.flatMap((draft) => (draft.onsetMs === null ? [] : [[keyOf(draft), draft.onsetMs]])),
    );
  }
  return {
    kind: 'evaluated',
    drafts,
    state: { onsets },
    evaluatedUntilMs: last,
    more: due.more || due.endsMs.length > endsMs.length,
  };
}

const keyOf = ({ statistic, subject }: FindingDraft): string => `${statistic}/${subject}`;

type Run = {
  readonly context: TickContext;
  readonly monitor: string;
  readonly spec: MultivariateMonitorSpec;
  readonly places: ReferencePlaces;
  /** Samples of references, by where they lie: one that does not move is drawn once for all windows of the run. */
  readonly drawn: Map<string, Promise<readonly SampledDecision[]>>;
};

async function evaluateWindow(run: Run, window: Window): Promise<FindingDraft[]> {
  const { context, spec } = run;
  const place = await run.places.at(window);
  if (place.kind === 'none') return [unlooked(spec, window, 'blind', place.because)];
  const [reference, current] = await Promise.all([
    referenceSample(run, place),
    context.stores.samples.sample({ ...drawOf(run), stretches: [window] }),
  ]);
  const asked = Math.min(spec.minimumN, spec.rows);
  if (reference.length === 0)
    return [unlooked(spec, window, 'blind', `the reference has no decisions to compare with${kept(place)}`)];
  if (Math.min(reference.length, current.length) < asked)
    return [
      unlooked(
        spec,
        window,
        'not_enough_data',
        `${current.length} decisions in the window and ${reference.length} in the reference; ${asked} are asked for`,
        { n: current.length, nReference: reference.length },
      ),
    ];
  const answer = await context.multivariate.ask({
    ...{ spec, window, referenceWindow: place.window, reference, current },
    features: context.spec.features,
  });
  if (answer.kind === 'drafts') return [...answer.drafts];
  const { project, system } = context;
  context.emit({ kind: 'monitor_failed', project, system, monitor: run.monitor, error: answer.because });
  return [
    unlooked(spec, window, 'blind', answer.because, { n: current.length, nReference: reference.length }),
  ];
}

const drawOf = ({ context: { project, system }, spec: { rows, seed, checks } }: Run) => ({
  ...{ project, system, rows, seed },
  with: { text: checks.includes('text'), embedding: checks.includes('embedding') },
});

function referenceSample(
  run: Run,
  place: Exclude<ReferencePlace, { kind: 'none' }>,
): Promise<readonly SampledDecision[]> {
  const { samples } = run.context.stores;
  const key = JSON.stringify(place);
  const found =
    run.drawn.get(key) ??
    (place.kind === 'stored'
      ? samples.kept({ ...drawOf(run), reference: place.version.id })
      : samples.sample({ ...drawOf(run), ...place }));
  run.drawn.set(key, found);
  return found;
}

const kept = (place: ReferencePlace): string =>
  place.kind === 'stored'
    ? ': it was stored without any; accept a window with leeway reference accept, which keeps a sample of them'
    : '';

const unlooked = (
  spec: MultivariateMonitorSpec,
  window: Window,
  verdict: 'blind' | 'not_enough_data',
  because: string,
  sizes: { readonly n: number; readonly nReference: number } = { n: 0, nReference: 0 },
): FindingDraft => ({
  ...sizes,
  ...{
    subject: FEATURES_SUBJECT,
    statistic: 'domain_auc',
    modelVersion: '',
    segment: '',
    severity: spec.severity,
  },
  ...{ verdict, value: null, limit: spec.limits.domain, onsetMs: null },
  ...{ windowStartMs: window.startMs, windowEndMs: window.endMs },
  sentence: `${FEATURES_SUBJECT}: ${because}.`,
  evidence: {},
});
