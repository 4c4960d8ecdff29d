import { CONTRACT_KEPT } from '../../model/contract-features.ts';
import { derivedFrom, turnsWithin } from '../../model/derived-features.ts';
import { OTHER_CATEGORY } from '../../model/distribution.ts';
import type { FeatureSpec } from '../../model/documents/system.ts';
import { type FeatureKind, type FeatureSummary, kindOf, valuesOf } from '../../model/feature-summary.ts';
import { BIN_GROWTH, binEdges, totalOf } from '../../model/numeric-bins.ts';
import { percentWords } from '../words.ts';
import type { Asked, Counted, Told } from './check.ts';
import { chanceOfNone, type Piece } from './spells.ts';

/** One feature in one window. */
export type QualityInput = Asked & {
  readonly current: FeatureSummary;
  /** What the contract says of the feature; undefined when it says nothing. */
  readonly feature: FeatureSpec | undefined;
  /** undefined when the monitor has none, or it holds nothing yet. */
  readonly reference: FeatureSummary | undefined;
  /** The reference in pieces, in the order of time, where it can be cut: what came and went in it may do so again. */
  readonly referenceParts?: readonly FeatureSummary[];
};

/** Once in a million windows and values, chance alone does it: then it is called impossible. */
const IMPOSSIBLE = 1e-6;
const NEVER = 'which chance does less than once in a million windows';
const SHOWN = 20;

/** Rows that know nothing of each other are asked first: where those may miss it, spells may all the more, and cost more to ask. */
const cannotMiss = (count: number, nReference: number, n: number, pieces: () => readonly Piece[]): boolean =>
  chanceOfNone(count, nReference, n) < IMPOSSIBLE &&
  chanceOfNone(count, nReference, n, pieces()) < IMPOSSIBLE;

const examples = (names: readonly string[]): string =>
  names.length === 0 ? '' : ` (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`;

/** Decisions that broke a promise, told by the first one that each broke. */
export function contract({ current, spec }: QualityInput): Counted {
  const broken = [...current.categories]
    .filter(([name]) => name !== CONTRACT_KEPT)
    .sort((a, b) => b[1] - a[1]);
  return {
    subject: current.feature,
    statistic: 'contract_violation_share',
    bad: broken.reduce((sum, [, count]) => sum + count, 0),
    n: totalOf(current.categories),
    limit: spec.limits.contract,
    words: `of the decisions break the contract${examples(broken.map(([name]) => name))}`,
    evidence: { violations: broken.slice(0, SHOWN).map(([name, count]) => ({ name, count })) },
  };
}

/** A score that is absent was not asked for: only features carry "asked for and missing". */
export function missing({ current, feature, spec }: QualityInput): Counted | undefined {
  if (current.feature.startsWith('@')) return undefined;
  return {
    subject: current.feature,
    statistic: 'null_share',
    bad: current.missing,
    n: totalOf(current.bins) + totalOf(current.categories) + current.missing,
    limit: feature?.missing ?? spec.limits.missing,
    words: 'of its values are missing',
  };
}

/**
 * Values outside the closed range, from the bins: one that overlaps the range counts as inside, so a value is noticed
 * once it is beyond an edge by more than a bin's width (2 %).
 */
export function outOfRange({ current, feature, spec }: QualityInput): Counted | undefined {
  if (!feature?.range) return undefined;
  const [low, high] = feature.range;
  let below = 0;
  let above = 0;
  for (const [key, count] of current.bins) {
    const { from, to } = binEdges(key);
    if (to < low || (to === low && key > 0)) below += count;
    else if (from > high || (from === high && key < 0)) above += count;
  }
  const { min, max } = current;
  return {
    subject: current.feature,
    statistic: 'out_of_range_share',
    bad: below + above,
    n: totalOf(current.bins),
    limit: spec.limits.outOfRange,
    words: `of its values are outside ${low} to ${high}`,
    evidence: { range: [low, high], below, above, min, max, resolution: BIN_GROWTH - 1 },
  };
}

