import type { ComparedBin } from '../../model/distribution.ts';
import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import {
  type FeatureKind,
  type FeatureSummary,
  kindOf,
  onCommonBins,
  valuesOf,
} from '../../model/feature-summary.ts';
import type { Verdict } from '../../model/finding.ts';
import { quantileOf } from '../../model/numeric-bins.ts';
import type { Window } from '../../model/time.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { driftVerdict, pToE } from '../stats/index.ts';
import { percentWords, sliceWords } from '../words.ts';
import { type Comparison, compare } from './compare.ts';
import { driftSentence } from './sentence.ts';
import {
  constant,
  notComparable,
  referenceAbsent,
  tooLittle,
  tooManyCategories,
  type Unable,
} from './unable.ts';
import { unitChange } from './unit-change.ts';

/** What the window is compared with, or why there is nothing. */
export type ReferenceData =
  | { readonly kind: 'ready'; readonly window: Window; readonly summary: FeatureSummary }
  | { readonly kind: 'absent'; readonly because: string };

export type DriftInput = {
  readonly spec: DriftMonitorSpec;
  readonly window: Window;
  /** Length of a span, which pools several windows; a window has none. */
  readonly overMs?: number;
  /** '' is all of it. */
  readonly modelVersion: string;
  readonly segment: string;
  readonly current: FeatureSummary;
  readonly reference: ReferenceData;
};

/** What was seen of one feature in one window: a comparison with its p-value, or the reason there is none. */
export type DriftLook =
  | Unable
  | {
      readonly kind: 'compared';
      readonly comparison: Comparison;
      readonly featureKind: FeatureKind;
      readonly referenceWindow: Window;
      /** Both on the same bins. */
      readonly reference: FeatureSummary;
      readonly current: FeatureSummary;
    };

/** A look, and what is told of it. */
export type DriftSeen = { readonly input: DriftInput; readonly look: DriftLook };
export type DriftTold = DriftSeen & { readonly draft: FindingDraft };

export type DriftLevel = {
  /** Chance of a false `drift` that this one check may take: its part of the system's budget. */
  readonly alpha: number;
  /** It drifted at the step before: told already, it ends below a lower limit. */
  readonly isStanding: boolean;
};

/** A drift that stands ends when the effect is below this share of the limit: at the limit itself it would flicker. */
const RELEASE_SHARE = 0.8;
/** What stands is no new alarm: it goes on as long as an ordinary test would see it. */
const STANDING_ALPHA = 0.05;

export function lookAtDrift(input: DriftInput): DriftLook {
  const { spec } = input;
  if (input.reference.kind === 'absent') return referenceAbsent(input.reference.because);
  const [reference, current] = onCommonBins(input.reference.summary, input.current);
  const featureKind = kindOf(reference);
  const little = tooLittle(reference, current, featureKind, spec.minimumN);
  if (little) return little;
  const comparison = compare(spec.statistic, featureKind, reference, current);
  if (comparison.kind === 'undefined') return notComparable(comparison);
  const referenceWindow = input.reference.window;
  return (
    constant(comparison, { reference, current }, featureKind) ?? {
      ...{ kind: 'compared', comparison, featureKind, referenceWindow, reference, current },
    }
  );
}

/** null where there was nothing to test: such a look spends nothing of the budget. */
export const pValueOf = (look: DriftLook): number | null =>
  look.kind === 'compared' ? look.comparison.pValue : null;

