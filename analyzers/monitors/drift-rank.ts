import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import { isPrediction } from '../../model/own-features.ts';
import { DAY_MS, type Window } from '../../model/time.ts';
import type { JudgedDecisions } from '../../store/ports/impact.ts';
import type { Cutoffs } from '../alarm/budget.ts';
import { burnOf } from '../alarm/burn.ts';
import { type Deployment, type Expected, plannedFor } from '../alarm/expected.ts';
import { type Harm, harmOf } from '../alarm/harm.ts';
import { type Importance, impactOf } from '../alarm/impact.ts';
import type { TickContext } from '../deps.ts';
import type { DriftTold } from '../drift/evaluate.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { openBudgets } from './drift-budgets.ts';
import { looksLikeSeason } from './drift-season.ts';

/** Decisions that an association is estimated from. */
const ASSOCIATION_ROWS = 20_000;

export type DriftRanker = {
  /** The drafts with their severity: what the drift weighs, what it costs, whether it was expected. */
  rank(told: readonly DriftTold[], cutoffs: Cutoffs): Promise<readonly FindingDraft[]>;
};

/** What one run learns is asked for once: labels of a window, associations of a reference. */
export function openRanking(context: TickContext, spec: DriftMonitorSpec): DriftRanker {
  const judged = remembering((window: Window, knownBeforeMs) => judgedIn(context, window, knownBeforeMs));
  const associations = remembering((window: Window) => associationsIn(context, window));
  let deployments: Promise<readonly Deployment[]> | undefined;
  const allowedWrong = allowedWrongOf(context);
  const budgets = openBudgets(context);

  const rankOne = async ({ input, look, draft }: DriftTold, cutoffs: Cutoffs): Promise<FindingDraft> => {
    // A monitor that only writes down has nothing to rank, and asks for nothing.
    if (draft.verdict !== 'drift' || look.kind === 'unable' || spec.severity === 'log') return draft;
    deployments ??= deploymentsOf(context);
    const { feature } = input.current;
    const planned = plannedFor(
      { changes: context.spec.plannedChanges, deployments: await deployments },
      { feature, window: input.window, beganMs: draft.onsetMs },
    );
    const expected: Expected | undefined =
      planned ?? (await looksLikeSeason(context, spec, { input, look, draft }));
    const harm: Harm = harmOf(
      await judged(look.referenceWindow, input.window.endMs),
      await judged(input.window, input.window.endMs),
      allowedWrong,
    );
    const burn = burnOf(await budgets.around(input.window, draft.onsetMs), harm);
    const importance = await importanceOf(context, feature, () => associations(look.referenceWindow, 0));
    const isStrong = look.comparison.pValue <= cutoffs.page;
    const impact = impactOf({
      ceiling: spec.severity,
      evidence: isStrong ? 'page' : 'ticket',
      effect: look.comparison.value,
      limit: spec.limit,
      ...{ importance, harm, burn, expected },
    });
    return {
      ...draft,
      severity: impact.severity,
      sentence: `${draft.sentence} ${impact.sentence}`,
      evidence: {
        ...draft.evidence,
        impact: {
          weight: impact.weight,
          reason: impact.reason,
          importance,
          harm,
          burn,
          expected: expected ?? null,
        },
      },
    };
  };
  return {
    rank: async (told, cutoffs) => {
      const ranked: FindingDraft[] = [];
      for (const one of told) ranked.push(await rankOne(one, cutoffs));
      return ranked;
    },
  };
}

type Ask<T> = (window: Window, knownBeforeMs: number) => Promise<T>;

function remembering<T>(ask: Ask<T>): Ask<T> {
  const known = new Map<string, Promise<T>>();
  return ({ startMs, endMs }, knownBeforeMs) => {
    const key = `${startMs}/${endMs}/${knownBeforeMs}`;
    const found = known.get(key) ?? ask({ startMs, endMs }, knownBeforeMs);
    known.set(key, found);
    return found;
  };
}

const judgedIn = (context: TickContext, window: Window, knownBeforeMs: number): Promise<JudgedDecisions> => {
  const { project, system, stores, spec } = context;
  const range = { fromMs: window.startMs, toMs: window.endMs };
  return stores.impact.judged({ project, system, range, knownBeforeMs }, spec);
};

/** Of a long reference its newest week is enough, and bounds what is read. */
const LONGEST_ASSOCIATION_MS = 7 * DAY_MS;

const associationsIn = (context: TickContext, window: Window): Promise<ReadonlyMap<string, number>> => {
  const { project, system, stores } = context;
  const fromMs = Math.max(window.startMs, window.endMs - LONGEST_ASSOCIATION_MS);
  return stores.impact.associations(
    { project, system, range: { fromMs, toMs: window.endMs } },
    ASSOCIATION_ROWS,
  );
};

async function importanceOf(
  context: TickContext,
  feature: string,
  ask: () => Promise<ReadonlyMap<string, number>>,
): Promise<Importance> {
  // What the model says is what its decisions hang on.
  if (isPrediction(feature)) return { share: 1, by: 'declared' };
  const declared = context.spec.features[feature]?.importance;
  if (declared !== undefined) return { share: declared, by: 'declared' };
  const associations = await ask();
  const strongest = Math.max(0, ...associations.values());
  const own = associations.get(feature);
  return own === undefined || strongest === 0
    ? { share: 1, by: 'unknown' }
    : { share: own / strongest, by: 'association' };
}

/** What the tightest objective for right decisions leaves for wrong ones. */
function allowedWrongOf({ slos }: TickContext): number | null {
  const allowed = slos.flatMap(({ document: { spec } }) => {
    const { good, of } = spec.target;
    return spec.sli.kind === 'correctness' ? [Number(of - good) / Number(of)] : [];
  });
  return allowed.length === 0 ? null : Math.min(...allowed);
}

async function deploymentsOf({ stores, project, system }: TickContext): Promise<readonly Deployment[]> {
  const versions = (await stores.gates?.versions(project, system)) ?? [];
  return versions.flatMap(({ version, liveSinceMs, note }) =>
    liveSinceMs === null ? [] : [{ version, atMs: liveSinceMs, note }],
  );
}
