import { normalFrom, zipf } from './random.ts';

/** Feature shapes on which drift checks are judged. `shift` is in standard deviations of the underlying normal, or in Zipf exponent. */
export type Generator = {
  readonly name: string;
  readonly kind: 'numeric' | 'category';
  readonly draw: (random: () => number, shift: number) => () => number;
};

/** Share of exact zeros in the zero-inflated feature. */
const ZERO_SHARE = 0.7;
export const CATEGORIES = 20;

export const GENERATORS: readonly Generator[] = [
  { name: 'normal', kind: 'numeric', draw: (random, shift) => () => normalFrom(random) + shift },
  { name: 'lognormal', kind: 'numeric', draw: (random, shift) => () => Math.exp(normalFrom(random) + shift) },
  {
    name: 'zero-inflated',
    kind: 'numeric',
    draw: (random, shift) => () => (random() < ZERO_SHARE ? 0 : Math.exp(normalFrom(random) + shift)),
  },
  { name: 'zipf-20', kind: 'category', draw: (random, shift) => zipf(CATEGORIES, 1 + shift, random) },
];
