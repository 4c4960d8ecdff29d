import type { FeatureValue } from '../../model/decision.ts';
import { type Fields, firstOf } from './fields.ts';
import { FLAG_EVENT, MOST_VALUE_CHARS } from './semconv.ts';

/** What a flag's evaluation decided: the variant; the flag is the policy. undefined when the event is none, or decides no short word. */
export function flagDecision(name: string, fields: Fields): object | undefined {
  if (!(FLAG_EVENT.names as readonly string[]).includes(name)) return undefined;
  const value = firstOf(fields, FLAG_EVENT.values);
  const flag = fields.get(FLAG_EVENT.flag);
  // A flag's value may be a whole document.
  if (value === undefined || value.length > MOST_VALUE_CHARS || flag === undefined) return undefined;
  const features: Record<string, FeatureValue> = {};
  for (const [attribute, feature] of Object.entries(FLAG_EVENT.features)) {
    const found = fields.get(attribute);
    if (found !== undefined) features[feature] = found;
  }
  const policy = { name: String(flag), version: String(fields.get(FLAG_EVENT.version) ?? '') };
  return { value, policy, features };
}
