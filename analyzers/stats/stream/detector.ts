import { type Undefined, undefinedBecause } from '../measured.ts';

/** What a detector says after one value. `stable` includes "still learning". */
export type Signal = { readonly kind: 'stable' | 'warning' | 'drift' } | Undefined;

/** A change detector over a stream: O(1) or O(log n) per value. After `drift` it starts anew by itself. */
export type StreamDetector = { update(value: number): Signal };

export type Level = 'stable' | 'warning' | 'drift';

const SIGNALS: Readonly<Record<Level, Signal>> = {
  stable: { kind: 'stable' },
  warning: { kind: 'warning' },
  drift: { kind: 'drift' },
};

/** For any number. NaN and infinities are refused and leave the state as it was. */
export const numericDetector = (step: (value: number) => Level): StreamDetector => ({
  update: (value) => (Number.isFinite(value) ? SIGNALS[step(value)] : undefinedBecause('not_finite')),
});

/** For error indicators: 1 is an error, 0 is none; anything else is refused and leaves the state as it was. */
export const binaryDetector = (step: (isError: boolean) => Level): StreamDetector => ({
  update: (value) =>
    value === 0 || value === 1 ? SIGNALS[step(value === 1)] : undefinedBecause('bad_parameter'),
});
