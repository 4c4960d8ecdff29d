const HALF_LIFE_MS = 3 * 3_600_000;
const DECAY_PER_MS = Math.LN2 / HALF_LIFE_MS;
/** Share of late flights where nothing is known yet, and how many flights that belief is worth. */
const PRIOR_SHARE = 0.2;
const PRIOR_FLIGHTS = 3;

type Tally = { late: number; flights: number; atMs: number };

/** Rolling share of late arrivals per key (an airport, a route), older ones fading with a half-life of three hours. */
export class RollingLateness {
  readonly #tallies = new Map<string, Tally>();

  share(key: string, nowMs: number): number {
    const tally = this.#tallies.get(key);
    if (!tally) return PRIOR_SHARE;
    const fade = Math.exp(-DECAY_PER_MS * Math.max(0, nowMs - tally.atMs));
    return (tally.late * fade + PRIOR_SHARE * PRIOR_FLIGHTS) / (tally.flights * fade + PRIOR_FLIGHTS);
  }

  arrived(key: string, atMs: number, late: boolean): void {
    const tally = this.#tallies.get(key) ?? { late: 0, flights: 0, atMs };
    const fade = Math.exp(-DECAY_PER_MS * Math.max(0, atMs - tally.atMs));
    this.#tallies.set(key, {
      late: tally.late * fade + (late ? 1 : 0),
      flights: tally.flights * fade + 1,
      atMs: Math.max(atMs, tally.atMs),
    });
  }
}
