/** Maps [d0, d1] onto [r0, r1]. A domain of one point lands in the middle. */
export type Scale = {
  (value: number): number;
  readonly invert: (position: number) => number;
  readonly domain: readonly [number, number];
};

export function linear(d0: number, d1: number, r0: number, r1: number): Scale {
  const span = d1 - d0;
  const at = (value: number): number => (span === 0 ? (r0 + r1) / 2 : r0 + ((value - d0) / span) * (r1 - r0));
  const invert = (position: number): number => (r1 === r0 ? d0 : d0 + ((position - r0) / (r1 - r0)) * span);
  return Object.assign(at, { invert, domain: [d0, d1] as const });
}

const NICE = [1, 2, 2.5, 5, 10];

/** Round steps of 1, 2, 2.5 or 5 times a power of ten; about `wanted` of them, all inside the domain. */
export function ticks(low: number, high: number, wanted: number): number[] {
  if (!(high > low) || wanted < 1) return [low];
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = (NICE.find((nice) => nice * power >= raw * 0.999) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The smallest and largest of what is known, widened to include what must be seen. */
export function extent(
  columns: readonly (readonly (number | null)[])[],
  include: readonly number[],
): readonly [number, number] | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of [...columns, include]) {
    for (const value of values) {
      if (value === null || !Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low > high ? null : [low, high];
}

const STEPS_MS = [
  60_000, 300_000, 900_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000,
  604_800_000, 1_209_600_000, 2_419_200_000,
];

/** Time ticks on round local times; `offsetMs` is the zone's distance from UTC. */
export function timeTicks(fromMs: number, toMs: number, wanted: number, offsetMs: number): number[] {
  if (!(toMs > fromMs)) return [fromMs];
  const raw = (toMs - fromMs) / Math.max(1, wanted);
  const step = STEPS_MS.find((one) => one >= raw) ?? Math.ceil(raw / 2_419_200_000) * 2_419_200_000;
  const found: number[] = [];
  for (let t = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs; t <= toMs; t += step) found.push(t);
  return found;
}
