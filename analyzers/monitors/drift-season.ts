import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import { DAY_MS } from '../../model/time.ts';
import type { Expected } from '../alarm/expected.ts';
import type { TickContext } from '../deps.ts';
import { type DriftTold, lookAtDrift } from '../drift/evaluate.ts';

/** Seasons that a stretch of business knows: the week, and the day where the window is shorter than one. */
const SEASONS_MS = [7 * DAY_MS, DAY_MS] as const;
/** No evidence of a difference at this level, and none that matters: alike. */
const ALIKE_ALPHA = 0.05;

/**
 * Whether the same hours a season ago looked like this window, while the drift itself is younger than that: then it comes
 * and goes with the calendar. A drift that has lasted for longer looks like itself a week ago, and proves nothing.
 */
export async function looksLikeSeason(
  context: TickContext,
  spec: DriftMonitorSpec,
  { input, draft }: DriftTold,
): Promise<Expected | undefined> {
  const beganMs = draft.onsetMs ?? input.window.startMs;
  const lengthMs = input.window.endMs - input.window.startMs;
  if (spec.reference.kind === 'seasonal') return undefined;
  for (const everyMs of SEASONS_MS) {
    const before = { startMs: input.window.startMs - everyMs, endMs: input.window.endMs - everyMs };
    if (lengthMs >= everyMs || before.endMs > beganMs) continue;
    const summary = await summaryBefore(context, input, before);
    if (!summary) continue;
    const look = lookAtDrift({ ...input, reference: { kind: 'ready', window: before, summary } });
    if (look.kind !== 'compared') continue;
    const { pValue, value } = look.comparison;
    if (pValue > ALIKE_ALPHA && value <= spec.limit) return { kind: 'season', everyMs };
  }
  return undefined;
}

async function summaryBefore(
  { stores, project, system }: TickContext,
  { current, modelVersion, segment }: DriftTold['input'],
  before: { readonly startMs: number; readonly endMs: number },
) {
  const found = await stores.profiles.merged({
    project,
    system,
    features: [current.feature],
    ...(modelVersion === '' ? {} : { modelVersion }),
    ...(segment === '' ? {} : { segment }),
    fromMs: before.startMs,
    toMs: before.endMs,
  });
  return found[0];
}
