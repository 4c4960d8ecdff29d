import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { type Decided, decide, POLICY, type Version } from './decide.ts';
import type { Flight } from './flights.ts';
import type { Model } from './model.ts';
import type { Telemetry } from './telemetry.ts';
import type { Inputs } from './world.ts';

/** What the gate said this service should do. */
export type Orders = { readonly version: Version; readonly route: 'auto' | 'review' };

/** Every n-th decision is sent with its steps as spans of their own; the others as one span. */
const STEPS_EVERY = 4;

/** By the timetable's distance: what a reviewer would call a short, a medium and a long flight. */
const haulOf = (distanceMi: number): string =>
  distanceMi < 500 ? 'short' : distanceMi < 1_500 ? 'medium' : 'long';

/** Decides about one flight and says so in a span. The span's time is the flight's, its duration the real one. */
export class DecisionService {
  readonly #telemetry: Telemetry;
  readonly #model: Model;
  #decided = 0;

  constructor(telemetry: Telemetry, model: Model) {
    this.#telemetry = telemetry;
    this.#model = model;
  }

  handle(flight: Flight, id: string, timeMs: number, inputs: Inputs, orders: Orders): Decided {
    const startedAt = performance.now();
    const { tracer } = this.#telemetry;
    const span = tracer.startSpan('decide connection', { startTime: timeMs });
    const withSteps = this.#decided++ % STEPS_EVERY === 0;
    const elapsedMs = () => timeMs + (performance.now() - startedAt);
    const step = <T>(name: string, work: () => T): T => {
      if (!withSteps) return work();
      const child = tracer.startSpan(name, { startTime: elapsedMs() }, trace.setSpan(context.active(), span));
      const result = work();
      child.end(elapsedMs());
      return result;
    };
    const decided = step('predict lateness', () => decide(this.#model, orders.version, inputs));
    step('apply policy', () => span.setAttributes(this.#attributes(flight, id, inputs, orders, decided)));
    span.setStatus({ code: SpanStatusCode.OK });
    span.end(elapsedMs());
    return decided;
  }

  #attributes(flight: Flight, id: string, inputs: Inputs, orders: Orders, decided: Decided) {
    const asksPerson = decided.value === 'refer' || orders.route === 'review';
    return {
      'leeway.decision.id': id,
      'leeway.decision.system': 'flights',
      'leeway.decision.value': decided.value,
      'leeway.decision.actor': asksPerson ? 'both' : 'ai',
      'leeway.decision.route': asksPerson ? 'review' : 'auto',
      'leeway.decision.model.name': 'late-arrival',
      'leeway.decision.model.version': orders.version,
      'leeway.decision.policy.name': POLICY.name,
      'leeway.decision.policy.version': POLICY.version,
      'leeway.decision.score': decided.score,
      'leeway.decision.feature.hour': inputs.hour,
      'leeway.decision.feature.weekday': String(inputs.weekday),
      'leeway.decision.feature.distance': decided.distance,
      'leeway.decision.feature.origin_lateness': inputs.originLateness,
      'leeway.decision.feature.destination_lateness': inputs.destinationLateness,
      'leeway.decision.feature.route_lateness': inputs.routeLateness,
      'leeway.decision.segment.haul': haulOf(flight.distanceMi),
      'flight.origin': flight.origin,
      'flight.destination': flight.destination,
    };
  }
}
