import type { SystemSpec } from '../../model/documents/system.ts';
import type { Cell } from '../../store/ports/cohorts.ts';
import type { Scored } from './calibrate.ts';

/** A value, or a group, with fewer reference labels takes the calibration of all together. */
export const LEAST_OF_GROUP = 200;

export type Rules = Pick<SystemSpec, 'correct' | 'deferred'>;
/** How many of `n` come true with probability `p`: the expectation, or a draw. */
export type Draw = (n: number, p: number) => number;

/** What binary and multiclass estimates are made of. */
export type Workings<R> = {
  readonly rows: (cells: readonly Cell[]) => readonly R[];
  /** Labels by score, for the choice of groups. */
  readonly scored: (rows: readonly R[]) => readonly Scored[];
  readonly resample: (rows: readonly R[], random: () => number) => readonly R[];
  /** What the labels of `known` make one expect of rows; null when they say nothing. */
  readonly calibrate: (known: readonly R[]) => ((rows: readonly R[], draw: Draw) => readonly R[]) | null;
};
