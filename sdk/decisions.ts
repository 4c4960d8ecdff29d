import { context, INVALID_SPAN_CONTEXT, type Span, type Tracer, trace } from '@opentelemetry/api';
import { Decision, type DecisionOptions, type Redact } from './decision.ts';
import type { Counters, DecisionRecord, Problem } from './record.ts';
import type { Sampling } from './sampling.ts';
import type { SystemName } from './systems.ts';
import { Tally } from './tally.ts';

export type DecisionsOptions = {
  /** Where spans come from; by default the tracer of the globally registered OpenTelemetry SDK. */
  readonly tracer?: Tracer;
  /** Sees every record before it leaves. If it throws, features and segments stay here. */
  readonly redact?: Redact;
  /** Where not all decisions can be sent. Those that people touched and those that failed always are. */
  readonly sampling?: Sampling;
  /** Sends nothing, and says what would have been sent: true to the console, or to this function. */
  readonly dryRun?: boolean | ((record: DecisionRecord) => void);
  /** Told of every mishap, so that it can be logged or counted; its own throws are ignored. */
  readonly onProblem?: (problem: Problem, system: string) => void;
};

export type Decisions = {
  /** Starts a decision and its span. End it with `end()`, or hold it with `using`. */
  readonly decision: <S extends SystemName>(system: S, options?: DecisionOptions<S>) => Decision<S>;
  /** Runs `work` inside the decision's span: spans made in it are its children. Ends it, whatever happens. */
  readonly deciding: <S extends SystemName, T>(
    system: S,
    options: DecisionOptions<S>,
    work: (decision: Decision<S>) => T,
  ) => T;
  readonly counters: () => Counters;
};

/** One line of JSON per decision. */
// biome-ignore lint/suspicious/noConsole: a dry run was asked to speak to the console.
const toConsole = (record: DecisionRecord): void => globalThis.console.info(JSON.stringify(record));
const dryRunOf = (option: DecisionsOptions['dryRun']) =>
  option === true ? toConsole : option === false ? undefined : option;

const INSTRUMENTATION = 'leeway/sdk';

export function createDecisions(options: DecisionsOptions = {}): Decisions {
  const tally = new Tally(options.onProblem);
  const dryRun = dryRunOf(options.dryRun);
  const outgoing = { redact: options.redact, sampling: options.sampling, dryRun };
  const start = (system: string): Span => {
    if (dryRun) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    try {
      const tracer = options.tracer ?? trace.getTracer(INSTRUMENTATION);
      return tracer.startSpan(`decide ${system}`);
    } catch {
      tally.problem('internal', system);
      return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    }
  };
  const decision = <S extends SystemName>(system: S, of: DecisionOptions<S> = {}): Decision<S> =>
    new Decision(system, start(system), of, tally, outgoing);
  return {
    decision,
    deciding: (system, of, work) => run(decision(system, of), work),
    counters: () => tally.counters(),
  };
}

function run<S extends string, T>(made: Decision<S>, work: (decision: Decision<S>) => T): T {
  let result: T;
  try {
    result = context.with(trace.setSpan(context.active(), made.span), work, undefined, made);
  } catch (error) {
    made.failed(error).end();
    throw error;
  }
  if (!(result instanceof Promise)) {
    made.end();
    return result;
  }
  const settled = result.then(
    (value: unknown) => {
      made.end();
      return value;
    },
    (error: unknown) => {
      made.failed(error).end();
      throw error;
    },
  );
  // The promise stands for the same value: T is a Promise here, which the compiler cannot see.
  return settled as T;
}

const standard = createDecisions();

/** The decisions of this process, on the globally registered OpenTelemetry SDK. */
export const { decision, deciding, counters } = standard;
