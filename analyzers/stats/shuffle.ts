import { at } from './measured.ts';

/** 0 … n−1 in an order drawn at random. Fisher-Yates; `random` uniform on [0, 1). */
export function shuffled(n: number, random: () => number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    const kept = at(order, i);
    order[i] = at(order, j);
    order[j] = kept;
  }
  return order;
}
