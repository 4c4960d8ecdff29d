import type { FeatureValue } from './decision.ts';
import type { ContractFeature, ContractSpec } from './documents/contract.ts';

/** Named per decision at the most; one broken deployment must not make rows of unbounded size. */
const MOST_VIOLATIONS = 32;

/** A feature as a contract looks at it; a free text is a text, an embedding a list of numbers. */
export type ContractValue = FeatureValue | readonly number[];

/** What a decision broke. */
export type ContractVerdict = {
  /** `type:distance`: the kind of promise, then the feature. */
  readonly violations: readonly string[];
  /** A broken contract asks that such decisions be kept apart. */
  readonly quarantined: boolean;
};

/**
 * The features of one decision against its contracts, as they are kept: a value that was masked into another form is
 * only asked for, not looked at, and one that is dropped is not asked for either. `timeMs` is when it was decided.
 */
export function checkContracts(
  specs: readonly ContractSpec[],
  features: Readonly<Record<string, ContractValue>>,
  timeMs: number,
): ContractVerdict {
  const all = new Set<string>();
  let quarantined = false;
  for (const spec of specs) {
    const broken = [...violationsOf(spec, features), ...staleOf(spec, features, timeMs)];
    for (const violation of broken) all.add(violation);
    if (broken.length > 0 && spec.onViolation === 'quarantine') quarantined = true;
  }
  return { violations: [...all].sort().slice(0, MOST_VIOLATIONS), quarantined };
}

function violationsOf(spec: ContractSpec, features: Readonly<Record<string, ContractValue>>): string[] {
  const broken = Object.entries(spec.features).flatMap(([name, feature]) => {
    const kind = broke(feature, Object.hasOwn(features, name) ? features[name] : undefined);
    return kind === 'kept' ? [] : [`${kind}:${name}`];
  });
  if (spec.unknownFeatures === 'allow') return broken;
  const unknown = Object.keys(features).filter((name) => !Object.hasOwn(spec.features, name));
  return [...broken, ...unknown.map((name) => `unknown:${name}`)];
}

/** Used though it was made too long before, or nobody can tell when. */
function staleOf(
  spec: ContractSpec,
  features: Readonly<Record<string, ContractValue>>,
  timeMs: number,
): string[] {
  return Object.entries(spec.features).flatMap(([name, { freshness }]) => {
    if (freshness?.at === undefined) return [];
    const value = Object.hasOwn(features, name) ? features[name] : undefined;
    if (value === undefined || value === null) return [];
    const madeMs = instantOf(Object.hasOwn(features, freshness.at) ? features[freshness.at] : undefined);
    return timeMs - madeMs <= freshness.maxAge ? [] : [`freshness:${name}`];
  });
}

/** Seconds since 1970 stay below this for three thousand years, milliseconds passed it in 1973. */
const LARGEST_SECONDS = 1e11;

function instantOf(value: ContractValue | undefined): number {
  if (typeof value === 'number') return value < LARGEST_SECONDS ? value * 1_000 : value;
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}

function broke(feature: ContractFeature, value: ContractValue | undefined): Promised | 'required' | 'kept' {
  const { mask, required } = feature;
  if (mask?.kind === 'drop') return 'kept';
  if (value === undefined) return required ? 'required' : 'kept';
  const isChanged = mask !== undefined && mask.kind !== 'detect';
  return value === null || isChanged ? 'kept' : brokenPromise(feature, value);
}

type Promised = 'type' | 'range' | 'allowed';

function brokenPromise(
  { type, range, allowed }: ContractFeature,
  value: Exclude<ContractValue, null>,
): Promised | 'kept' {
  if (type !== undefined && !isOfType(type, value)) return 'type';
  if (range && typeof value === 'number' && !(value >= range[0] && value <= range[1])) return 'range';
  if (allowed && !allowed.includes(String(value))) return 'allowed';
  return 'kept';
}

/** On spans and in the store a boolean is the text `true` or `false`. */
function isOfType(type: NonNullable<ContractFeature['type']>, value: Exclude<ContractValue, null>): boolean {
  if (type === 'numeric') return typeof value === 'number';
  if (type === 'embedding') return typeof value === 'object';
  if (typeof value === 'object') return false;
  if (type === 'categorical') return typeof value !== 'number';
  if (type === 'text') return typeof value === 'string';
  if (type === 'timestamp') return typeof value === 'number' || !Number.isNaN(Date.parse(String(value)));
  return value === true || value === false || value === 'true' || value === 'false';
}
