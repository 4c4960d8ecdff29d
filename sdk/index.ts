// What a deciding service imports: decisions as OpenTelemetry spans, the gate, and outcomes. Needs @opentelemetry/api only.
export { Decision, type DecisionOptions, type Redact } from './decision.ts';
export {
  counters,
  createDecisions,
  type Decisions,
  type DecisionsOptions,
  deciding,
  decision,
} from './decisions.ts';
export { createGate, GATE_DEFAULTS, type Gate, type GateOptions } from './gate.ts';
export type { Orders, SafeOrders } from './orders.ts';
export {
  createOutcomes,
  OUTCOMES_DEFAULTS,
  type OutcomeRecord,
  type Outcomes,
  type OutcomesCounters,
  type OutcomesOptions,
} from './outcomes.ts';
export { type Counters, type DecisionRecord, PROBLEMS, type Problem } from './record.ts';
export type { Sampling } from './sampling.ts';
// `export *`, so that `declare module 'leeway/sdk'` merges into the interface itself.
export * from './systems.ts';
export { type Flushable, flushOnTermination, type TerminationOptions } from './termination.ts';
export { createTestSink, type TestSink } from './test-sink.ts';
