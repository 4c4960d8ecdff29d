import type { ContractFeature, ContractSpec } from './documents/contract.ts';
import type { FeatureSpec, SystemSpec } from './documents/system.ts';

/** What decisions say of their contract, watched as a feature: `ok`, or the first promise that a decision broke. */
export const CONTRACT_FEATURE = '@contract';
export const CONTRACT_KEPT = 'ok';

/** The system with what its contracts promise of its features: a contract is newer than the system's own word. */
export function withContracts(system: SystemSpec, contracts: readonly ContractSpec[]): SystemSpec {
  if (contracts.length === 0) return system;
  const features: Record<string, FeatureSpec> = { ...system.features };
  for (const contract of contracts)
    for (const [name, feature] of Object.entries(contract.features)) {
      if (feature.mask?.kind === 'drop') continue;
      features[name] = { ...features[name], ...promisesOf(feature) };
    }
  return { ...system, features };
}

/** Of a value that is kept in another form, its range and unit say nothing. */
function promisesOf({ mask, type, unit, range, allowed, missing }: ContractFeature): Partial<FeatureSpec> {
  const changed = mask !== undefined && mask.kind !== 'detect';
  return {
    ...(missing === undefined ? {} : { missing }),
    ...(changed ? { type: 'categorical', range: undefined, allowed: undefined, unit: undefined } : {}),
    ...(changed || type === undefined ? {} : { type }),
    ...(changed || unit === undefined ? {} : { unit }),
    ...(changed || range === undefined ? {} : { range }),
    ...(changed || allowed === undefined ? {} : { allowed }),
  };
}
