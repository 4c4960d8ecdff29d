import { type Model, probabilityV1, probabilityV2 } from './model.ts';
import type { Inputs } from './world.ts';

/** At or above: hold the connecting passengers. At or below: release them. Between: a person decides. */
export const HOLD_FROM = 0.5;
export const RELEASE_UP_TO = 0.25;
export const POLICY = { name: 'connection-hold', version: '3' } as const;

const KM_PER_MILE = 1.609344;

export type Version = 'v1' | 'v2';
export type Verdict = 'hold' | 'release' | 'refer';

export type Decided = {
  readonly value: Verdict;
  readonly score: number;
  /** As the version's own feed delivered it. The contract says miles. */
  readonly distance: number;
};

/** Pure: the same inputs under the same version give the same decision. */
export function decide(model: Model, version: Version, inputs: Inputs): Decided {
  // The fault of version 2: its new route feed is metric, and nothing on the way converts it.
  const distance = version === 'v2' ? inputs.distanceMi * KM_PER_MILE : inputs.distanceMi;
  const score = version === 'v2' ? probabilityV2(model, inputs, distance) : probabilityV1(model, inputs);
  return { value: verdictOf(score), score, distance };
}

function verdictOf(score: number): Verdict {
  if (score >= HOLD_FROM) return 'hold';
  return score <= RELEASE_UP_TO ? 'release' : 'refer';
}
