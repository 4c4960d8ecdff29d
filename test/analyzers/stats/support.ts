import { expect } from 'vitest';
import type { Measured } from '../../../analyzers/stats/index.ts';

/** The result of a statistic that must have one. */
export function defined<T>(result: Measured<T>): Readonly<T> {
  if (result.kind === 'undefined') throw new Error(`undefined because ${result.reason}`);
  return result;
}

/** Agreement relative to the expected size; `absolute` takes over near zero. */
export function agrees(actual: number, expected: number, relative = 1e-9, absolute = 1e-14): void {
  const gap = Math.abs(actual - expected);
  const slack = Math.max(absolute, relative * Math.abs(expected));
  expect(gap, `${actual} against ${expected}`).toBeLessThanOrEqual(slack);
}

export const undefinedFor = (reason: string): { kind: string; reason: string } => ({
  kind: 'undefined',
  reason,
});
