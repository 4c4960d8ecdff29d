import { setImmediate as turn } from 'node:timers/promises';
import type { MultivariateMonitorSpec } from '../../model/documents/monitor/multivariate.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import type { Window } from '../../model/time.ts';
import type { SampledDecision } from '../../store/ports/samples.ts';
import type { Summarised, TickContext } from '../deps.ts';
import type { FindingDraft } from '../finding-draft.ts';
import type { Told } from '../multivariate/draft.ts';
import { draftsOf, FEATURES_SUBJECT, multivariateChecks } from '../multivariate/evaluate.ts';
import { referenceOf } from './references.ts';
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
  const drafts: FindingDraft[] = [];
  let onsets = (saved.state['onsets'] ?? {}) as Onsets;
  for (const endMs of endsMs) {
    const known = onsets;
    const told = (
      await evaluateWindow(context, spec, { startMs: endMs - spec.window, endMs }, summarised)
    ).map((draft) =>
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

async function evaluateWindow(
  context: TickContext,
  spec: MultivariateMonitorSpec,
  window: Window,
  summarised: Summarised,
): Promise<FindingDraft[]> {
  const place = referenceOf(spec.reference, window, summarised.firstEventMs);
  if (place.kind === 'none') return [unlooked(spec, window, 'blind', place.because)];
  const [reference, current] = await Promise.all([
    sampleOf(context, spec, place.window),
    sampleOf(context, spec, window),
  ]);
  const least = Math.min(reference.length, current.length);
  if (least < Math.min(spec.minimumN, spec.rows))
    return [
      unlooked(
        spec,
        window,
        'not_enough_data',
        `${current.length} decisions in the window and ${reference.length} in the reference; ${Math.min(spec.minimumN, spec.rows)} are asked for`,
        { n: current.length, nReference: reference.length },
      ),
    ];
  const looked = {
    ...{ spec, window, referenceWindow: place.window, reference, current },
    random: seededRandom(spec.seed),
  };
  const told: Told[] = [];
  for (const some of multivariateChecks(looked, context.spec)) {
    told.push(...some);
    await turn();
  }
  return draftsOf(looked, told);
}

function sampleOf(
  { stores, project, system }: TickContext,
  { rows, seed, checks }: MultivariateMonitorSpec,
  window: Window,
): Promise<readonly SampledDecision[]> {
  return stores.samples.sample({
    ...{ project, system, fromMs: window.startMs, toMs: window.endMs, rows, seed },
    with: { text: checks.includes('text'), embedding: checks.includes('embedding') },
  });
}

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
