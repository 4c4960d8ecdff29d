import type { PlannedChange } from '../../model/documents/system.ts';
import type { Window } from '../../model/time.ts';
import { instantWords } from '../words.ts';

/** Why a drift was to be expected. */
export type Expected =
  | { readonly kind: 'announced'; readonly reason: string; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'deployment'; readonly version: string; readonly atMs: number; readonly note: string }
  | { readonly kind: 'season'; readonly everyMs: number };

export type Deployment = { readonly version: string; readonly atMs: number; readonly note: string };

/** An onset is known to about a slot of its series; a deployment this part of a window before or after it belongs to it. */
const ONSET_SLACK = 0.1;

/**
 * The announced change that the drift began in, or whose span the window touches; else the deployment it began with.
 * `beganMs`: where the drift began, or null when that is not known.
 */
export function plannedFor(
  plans: { readonly changes: readonly PlannedChange[]; readonly deployments: readonly Deployment[] },
  drift: { readonly feature: string; readonly window: Window; readonly beganMs: number | null },
): Expected | undefined {
  const { window, beganMs, feature } = drift;
  const change = plans.changes.find(
    ({ features, from, to }) =>
      (features === 'all' || features.includes(feature)) &&
      ((from < window.endMs && to > window.startMs) || (beganMs !== null && beganMs >= from && beganMs < to)),
  );
  if (change) return { kind: 'announced', reason: change.reason, fromMs: change.from, toMs: change.to };
  if (beganMs === null) return undefined;
  const slackMs = ONSET_SLACK * (window.endMs - window.startMs);
  const deployment = plans.deployments.find(({ atMs }) => Math.abs(beganMs - atMs) <= slackMs);
  return deployment && { kind: 'deployment', ...deployment };
}

export function expectedWords(expected: Expected): string {
  switch (expected.kind) {
    case 'announced':
      return `Announced: ${expected.reason} (${instantWords(expected.fromMs)} to ${instantWords(expected.toMs)}).`;
    case 'deployment':
      return `It began with the declared deployment of ${expected.version} at ${instantWords(expected.atMs)}.`;
    case 'season':
      return `The same hours ${expected.everyMs >= 7 * 86_400_000 ? 'a week' : 'a day'} ago looked alike: an expected season.`;
  }
}