/** Against what is allowed, else against the reference, where that lists all it saw. */
export function newCategory(input: QualityInput): Counted | undefined {
  const { current, feature, reference, spec } = input;
  const known = feature?.allowed ?? [...(reference?.categories.keys() ?? [])];
  if (
    kindOf(current) !== 'categorical' ||
    known.length === 0 ||
    known.includes(OTHER_CATEGORY) ||
    turnsWithin(current.feature, input.window.endMs - input.window.startMs)
  )
    return undefined;
  const allowed = new Set([...known, OTHER_CATEGORY]);
  const fresh = [...current.categories].filter(([name]) => !allowed.has(name)).sort((a, b) => b[1] - a[1]);
  return {
    subject: current.feature,
    statistic: 'new_category_share',
    bad: fresh.reduce((sum, [, count]) => sum + count, 0),
    n: totalOf(current.categories),
    limit: spec.limits.newCategory,
    words: `of its values were never ${feature?.allowed ? 'allowed' : 'seen'} before${examples(fresh.map(([name]) => name))}`,
    evidence: { categories: fresh.slice(0, SHOWN).map(([name, count]) => ({ name, count })) },
  };
}

/** A piece as two kinds of values: some, and the rest. */
const inTwo = (some: number, all: number): Piece =>
  new Map([
    [true, Math.min(some, all)],
    [false, Math.max(0, all - some)],
  ]);

type Enough = {
  readonly reference: FeatureSummary;
  readonly kind: FeatureKind;
  readonly n: number;
  readonly nReference: number;
};

/** Both sides hold enough values of the kind that the reference has. */
function enough({ current, reference, spec }: QualityInput): Enough | undefined {
  if (!reference) return undefined;
  const kind = kindOf(reference);
  const n = valuesOf(current, kind);
  const nReference = valuesOf(reference, kind);
  return n >= spec.minimumN && nReference >= spec.minimumN ? { reference, kind, n, nReference } : undefined;
}

/** Categories that the window would have had, if nothing had changed. */
export function vanished(input: QualityInput): Told | undefined {
  const sides = enough(input);
  const { current, spec } = input;
  if (
    sides?.kind !== 'categorical' ||
    turnsWithin(current.feature, input.window.endMs - input.window.startMs)
  )
    return undefined;
  // A rare one may hide among the rest that is only counted.
  const hidden = current.categories.get(OTHER_CATEGORY) ?? 0;
  const gone = [...sides.reference.categories].filter(
    ([name, count]) =>
      name !== OTHER_CATEGORY &&
      !current.categories.has(name) &&
      (count / sides.nReference) * sides.n > hidden &&
      cannotMiss(count, sides.nReference, sides.n, () =>
        (input.referenceParts ?? []).map((piece) =>
          inTwo(piece.categories.get(name) ?? 0, valuesOf(piece, 'categorical')),
        ),
      ),
  );
  const share = gone.reduce((sum, [, count]) => sum + count, 0) / sides.nReference;
  const names = gone.sort((a, b) => b[1] - a[1]).map(([name]) => name);
  return {
    subject: current.feature,
    statistic: 'vanished_category_share',
    verdict: share > spec.limits.vanishedCategory ? 'breach' : 'ok',
    value: share,
    limit: spec.limits.vanishedCategory,
    n: sides.n,
    nReference: sides.nReference,
    words:
      gone.length === 0
        ? 'no category of the reference stays away beyond chance'
        : `${gone.length === 1 ? 'one category came' : `${gone.length} categories came`} no more${examples(names)}, ${percentWords(share)} of the values of the reference`,
    evidence: { categories: names.slice(0, SHOWN) },
  };
}

/** Values of the other type than the reference's, or than the declared one. */
export function typeChange({ current, feature, reference, spec }: QualityInput): Counted | undefined {
  const declared = feature?.type === undefined ? undefined : KIND[feature.type];
  const kind =
    declared ??
    (reference && totalOf(reference.bins) + totalOf(reference.categories) >= spec.minimumN
      ? kindOf(reference)
      : undefined);
  if (kind === undefined || current.feature.startsWith('@')) return undefined;
  const numbers = totalOf(current.bins);
  const texts = totalOf(current.categories);
  if (numbers + texts === 0) return undefined;
  return {
    subject: current.feature,
    statistic: 'type_change_share',
    bad: kind === 'numeric' ? texts : numbers,
    n: numbers + texts,
    limit: spec.limits.typeChange,
    words:
      kind === 'numeric'
        ? 'of its values are texts where numbers were'
        : 'of its values are numbers where texts were',
    evidence: { numbers, texts },
  };
}
const KIND: Readonly<Record<string, FeatureKind>> = {
  numeric: 'numeric',
  categorical: 'categorical',
  boolean: 'categorical',
};

