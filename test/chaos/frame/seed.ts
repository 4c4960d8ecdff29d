import { randomInt } from 'node:crypto';

/** `ci` is part of `npm test`; `nightly` (LEEWAY_CHAOS=nightly, `npm run chaos`) is for a machine with an hour to spare. */
export type ChaosSize = 'ci' | 'nightly';
export const CHAOS_SIZE: ChaosSize = process.env['LEEWAY_CHAOS'] === 'nightly' ? 'nightly' : 'ci';

/** How much of a thing this run does. */
export const sized = (sizes: Readonly<Record<ChaosSize, number>>): number => sizes[CHAOS_SIZE];

/** Of the runs that every push makes: the same faults each time, as far as the scheduler allows. */
const CI_SEED = 20_261_123;
const LARGEST_SEED = 2 ** 31;

/** LEEWAY_CHAOS_SEED repeats a run; a nightly one without it goes where none has been. */
export const CHAOS_SEED: number = seedOf(process.env['LEEWAY_CHAOS_SEED']);

function seedOf(given: string | undefined): number {
  if (given === undefined || given === '') return CHAOS_SIZE === 'ci' ? CI_SEED : randomInt(LARGEST_SEED);
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`LEEWAY_CHAOS_SEED=${given} is not a whole number`);
  return seed;
}

/** 0 ≤ random() < 1. */
export type Random = () => number;

/** Mulberry32 of the seed and a name, so that senders, faults and payloads do not disturb each other's numbers. */
export function seeded(seed: number, name: string): Random {
  let state = seed >>> 0;
  for (const char of name) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number, least ≤ n ≤ most. */
export const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));

export function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[Math.floor(random() * items.length)] ?? items[0];
}
