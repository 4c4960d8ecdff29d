/** New decisions take this share of a queue at most, also while a gate sends all of them: those that an incident finds already made have room at any time. */
export const STREAM_CAPACITY_SHARE = 0.5;
export const PRIORITY = { incident: 10, stream: 1 } as const;

export type Fill = {
  /** How many are taken, from the front of a random order. */
  readonly take: number;
  /** Chance of each affected decision to be among them; 1 when none is affected, since none was left out. */
  readonly inclusionProbability: number;
  readonly leftOut: number;
};

/** How far one gets from the front of a random order: a decision that waits already takes no place. */
export function reach(isNew: readonly boolean[], places: number): number {
  let left = places;
  const end = isNew.findIndex((one) => {
    if (one) left -= 1;
    return left < 0;
  });
  return end === -1 ? isNew.length : end;
}

export function fillQueue(affected: number, places: number): Fill {
  const take = Math.max(0, Math.min(affected, Math.floor(places)));
  return {
    take,
    inclusionProbability: affected === 0 ? 1 : take / affected,
    leftOut: affected - take,
  };
}
