/** A seeded stream of uniform numbers on [0, 1): mulberry32 (Tommy Ettinger, public domain algorithm). */
export function uniformStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal by Box and Muller (1958). */
export const normalFrom = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export const sampleOf = (n: number, draw: () => number): Float64Array => {
  const sample = new Float64Array(n);
  for (let i = 0; i < n; i += 1) sample[i] = draw();
  return sample;
};

export function zipfShares(categories: number, exponent: number): readonly number[] {
  const weights = Array.from({ length: categories }, (_, k) => (k + 1) ** -exponent);
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((weight) => weight / total);
}

/** Zipf over `categories` with the given exponent, by its cumulated shares. */
export function zipf(categories: number, exponent: number, random: () => number): () => number {
  let sum = 0;
  const cumulated = zipfShares(categories, exponent).map((share) => {
    sum += share;
    return sum;
  });
  return () => {
    const u = random();
    const index = cumulated.findIndex((c) => u < c);
    return index < 0 ? categories - 1 : index;
  };
}
