import { CONTRACT_FEATURE, CONTRACT_KEPT } from '../../model/contract-features.ts';
import { OTHER_CATEGORY } from '../../model/distribution.ts';
import type { QualityMonitorSpec } from '../../model/documents/monitor/quality.ts';
import type { FeatureSpec } from '../../model/documents/system.ts';
import { type FeatureSummary, kindOf, valuesOf } from '../../model/feature-summary.ts';
import type { Verdict } from '../../model/finding.ts';
import { BIN_GROWTH, binEdges, totalOf } from '../../model/numeric-bins.ts';
import type { Window } from '../../model/time.ts';
import { unitWords } from '../drift/sentence.ts';
import { unitChange } from '../drift/unit-change.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { percentWords } from '../words.ts';

export type QualityInput = {
  readonly spec: QualityMonitorSpec;
  readonly window: Window;
  readonly current: FeatureSummary;
  /** What the contract says of the feature; undefined when it says nothing. */
  readonly feature: FeatureSpec | undefined;
  /** undefined when the monitor has none, or it holds nothing yet. */
  readonly reference: FeatureSummary | undefined;
};

/** A check's outcome: the bad ones of n, or why it does not apply here. */
type Check =
  | {
      readonly kind: 'counted';
      readonly statistic:
        | 'null_share'
        | 'out_of_range_share'
        | 'new_category_share'
        | 'contract_violation_share';
      readonly bad: number;
      readonly n: number;
      readonly limit: number;
      readonly words: string;
      readonly evidence: Record<string, unknown>;
    }
  | { readonly kind: 'not_applicable' };

type Counted = Extract<Check, { kind: 'counted' }>;

const NOT_APPLICABLE: Check = { kind: 'not_applicable' };

/** One finding per check that applies to the feature: what is missing, out of range, new, or in another unit. */
export function evaluateQuality(input: QualityInput): readonly FindingDraft[] {
  if (input.current.feature === CONTRACT_FEATURE) return [draftOf(input, contract(input))];
  const checks = [missing(input), outOfRange(input), newCategory(input)];
  const counted = checks.flatMap((check) => (check.kind === 'counted' ? [draftOf(input, check)] : []));
  const unit = unitFinding(input);
  return unit ? [...counted, unit] : counted;
}

/** Decisions that broke a promise, told by the first one that each broke. */
function contract({ current, spec }: QualityInput): Counted {
  const n = totalOf(current.categories);
  const broken = [...current.categories]
    .filter(([name]) => name !== CONTRACT_KEPT)
    .sort((a, b) => b[1] - a[1]);
  return {
    kind: 'counted',
    statistic: 'contract_violation_share',
    bad: broken.reduce((sum, [, count]) => sum + count, 0),
    n,
    limit: spec.limits.contract,
    words: `of the decisions break the contract${examples(broken.map(([name]) => name))}`,
    evidence: { violations: broken.slice(0, NEW_SHOWN).map(([name, count]) => ({ name, count })) },
  };
}

function missing({ current, feature, spec }: QualityInput): Check {
  const values = totalOf(current.bins) + totalOf(current.categories);
  // A score that is absent was not asked for: only features carry "asked for and missing".
  if (current.feature.startsWith('@')) return NOT_APPLICABLE;
  return {
    kind: 'counted',
    statistic: 'null_share',
    bad: current.missing,
    n: values + current.missing,
    limit: feature?.missing ?? spec.limits.missing,
    words: 'of its values are missing',
    evidence: {},
  };
}

/**
 * Values outside the closed range, from the bins: one that overlaps the range counts as inside, so a value is noticed
 * once it is beyond an edge by more than a bin's width (2 %).
 */
function outOfRange({ current, feature, spec }: QualityInput): Check {
  if (!feature?.range) return NOT_APPLICABLE;
  const [low, high] = feature.range;
  let below = 0;
  let above = 0;
  for (const [key, count] of current.bins) {
    const { from, to } = binEdges(key);
    if (to < low || (to === low && key > 0)) below += count;
    else if (from > high || (from === high && key < 0)) above += count;
  }
  return {
    kind: 'counted',
    statistic: 'out_of_range_share',
    bad: below + above,
    n: totalOf(current.bins),
    limit: spec.limits.outOfRange,
    words: `of its values are outside ${low} to ${high}`,
    evidence: {
      range: [low, high],
      below,
      above,
      min: current.min,
      max: current.max,
      resolution: BIN_GROWTH - 1,
    },
  };
}