/** The look's verdict at the level that the budget leaves it. `onset` is asked for only when the verdict is drift. */
export function decideDrift(
  input: DriftInput,
  look: DriftLook,
  level: DriftLevel,
  onset: (reference: FeatureSummary, kind: FeatureKind) => number | null,
): FindingDraft {
  if (look.kind === 'unable') return unableDraft(input, look);
  const { comparison, featureKind, reference, current } = look;
  const sizes = { now: valuesOf(current, featureKind), before: valuesOf(reference, featureKind) };
  const { alpha, limit } = heldTo(input.spec.limit, level);
  const detectable = comparison.detectable(alpha);
  const judged = driftVerdict(
    {
      kind: 'value',
      effect: comparison.value,
      pValue: comparison.pValue,
      minimumDetectableEffect: detectable,
      nReference: sizes.before,
      nCurrent: sizes.now,
    },
    { alpha, limit },
  );
  if (judged.verdict !== 'drift') {
    const many = tooManyCategories(comparison, featureKind);
    if (many) return { ...unableDraft(input, many), n: sizes.now, nReference: sizes.before };
  }
  const medians = mediansOf(reference, current, featureKind);
  const unit = featureKind === 'numeric' ? unitChange(reference.bins, current.bins) : undefined;
  const onsetMs = judged.verdict === 'drift' ? onset(reference, featureKind) : null;
  const top = topChanges(comparison.bins, sizes);
  const { modelVersion, segment, spec } = input;
  return {
    ...draftOf(input, judged.verdict),
    value: comparison.value,
    n: sizes.now,
    nReference: sizes.before,
    onsetMs,
    sentence: driftSentence({
      ...{
        modelVersion,
        segment,
        overMs: input.overMs,
        judged,
        detectable,
        comparison,
        onsetMs,
        medians,
        unit,
        sizes,
      },
      feature: current.feature,
      statistic: spec.statistic,
      limit: spec.limit,
      isStanding: level.isStanding,
      top: top.map(
        (bin) => `${bin.label} from ${percentWords(bin.reference)} to ${percentWords(bin.current)}`,
      ),
    }),
    evidence: {
      kind: featureKind,
      reason: judged.reason,
      effect: comparison.value,
      interval: comparison.interval,
      pValue: comparison.pValue,
      eValue: eValueOf(comparison.pValue),
      alpha,
      minimumDetectableEffect: detectable,
      standing: level.isStanding,
      ...(input.overMs === undefined ? {} : { overMs: input.overMs }),
      dropped: comparison.dropped,
      errorBound: comparison.errorBound,
      bins: shares(comparison.bins, sizes),
      top: top.map((bin) => bin.label),
      medians: medians ?? null,
      unitChange: unit ?? null,
      missing: { reference: reference.missing, current: current.missing },
      versions: Object.fromEntries(current.versions),
      reference: look.referenceWindow,
      sketch: current.sketch,
    },
  };
}

/** One feature in one window against its reference, judged by itself at level `alpha`. */
export const evaluateDrift = (
  input: DriftInput & {
    readonly alpha: number;
    readonly onset: (reference: FeatureSummary, kind: FeatureKind) => number | null;
  },
): FindingDraft =>
  decideDrift(input, lookAtDrift(input), { alpha: input.alpha, isStanding: false }, input.onset);

const heldTo = (limit: number, { alpha, isStanding }: DriftLevel) =>
  isStanding ? { alpha: Math.max(alpha, STANDING_ALPHA), limit: limit * RELEASE_SHARE } : { alpha, limit };

/** JSON has no infinity; evidence beyond this is told as this. */
const LARGEST_E = 1e300;
const eValueOf = (pValue: number): number | null => {
  const e = pToE(pValue);
  return e.kind === 'undefined' ? null : Math.min(e.value, LARGEST_E);
};

const mediansOf = (reference: FeatureSummary, current: FeatureSummary, kind: FeatureKind) =>
  kind === 'numeric'
    ? { reference: quantileOf(reference.bins, 0.5), current: quantileOf(current.bins, 0.5) }
    : undefined;

type Sizes = { readonly now: number; readonly before: number };
type ShareBin = Omit<ComparedBin, 'reference' | 'current'> & { reference: number; current: number };

const shares = (bins: readonly ComparedBin[], sizes: Sizes): ShareBin[] =>
  bins.map((bin) => ({ ...bin, reference: bin.reference / sizes.before, current: bin.current / sizes.now }));

const TOP_CHANGES = 3;
const topChanges = (bins: readonly ComparedBin[], sizes: Sizes): ShareBin[] =>
  shares(bins, sizes)
    .sort((a, b) => Math.abs(b.current - b.reference) - Math.abs(a.current - a.reference))
    .slice(0, TOP_CHANGES);

function unableDraft(input: DriftInput, unable: Unable): FindingDraft {
  const { current, reference } = input;
  const kind = reference.kind === 'ready' ? kindOf(reference.summary) : kindOf(current);
  return {
    ...draftOf(input, unable.verdict),
    n: valuesOf(current, kind),
    nReference: reference.kind === 'ready' ? valuesOf(reference.summary, kind) : 0,
    sentence: `${current.feature}${sliceWords(input)}: ${unable.sentence}.`,
    evidence: { reason: unable.reason, missing: { current: current.missing } },
  };
}

const draftOf = (input: DriftInput, verdict: Verdict): Omit<FindingDraft, 'sentence' | 'evidence'> => ({
  subject: input.current.feature,
  modelVersion: input.modelVersion,
  segment: input.segment,
  verdict,
  severity: input.spec.severity,
  statistic: input.spec.statistic,
  value: null,
  limit: input.spec.limit,
  n: 0,
  nReference: 0,
  onsetMs: null,
  windowStartMs: input.window.startMs,
  windowEndMs: input.window.endMs,
});
