import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, startOf, type Window } from '../../model/time.ts';
import type { FindingDraft } from '../finding-draft.ts';
import type { DriftTold } from './evaluate.ts';

/** A day holds each hour once and a week each weekday, so a long span has no season of its own. */
const LADDER_MS = [HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS, 28 * DAY_MS] as const;
/** Shorter than so many windows it would hardly know more than one of them. */
const LEAST_WINDOWS = 4;
/** Of the whole of a system a span is looked at anew when a quarter of it is; of each segment when all of it is. */
const LOOKS_PER_SPAN = { whole: 4, part: 1 } as const;

export type Span = { readonly window: Window; readonly due: Readonly<Record<'whole' | 'part', boolean>> };

/**
 * The stretches up to `endMs` that are looked at as one beside the window, the shortest first: what is too small for each
 * window is added up over a day, a week, four weeks. Each look is a test of its own that spends of its step's level, so
 * the expected number of false alarms stays within the budget however spans overlap, and nothing has to be carried from
 * step to step: a repeat, or a late row, finds the same or better profiles.
 *
 * Both sides are pooled before they are tested. Evidence of single windows multiplied instead would hold every window
 * against one reference as if that were the truth, and of a shift too small for one window most would be lost in each
 * factor: a test of ten groups sees a shift by its square.
 */
export function spansOf(spec: DriftMonitorSpec, endMs: number, firstEventMs: number): readonly Span[] {
  const { window, reference } = spec;
  // A reference that moves along is no measure of what is longer than itself.
  const longestMs = reference.kind === 'previous' ? reference.length : Number.POSITIVE_INFINITY;
  return LADDER_MS.filter(
    (lengthMs) => lengthMs >= LEAST_WINDOWS * window && lengthMs % window === 0 && lengthMs <= longestMs,
  )
    .map((lengthMs) => ({
      window: { startMs: endMs - lengthMs, endMs },
      due: {
        whole: endMs % everyMs(spec, lengthMs, LOOKS_PER_SPAN.whole) === 0,
        part: endMs % everyMs(spec, lengthMs, LOOKS_PER_SPAN.part) === 0,
      },
    }))
    .filter((span) => span.window.startMs >= startOf(firstEventMs, MINUTE_MS));
}

const everyMs = ({ window, step = window }: DriftMonitorSpec, lengthMs: number, looks: number): number =>
  Math.ceil(lengthMs / looks / step) * step;

/**
 * Of one check the shortest stretch that can tell: the window where it has enough values, else the first span that has.
 * A longer one would go on telling a drift that is over. The window comes first, then its spans.
 */
export function shortestThatTells(window: DriftTold, spans: readonly DriftTold[]): DriftTold {
  if (isTooLittle(window.draft)) return spans.find(({ draft }) => !isTooLittle(draft)) ?? window;
  const slight = spans.find(({ draft }) => draft.evidence['reason'] === 'too_small_to_matter');
  return slight !== undefined && window.draft.evidence['reason'] === 'no_evidence'
    ? { ...window, draft: withSlight(window.draft, slight) }
    : window;
}

const TOO_LITTLE: ReadonlySet<unknown> = new Set(['could_not_have_seen_it', 'too_few', 'reference_too_few']);
export const isTooLittle = ({ verdict, evidence }: FindingDraft): boolean =>
  verdict === 'not_enough_data' && TOO_LITTLE.has(evidence['reason']);

/** A change that is there and does not matter is told beside a window that could not see it. */
const withSlight = (draft: FindingDraft, { input, draft: slight }: DriftTold): FindingDraft => ({
  ...draft,
  sentence: `${draft.sentence} ${slight.sentence}`,
  evidence: {
    ...draft.evidence,
    slight: { overMs: input.overMs, effect: slight.value, pValue: slight.evidence['pValue'] },
  },
});