/** One value only, where the reference had several: a feature that stopped moving. */
export function stuck(input: QualityInput): Told | undefined {
  const sides = enough(input);
  const { current } = input;
  if (!sides || turnsWithin(current.feature, input.window.endMs - input.window.startMs)) return undefined;
  const counts = sides.kind === 'numeric' ? current.bins : current.categories;
  const [only] = counts.keys();
  const commonest = Math.max(...counts.values()) / sides.n;
  const isOne =
    counts.size === 1 &&
    only !== OTHER_CATEGORY &&
    (sides.kind === 'categorical' || current.min === current.max);
  const before = sides.kind === 'numeric' ? sides.reference.bins : sides.reference.categories;
  const same = only === undefined ? 0 : ((before as ReadonlyMap<unknown, number>).get(only) ?? 0);
  // A rate of the day is one value in each window, and another one tomorrow: what counts is how alike values of a piece are.
  const pieces = () =>
    (input.referenceParts ?? []).map((piece) => (sides.kind === 'numeric' ? piece.bins : piece.categories));
  const isStuck =
    isOne && before.size > 1 && cannotMiss(sides.nReference - same, sides.nReference, sides.n, pieces);
  const value = sides.kind === 'numeric' ? String(current.min) : String(only);
  return {
    subject: current.feature,
    statistic: 'stuck_share',
    verdict: isStuck ? 'breach' : 'ok',
    value: commonest,
    limit: null,
    n: sides.n,
    nReference: sides.nReference,
    words: isStuck
      ? `it stopped moving: each of its ${sides.n} values is ${value}, where the reference had it in ${percentWords(same / sides.nReference)} of its values, ${NEVER}`
      : 'it moves',
    evidence: isStuck ? { value } : {},
  };
}

export type Brought = { readonly brought: number; readonly all: number };

/** Values of a feature that decisions brought, or asked for and missed. */
export const askedFor = (one: FeatureSummary | undefined): number =>
  one === undefined ? 0 : totalOf(one.bins) + totalOf(one.categories) + one.missing;

/** Whether decisions still bring the feature, asked for or missing; and whether it is one that they never brought. */
export function presence(
  input: QualityInput & {
    readonly decisions: number;
    readonly referenceDecisions: number;
    /** The reference in pieces, as `referenceParts`: decisions, and those that brought the feature. */
    readonly pieces?: readonly Brought[];
  },
): Told | undefined {
  const { current, reference, feature, decisions, referenceDecisions, spec } = input;
  if (current.feature.startsWith('@') || Math.min(decisions, referenceDecisions) < spec.minimumN)
    return undefined;
  const now = askedFor(current);
  const before = Math.min(askedFor(reference), referenceDecisions);
  const base = {
    subject: current.feature,
    statistic: 'presence_share' as const,
    value: Math.min(1, now / decisions),
    limit: null,
    n: decisions,
    nReference: referenceDecisions,
  };
  const pieces = () => (input.pieces ?? []).map(({ brought, all }) => inTwo(brought, all));
  if (now === 0 && before > 0 && cannotMiss(before, referenceDecisions, decisions, pieces))
    return {
      ...base,
      verdict: 'breach',
      words: `it is gone: none of ${decisions} decisions brings it, where ${percentWords(before / referenceDecisions)} did, ${NEVER}`,
      evidence: { schema: 'gone' },
    };
  if (now > 0 && before === 0 && feature === undefined && derivedFrom(current.feature) === undefined)
    return {
      ...base,
      verdict: chanceOfNone(now, decisions, referenceDecisions) < IMPOSSIBLE ? 'breach' : 'ok',
      words: `it is new: ${percentWords(now / decisions)} of ${decisions} decisions bring it, and none of the reference's ${referenceDecisions}`,
      evidence: { schema: 'new' },
    };
  return undefined;
}
