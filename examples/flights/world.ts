import { arrivalMs, type Flight, isLate } from './flights.ts';
import { RollingLateness } from './lateness.ts';

/** What the operations desk knows at the moment of a departure: only planes that have landed by then count. */
export type Inputs = {
  readonly hour: number;
  readonly weekday: number;
  readonly distanceMi: number;
  readonly originLateness: number;
  readonly destinationLateness: number;
  readonly routeLateness: number;
};

const MINUTE_MS = 60_000;
/** An observed arrival may not be asked for later than this after its departure; a later one is dropped from the rolling shares. */
const KNOWN_WITHIN_MIN = 3 * 24 * 60;

/** Moves through time flight by flight and keeps the rolling lateness of airports and routes. */
export class World {
  readonly #origins = new RollingLateness();
  readonly #destinations = new RollingLateness();
  readonly #routes = new RollingLateness();
  readonly #landings = new Map<number, Flight[]>();
  #minute = 0;

  /** Call in order of departure. Returns the inputs of a decision about this flight. */
  depart(flight: Flight): Inputs {
    const minute = Math.floor(flight.departureMs / MINUTE_MS);
    this.#landUntil(minute);
    const inputs = this.#inputs(flight);
    const landing = Math.max(minute, Math.floor(arrivalMs(flight) / MINUTE_MS));
    if (landing - minute <= KNOWN_WITHIN_MIN) {
      const landings = this.#landings.get(landing);
      if (landings) landings.push(flight);
      else this.#landings.set(landing, [flight]);
    }
    return inputs;
  }

  #inputs(flight: Flight): Inputs {
    const { departureMs, distanceMi, origin, destination } = flight;
    const local = new Date(departureMs);
    return {
      hour: local.getUTCHours() + local.getUTCMinutes() / 60,
      weekday: local.getUTCDay(),
      distanceMi,
      originLateness: this.#origins.share(origin, departureMs),
      destinationLateness: this.#destinations.share(destination, departureMs),
      routeLateness: this.#routes.share(`${origin}-${destination}`, departureMs),
    };
  }

  #landUntil(minute: number): void {
    if (this.#minute === 0) this.#minute = minute;
    for (; this.#minute < minute; this.#minute++) {
      for (const flight of this.#landings.get(this.#minute) ?? []) this.#land(flight);
      this.#landings.delete(this.#minute);
    }
  }

  #land(flight: Flight): void {
    const late = isLate(flight);
    const atMs = arrivalMs(flight);
    this.#origins.arrived(flight.origin, atMs, late);
    this.#destinations.arrived(flight.destination, atMs, late);
    this.#routes.arrived(`${flight.origin}-${flight.destination}`, atMs, late);
  }
}
