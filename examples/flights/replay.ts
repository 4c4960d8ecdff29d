import { arrivalMs, type Flight, isLate, readFlights } from './flights.ts';
import type { Leeway, Outcome } from './leeway.ts';
import { type Example, fitModel, type Model } from './model.ts';
import type { DecisionService, Orders } from './service.ts';
import { type Inputs, World } from './world.ts';

/** The hub whose arrivals are decided about: O'Hare, one flight in twenty. */
const HUB = 'ORD';
const FEBRUARY_MS = Date.UTC(2001, 1, 1);
const TICK_MS = 100;

/** Fits the model on January, walking through it exactly as the replay will: only what had landed by then is known. */
export async function fitOnJanuary(): Promise<Model> {
  const world = new World();
  const examples: Example[] = [];
  for await (const chunk of readFlights()) {
    for (const flight of chunk) {
      if (flight.departureMs >= FEBRUARY_MS) return fitModel(examples);
      const inputs = world.depart(flight);
      if (flight.destination === HUB) examples.push({ inputs, delayMin: flight.delayMin });
    }
  }
  return fitModel(examples);
}

export type Progress = { readonly historicMs: number; readonly decisions: number; readonly outcomes: number };

export type ReplayOptions = {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Wall clock for the whole. */
  readonly durationMs: number;
  /** Added to every historic time, so that the replay ends now. */
  readonly shiftMs: number;
  readonly leeway: Leeway;
  readonly service: DecisionService;
  readonly flush: () => Promise<void>;
  /** Called before a tick is decided: the day a version goes live, for example. */
  readonly onClock: (historicMs: number) => Promise<void>;
  readonly onProgress: (progress: Progress) => void;
};

/**
 * Plays the flights against a clock that runs `(untilMs - fromMs) / durationMs` times as fast as the wall's.
 * A tick is decided, flushed and labelled before the next begins: when Leeway is slow the replay waits, nothing is dropped.
 */
export async function replay(options: ReplayOptions): Promise<Progress> {
  const speed = (options.untilMs - options.fromMs) / options.durationMs;
  const landings = new Landings();
  const startedAt = performance.now();
  let progress: Progress = { historicMs: options.fromMs, decisions: 0, outcomes: 0 };
  let clockMs = options.fromMs;
  let orders: Orders = await options.leeway.orders();
  for await (const { flight, inputs } of departures(options.fromMs, options.untilMs)) {
    while (flight.departureMs >= clockMs) {
      await options.flush();
      const outcomes = landings.until(clockMs, options.shiftMs);
      await options.leeway.tellOutcomes(outcomes);
      progress = { ...progress, historicMs: clockMs, outcomes: progress.outcomes + outcomes.length };
      options.onProgress(progress);
      await untilWall(startedAt + (clockMs - options.fromMs) / speed);
      clockMs += TICK_MS * speed;
      await options.onClock(clockMs);
      orders = await options.leeway.orders();
    }
    const id = `${flight.origin}-${flight.destination}-${flight.departureMs / 60_000}-${progress.decisions}`;
    options.service.handle(flight, id, flight.departureMs + options.shiftMs, inputs, orders);
    landings.add(flight, id);
    progress = { ...progress, decisions: progress.decisions + 1 };
  }
  await options.flush();
  const last = landings.until(options.untilMs, options.shiftMs);
  await options.leeway.tellOutcomes(last);
  return { ...progress, historicMs: options.untilMs, outcomes: progress.outcomes + last.length };
}

/** The hub's arrivals between two instants; the flights before them only teach what is known by then. */
async function* departures(
  fromMs: number,
  untilMs: number,
): AsyncGenerator<{ flight: Flight; inputs: Inputs }> {
  const world = new World();
  for await (const chunk of readFlights()) {
    for (const flight of chunk) {
      if (flight.departureMs >= untilMs) return;
      const inputs = world.depart(flight);
      if (flight.departureMs >= fromMs && flight.destination === HUB) yield { flight, inputs };
    }
  }
}

/** Planes in the air: a label is known when its plane is at the gate. */
class Landings {
  #inTheAir: { flight: Flight; id: string; atMs: number }[] = [];

  add(flight: Flight, id: string): void {
    this.#inTheAir.push({ flight, id, atMs: Math.max(flight.departureMs, arrivalMs(flight)) });
  }

  until(clockMs: number, shiftMs: number): Outcome[] {
    const landed = this.#inTheAir.filter((entry) => entry.atMs < clockMs);
    this.#inTheAir = this.#inTheAir.filter((entry) => entry.atMs >= clockMs);
    return landed.map(({ flight, id, atMs }) => ({
      decisionId: id,
      system: 'flights',
      time: Math.round(atMs + shiftMs),
      kind: 'label',
      value: isLate(flight) ? 'late' : 'on_time',
    }));
  }
}

async function untilWall(wallMs: number): Promise<void> {
  const waitMs = wallMs - performance.now();
  if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
}
