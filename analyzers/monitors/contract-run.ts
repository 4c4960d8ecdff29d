import type { DocumentOf } from '../../model/documents/document.ts';
import { kindOf, valuesOf } from '../../model/feature-summary.ts';
import { VALUE_FEATURE } from '../../model/own-features.ts';
import { HOUR_MS, MINUTE_MS, startOf } from '../../model/time.ts';
import type { Stored } from '../../store/ports/documents.ts';
import type { Summarised, TickContext } from '../deps.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { contractFreshness } from '../quality/contract-freshness.ts';
import type { MonitorRun } from './run.ts';

type StoredContract = Stored<DocumentOf<'Contract'>>;
type Saved = { readonly evaluatedUntilMs: number; readonly state: Readonly<Record<string, unknown>> };

/** An age is known to a sixtieth of what is promised, and never to less than a minute. */
const SLOTS = 60;
/** A promise of a week is looked at every hour, one of a minute every minute. */
const MOST_STEP_MS = HOUR_MS;

/** Features that promise to have come within an age of their own; those that say when they were made are held decision by decision. */
const promisedAges = ({ document }: StoredContract): { feature: string; maxAgeMs: number }[] =>
  Object.entries(document.spec.features).flatMap(([feature, { freshness, mask }]) =>
    freshness === undefined || freshness.at !== undefined || mask?.kind === 'drop'
      ? []
      : [{ feature, maxAgeMs: freshness.maxAge }],
  );

/** Contracts that have something to be looked at beside what each decision says. */
export const hasAges = (contract: StoredContract): boolean => promisedAges(contract).length > 0;

/** Each feature's age as it stands at the newest closed step; the steps before it say nothing that this one does not. */
export async function runContract(
  context: TickContext,
  contract: StoredContract,
  saved: Saved | undefined,
  { profiledUntilMs, firstEventMs }: Summarised,
): Promise<MonitorRun> {
  const ages = promisedAges(contract);
  const shortest = Math.min(...ages.map(({ maxAgeMs }) => maxAgeMs));
  const stepMs = Math.max(MINUTE_MS, startOf(Math.min(shortest, MOST_STEP_MS), MINUTE_MS));
  const atMs = startOf(profiledUntilMs, stepMs);
  if (atMs <= (saved?.evaluatedUntilMs ?? firstEventMs)) return { kind: 'nothing_due' };
  const seen = { ...((saved?.state['seen'] ?? {}) as Readonly<Record<string, number>>) };
  const drafts: FindingDraft[] = [];
  for (const { feature, maxAgeMs } of ages) {
    const slotMs = Math.max(MINUTE_MS, startOf(maxAgeMs / SLOTS, MINUTE_MS));
    const fromMs = atMs - Math.ceil(maxAgeMs / slotMs) * slotMs;
    const slots = await context.stores.profiles.slots({
      project: context.project,
      system: context.system,
      features: [feature, VALUE_FEATURE],
      fromMs,
      toMs: atMs,
      slotMs,
    });
    const valued = slots
      .filter((slot) => slot.feature === feature)
      .map((slot) => ({ endMs: slot.startMs + slotMs, values: valuesOf(slot, kindOf(slot)) }))
      .filter(({ values }) => values > 0);
    const decisions = slots.filter((slot) => slot.feature === VALUE_FEATURE);
    const last = Math.max(...valued.map(({ endMs }) => endMs), seen[feature] ?? 0);
    if (last > 0) seen[feature] = last;
    drafts.push(
      contractFreshness({
        contract: contract.document.metadata.name,
        feature,
        maxAgeMs,
        seenMs: last > 0 ? last : null,
        values: valued.reduce((sum, { values }) => sum + values, 0),
        decisions: decisions.reduce((sum, slot) => sum + valuesOf(slot, 'categorical'), 0),
        // Before the first decision nobody could have sent it.
        fromMs: Math.max(fromMs, firstEventMs),
        atMs,
      }),
    );
  }
  return { kind: 'evaluated', drafts, state: { seen }, evaluatedUntilMs: atMs, more: false };
}