const NEW_SHOWN = 20;

/** Against what is allowed, else against the reference, where that lists all it saw. */
function newCategory({ current, feature, reference, spec }: QualityInput): Check {
  const known = feature?.allowed ?? [...(reference?.categories.keys() ?? [])];
  if (kindOf(current) !== 'categorical' || known.length === 0 || known.includes(OTHER_CATEGORY))
    return NOT_APPLICABLE;
  const allowed = new Set([...known, OTHER_CATEGORY]);
  const fresh = [...current.categories].filter(([name]) => !allowed.has(name)).sort((a, b) => b[1] - a[1]);
  return {
    kind: 'counted',
    statistic: 'new_category_share',
    bad: fresh.reduce((sum, [, count]) => sum + count, 0),
    n: totalOf(current.categories),
    limit: spec.limits.newCategory,
    words: `of its values were never ${feature?.allowed ? 'allowed' : 'seen'} before${examples(fresh.map(([name]) => name))}`,
    evidence: { categories: fresh.slice(0, NEW_SHOWN).map(([name, count]) => ({ name, count })) },
  };
}

const examples = (names: readonly string[]): string =>
  names.length === 0 ? '' : ` (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`;

function draftOf(input: QualityInput, check: Counted): FindingDraft {
  const share = check.n > 0 ? check.bad / check.n : null;
  const verdict: Verdict =
    share === null || check.n < input.spec.minimumN
      ? 'not_enough_data'
      : share > check.limit
        ? 'breach'
        : 'ok';
  const counted =
    share === null
      ? 'no values in the window'
      : `${percentWords(share)} (${check.bad} of ${check.n}) ${check.words}`;
  const tail: Record<'ok' | 'breach' | 'not_enough_data', string> = {
    ok: '',
    breach: `; the limit is ${percentWords(check.limit)}`,
    not_enough_data: `; ${input.spec.minimumN} are asked for`,
  };
  return {
    ...common(input),
    verdict,
    statistic: check.statistic,
    value: share,
    limit: check.limit,
    n: check.n,
    sentence: `${input.current.feature}: ${counted}${tail[verdict === 'breach' || verdict === 'ok' ? verdict : 'not_enough_data']}.`,
    evidence: { ...check.evidence, bad: check.bad, versions: Object.fromEntries(input.current.versions) },
  };
}

/** A feature whose document names no unit is a number without one (a share, a count): it cannot change what it has not. */
const hasUnit = ({ feature, current }: QualityInput): boolean =>
  !current.feature.startsWith('@') && (feature === undefined || feature.unit !== undefined);

function unitFinding(input: QualityInput): FindingDraft | undefined {
  const { reference, current, spec } = input;
  if (!reference || kindOf(reference) !== 'numeric' || !hasUnit(input)) return undefined;
  const n = valuesOf(current, 'numeric');
  if (n < spec.minimumN || valuesOf(reference, 'numeric') < spec.minimumN) return undefined;
  const unit = unitChange(reference.bins, current.bins);
  return {
    ...common(input),
    verdict: unit ? 'breach' : 'ok',
    statistic: 'unit_ratio',
    value: unit?.ratio ?? null,
    limit: null,
    n,
    nReference: valuesOf(reference, 'numeric'),
    sentence: unit
      ? `${current.feature} seems to have changed its unit.${unitWords(unit)}`
      : `${current.feature}: no sign of another unit.`,
    evidence: unit ? { unitChange: unit } : {},
  };
}

const common = (
  input: QualityInput,
): Pick<
  FindingDraft,
  | 'subject'
  | 'modelVersion'
  | 'segment'
  | 'severity'
  | 'nReference'
  | 'onsetMs'
  | 'windowStartMs'
  | 'windowEndMs'
> => ({
  subject: input.current.feature,
  modelVersion: '',
  segment: '',
  severity: input.spec.severity,
  nReference: 0,
  onsetMs: null,
  windowStartMs: input.window.startMs,
  windowEndMs: input.window.endMs,
});
