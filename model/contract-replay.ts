import { z } from 'zod';
import type { FeatureValue } from './decision.ts';

const key = z.string().min(1).max(256);

/** What is done to a decision's features before it is held against its contract again, in this order. */
export const featureMapping = z.strictObject({
  /** Features that should never have been sent. */
  drop: z.array(key).max(512).default([]),
  /** Name as it came → name as the contract has it. */
  rename: z.record(key, key).default({}),
  /** Numbers that came as texts. */
  numeric: z.array(key).max(512).default([]),
  /** Feature → factor, for another unit. */
  scale: z.record(key, z.number()).default({}),
  /** Feature → value as it came → value as it should be. */
  values: z.record(key, z.record(z.string(), z.union([z.number(), z.string(), z.null()]))).default({}),
});
export type FeatureMapping = z.output<typeof featureMapping>;

type FeatureRecord = Readonly<Record<string, FeatureValue>>;
export type Mapped = {
  readonly features: FeatureRecord;
  /** Features whose name or value is another than the one that came. */
  readonly changed: ReadonlySet<string>;
};

/** Names are those of the contract but in `drop` and `rename`. A name that is taken already is not renamed over. */
export function mapFeatures(features: FeatureRecord, mapping: FeatureMapping): Mapped {
  const changed = new Set<string>();
  const mapped: Record<string, FeatureValue> = {};
  for (const [name, value] of Object.entries(features)) {
    if (mapping.drop.includes(name)) continue;
    const wanted = Object.hasOwn(mapping.rename, name) ? mapping.rename[name] : undefined;
    const next = wanted === undefined || Object.hasOwn(features, wanted) ? name : wanted;
    const kept = mapValue(next, value, mapping);
    if (next !== name || kept !== value) changed.add(next);
    mapped[next] = kept;
  }
  return { features: mapped, changed };
}

function mapValue(name: string, value: FeatureValue, mapping: FeatureMapping): FeatureValue {
  const numeric = mapping.numeric.includes(name) ? numberOf(value) : value;
  const factor = Object.hasOwn(mapping.scale, name) ? mapping.scale[name] : undefined;
  const scaled = typeof numeric === 'number' && factor !== undefined ? numeric * factor : numeric;
  const choices = Object.hasOwn(mapping.values, name) ? mapping.values[name] : undefined;
  const as = String(scaled);
  if (choices === undefined || !Object.hasOwn(choices, as)) return scaled;
  return choices[as] ?? null;
}

/** A text that is no number stays what it is, and goes on breaking its promise. */
function numberOf(value: FeatureValue): FeatureValue {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}
