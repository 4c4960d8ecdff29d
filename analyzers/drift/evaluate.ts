import type { ComparedBin } from '../../model/distribution.ts';
import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import { type FeatureKind, type FeatureSummary, kindOf, valuesOf } from '../../model/feature-summary.ts';
import type { Verdict } from '../../model/finding.ts';
import { quantileOf } from '../../model/numeric-bins.ts';
import type { Window } from '../../model/time.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { percentWords } from '../words.ts';
import { type Comparison, compare } from './compare.ts';
import { driftSentence } from './sentence.ts';
import { type UnitChange, unitChange } from './unit-change.ts';

/** What the window is compared with, or why there is nothing. */
export type ReferenceData =
  | { readonly kind: 'ready'; readonly window: Window; readonly summary: FeatureSummary }
  | { readonly kind: 'absent'; readonly because: string };

export type DriftInput = {
  readonly spec: DriftMonitorSpec;
  readonly window: Window;
  readonly current: FeatureSummary;
  readonly reference: ReferenceData;
  /** Known from an earlier step, or found in the profile series. Asked for only when the verdict is drift. */
  readonly onset: (reference: FeatureSummary, kind: FeatureKind) => number | null;
};

/** One feature in one window against its reference. Every way of not knowing has a verdict and a sentence. */
export function evaluateDrift(input: DriftInput): FindingDraft {
  const { spec, current, reference } = input;
  const { feature } = current;
  if (reference.kind === 'absent')
    return told(input, { verdict: 'blind', sentence: `${feature}: ${reference.because}.` });
  const kind = kindOf(reference.summary);
  const sizes = { now: valuesOf(current, kind), before: valuesOf(reference.summary, kind) };
  const small = tooSmall(sizes, spec.minimumN);
  if (small) return told(input, { verdict: 'not_enough_data', sentence: `${feature}: ${small}.`, ...sizes });
  const comparison = compare(spec.statistic, kind, reference.summary, current);
  if (comparison.kind === 'undefined')
    return told(input, {
      verdict: 'blind',
      sentence: `${feature}: ${REASONS[comparison.reason]}.`,
      ...sizes,
    });
  const verdict = verdictOf(comparison, spec.limit);
  const unit = kind === 'numeric' ? unitChange(reference.summary.bins, current.bins) : undefined;
  const medians = mediansOf(reference.summary, current, kind);
  const onsetMs = verdict === 'drift' ? input.onset(reference.summary, kind) : null;
  const top = topChanges(comparison.bins, sizes);
  return told(input, {
    verdict,
    value: comparison.value,
    onsetMs,
    ...sizes,
    sentence: driftSentence({
      feature,
      statistic: spec.statistic,
      limit: spec.limit,
      verdict,
      comparison,
      onsetMs,
      medians,
      unit,
      sizes,
      top: top.map(
        (bin) => `${bin.label} from ${percentWords(bin.reference)} to ${percentWords(bin.current)}`,
      ),
    }),
    evidence: evidenceOf({ input, reference, kind, comparison, medians, unit, top, sizes }),
  });
}

const REASONS: Readonly<Record<Extract<Comparison, { kind: 'undefined' }>['reason'], string>> = {
  no_order: 'its values have no order, which Kolmogorov-Smirnov needs',
  empty: 'one side holds no value',
  length_mismatch: 'the two sides could not be laid over each other',
  invalid_count: 'a count is not a number',
  not_finite: 'the distance is not a number',
  constant: 'it does not vary',
  too_few: 'too few values',
  bad_parameter: 'a parameter is out of its domain',
};

type Sizes = { readonly now: number; readonly before: number };

function tooSmall(sizes: Sizes, minimumN: number): string | undefined {
  if (sizes.now < minimumN) return `${sizes.now} values in the window, ${minimumN} are asked for`;
  if (sizes.before < minimumN) return `${sizes.before} values in the reference, ${minimumN} are asked for`;
  return undefined;
}

/** Above the limit but within what sampling alone does at these sizes is no evidence, and no health either. */
function verdictOf(comparison: Extract<Comparison, { kind: 'measured' }>, limit: number): Verdict {
  if (!(comparison.value > limit)) return 'ok';
  return comparison.value > comparison.noise ? 'drift' : 'not_enough_data';
}

const mediansOf = (reference: FeatureSummary, current: FeatureSummary, kind: FeatureKind) =>
  kind === 'numeric'
    ? { reference: quantileOf(reference.bins, 0.5), current: quantileOf(current.bins, 0.5) }
    : undefined;

type ShareBin = Omit<ComparedBin, 'reference' | 'current'> & { reference: number; current: number };

const shares = (bins: readonly ComparedBin[], sizes: Sizes): ShareBin[] =>
  bins.map((bin) => ({ ...bin, reference: bin.reference / sizes.before, current: bin.current / sizes.now }));

const TOP_CHANGES = 3;
const topChanges = (bins: readonly ComparedBin[], sizes: Sizes): ShareBin[] =>
  shares(bins, sizes)
    .sort((a, b) => Math.abs(b.current - b.reference) - Math.abs(a.current - a.reference))
    .slice(0, TOP_CHANGES);

function evidenceOf(said: {
  readonly input: DriftInput;
  readonly reference: Extract<ReferenceData, { kind: 'ready' }>;
  readonly kind: FeatureKind;
  readonly comparison: Extract<Comparison, { kind: 'measured' }>;
  readonly medians: ReturnType<typeof mediansOf>;
  readonly unit: UnitChange | undefined;
  readonly top: readonly ShareBin[];
  readonly sizes: Sizes;
}): Record<string, unknown> {
  const { input, comparison } = said;
  return {
    kind: said.kind,
    bins: shares(comparison.bins, said.sizes),
    top: said.top.map((bin) => bin.label),
    noise: comparison.noise,
    errorBound: comparison.errorBound,
    medians: said.medians ?? null,
    unitChange: said.unit ?? null,
    missing: { reference: said.reference.summary.missing, current: input.current.missing },
    versions: Object.fromEntries(input.current.versions),
    reference: said.reference.window,
  };
}

function told(
  input: DriftInput,
  said: {
    readonly verdict: Verdict;
    readonly sentence: string;
    readonly value?: number;
    readonly now?: number;
    readonly before?: number;
    readonly onsetMs?: number | null;
    readonly evidence?: Record<string, unknown>;
  },
): FindingDraft {
  return {
    subject: input.current.feature,
    modelVersion: '',
    segment: '',
    verdict: said.verdict,
    severity: input.spec.severity,
    statistic: input.spec.statistic,
    value: said.value ?? null,
    limit: input.spec.limit,
    n: said.now ?? 0,
    nReference: said.before ?? 0,
    onsetMs: said.onsetMs ?? null,
    windowStartMs: input.window.startMs,
    windowEndMs: input.window.endMs,
    sentence: said.sentence,
    evidence: said.evidence ?? {},
  };
}
